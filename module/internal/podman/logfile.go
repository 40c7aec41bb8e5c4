package podman

import (
	"bytes"
	"context"
	"io"
	"os"
	"time"

	"github.com/containers/podman/v5/pkg/bindings/containers"
)

// logWindow is how much of the end of a log file is read. Its lines carry a time stamp each, and the
// two streams share it.
const logWindow = 1 << 20

// readLogFile reads the last lines from the container's log file, where it has one and we can see it.
// Podman itself reads a file backwards, in a time that grows with the square of a line's length: half
// a minute for one line of 50 MB, during which nothing else can be done with the container.
func (c *Client) readLogFile(ctx context.Context, container string, stdout, stderr *tail) bool {
	if !c.local {
		return false
	}
	path := ""
	err := c.act(ctx, c.quick, container, func(ctx context.Context, id string) error {
		data, err := containers.Inspect(ctx, id, nil)
		if err == nil && data.HostConfig != nil && data.HostConfig.LogConfig != nil && isFileDriver(data.HostConfig.LogConfig.Type) {
			path = data.HostConfig.LogConfig.Path
		}
		return err
	})
	if err != nil || path == "" {
		return false
	}
	// Not a pipe or device, which can be given as a path and would block us.
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	window, err := endOf(f, logWindow)
	if err != nil {
		return false
	}
	writeRecords(window, stdout, stderr)
	return true
}

// isFileDriver tells that a driver writes the k8s format; json-file is another name for it in Podman.
func isFileDriver(driver string) bool { return driver == "k8s-file" || driver == "json-file" }

// endOf is the end of a file, from the beginning of a line.
func endOf(f *os.File, limit int64) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	start := max(0, info.Size()-limit)
	window, err := io.ReadAll(io.NewSectionReader(f, start, limit))
	if err != nil || start == 0 {
		return window, err
	}
	_, whole, _ := bytes.Cut(window, []byte("\n"))
	return whole, nil
}

// record is one line of a k8s log file: "TIME stdout|stderr F|P text". P marks a piece of a line that
// goes on in the stream's next record.
type record struct {
	stderr  bool
	partial bool
	text    []byte
}

func parseRecord(line []byte) (record, bool) {
	fields := bytes.SplitN(line, []byte(" "), 4)
	if len(fields) < 4 {
		return record{}, false
	}
	if _, err := time.Parse(time.RFC3339Nano, string(fields[0])); err != nil {
		return record{}, false
	}
	return record{stderr: string(fields[1]) == "stderr", partial: string(fields[2]) == "P", text: fields[3]}, true
}

// writeRecords writes the text of all whole records to their streams, which keep what they want of it.
func writeRecords(window []byte, stdout, stderr *tail) {
	for line := range bytes.Lines(window) {
		r, ok := parseRecord(bytes.TrimSuffix(line, []byte("\n")))
		if !ok {
			continue
		}
		w := stdout
		if r.stderr {
			w = stderr
		}
		_, _ = w.Write(r.text) // a tail takes everything
		if !r.partial {
			_, _ = w.Write([]byte("\n"))
		}
	}
}
