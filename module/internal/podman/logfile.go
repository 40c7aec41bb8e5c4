package podman

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"time"

	"github.com/containers/podman/v5/pkg/bindings/containers"

	"github.com/overcloud/paunch/module/internal/hostfile"
	"github.com/overcloud/paunch/module/internal/redact"
)

// logWindow is how much of the end of a log file is read. Its lines carry a time stamp each, and the
// two streams share it.
const logWindow = 1 << 20

// containerLog is where a container's output goes.
type containerLog struct {
	isFile  bool // in the k8s format
	path    string
	created time.Time // of the container
}

func (c *Client) logOf(ctx context.Context, container string) (containerLog, error) {
	var log containerLog
	err := c.act(ctx, c.quick, container, func(ctx context.Context, id string) error {
		data, err := containers.Inspect(ctx, id, nil)
		if err != nil {
			return err
		}
		log.created = data.Created
		if data.HostConfig != nil && data.HostConfig.LogConfig != nil && isFileDriver(data.HostConfig.LogConfig.Type) {
			log.isFile, log.path = true, data.HostConfig.LogConfig.Path
		}
		return nil
	})
	return log, err
}

// readLogFile writes the end of a log file, what was written after since, and reports whether it could. Podman
// itself reads a file backwards, in a time that grows with the square of a line's length: half a minute for one
// line of 50 MB, during which nothing else can be done with the container.
func readLogFile(path string, since time.Time, stdout, stderr io.Writer) bool {
	f, err := hostfile.OpenLog(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	window, cut, err := endOf(f, logWindow)
	if err != nil {
		return false
	}
	return writeRecords(window, cut, since, stdout, stderr) == nil
}

// isFileDriver reports whether a driver writes the k8s format; json-file is another name for it in Podman.
func isFileDriver(driver string) bool { return driver == "k8s-file" || driver == "json-file" }

// endOf is the end of a file, from the beginning of a record, and whether there is more in front of it.
func endOf(f *os.File, limit int64) (window []byte, cut bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, false, err
	}
	start := max(0, info.Size()-limit)
	window, err = io.ReadAll(io.NewSectionReader(f, start, limit))
	if err != nil || start == 0 {
		return window, false, err
	}
	_, whole, _ := bytes.Cut(window, []byte("\n"))
	return whole, true, nil
}

// record is one line of a k8s log file: "TIME stdout|stderr F|P text". P marks a piece of a line that
// goes on in the stream's next record.
type record struct {
	at      time.Time
	stderr  bool
	partial bool
	text    []byte
}

func parseRecord(line []byte) (record, bool) {
	fields := bytes.SplitN(line, []byte(" "), 4)
	if len(fields) < 4 {
		return record{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, string(fields[0]))
	if err != nil {
		return record{}, false
	}
	return record{at: at, stderr: string(fields[1]) == "stderr", partial: string(fields[2]) == "P", text: fields[3]}, true
}

// writeRecords writes the text of all whole records that are not older than since to their streams. Where the window
// was cut out of more, a stream's first record may go on with a line.
func writeRecords(window []byte, cut bool, since time.Time, stdout, stderr io.Writer) error {
	var seen [2]bool
	for line := range bytes.Lines(window) {
		r, ok := parseRecord(bytes.TrimSuffix(line, []byte("\n")))
		if !ok {
			continue
		}
		w, text, stream := stdout, r.text, 0
		if r.stderr {
			w, stream = stderr, 1
		}
		first := !seen[stream]
		seen[stream] = true
		if r.at.Before(since) {
			continue
		}
		if first && cut {
			text = append([]byte(redact.Elided), text...)
		}
		if !r.partial {
			text = append(slices.Clip(text), '\n')
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return nil
}
