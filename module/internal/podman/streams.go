package podman

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/containers/podman/v5/pkg/bindings"
)

// messageBytes bounds what is read of an error that Podman sends in a stream.
const messageBytes = 64 << 10

// bothStreams is how many times the lines that are wanted of each stream are asked for: Podman counts the
// lines of both together, so that the last ones may all be of one stream.
const bothStreams = 20

// Logs writes the end of what the container printed after since: at least the last lines of each stream where
// neither printed bothStreams times as much as the other. A container without readable logs (driver
// none or passthrough, no journal, no file yet) has printed nothing.
func (c *Client) Logs(ctx context.Context, container string, since time.Time, lines int, stdout, stderr io.Writer) error {
	log, err := c.logOf(ctx, container)
	if err != nil {
		return err
	}
	if !c.local {
		since = time.Time{} // a time of this host's clock
	}
	if log.isFile && log.created.After(since) {
		since = log.created // an earlier container may have written to the same file
	}
	if c.local && log.isFile && readLogFile(log.path, since, stdout, stderr) {
		return nil
	}
	err = c.act(ctx, c.quick, container, func(ctx context.Context, id string) error {
		response, err := request(ctx, http.MethodGet, "/containers/%s/logs", logQuery(since, lines), nil, id)
		if err != nil {
			return err
		}
		defer closeBody(response)
		return demux(response.Body, stdout, stderr)
	})
	if hasNoLogs(err) {
		return nil
	}
	return err
}

func logQuery(since time.Time, lines int) url.Values {
	query := url.Values{"stdout": {"true"}, "stderr": {"true"}, "tail": {strconv.Itoa(bothStreams * lines)}}
	if !since.IsZero() {
		query.Set("since", since.Format(time.RFC3339Nano))
	}
	return query
}

// hasNoLogs reports whether Podman cannot read logs where there are none to read.
func hasNoLogs(err error) bool {
	var e *callError
	return errors.As(err, &e) &&
		containsAny(e.message, "cannot read logs", "not logging output", "journal", "no such file or directory")
}

// request makes a request whose answer is a stream. The bindings' own functions for logs and exec
// allocate what the service announces, and exchange the connection's transport under other calls.
func request(ctx context.Context, method, path string, query url.Values, body io.Reader, args ...string) (*bindings.APIResponse, error) {
	conn, err := bindings.GetClient(ctx)
	if err != nil {
		return nil, err
	}
	response, err := conn.DoRequest(ctx, body, method, path, query, nil, args...)
	if err != nil {
		return nil, err
	}
	if !response.IsSuccess() {
		defer closeBody(response)
		return nil, response.Process(nil)
	}
	return response, nil
}

func closeBody(r *bindings.APIResponse) { _ = r.Body.Close() }

// demux splits Podman's multiplexed stream: frames of an 8-byte header (stream number, three zero
// bytes, length) and content.
func demux(r io.Reader, stdout, stderr io.Writer) error {
	header := make([]byte, 8)
	for {
		if _, err := io.ReadFull(r, header); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return wireError{err}
		}
		size := int64(binary.BigEndian.Uint32(header[4:]))
		w := stdout
		switch header[0] {
		case 0, 1:
		case 2:
			w = stderr
		case 3:
			message, _ := io.ReadAll(io.LimitReader(r, min(size, messageBytes))) // what came is told
			return fmt.Errorf("from podman: %s", tidy(string(message)))
		default:
			return fmt.Errorf("unknown stream %d in podman's answer", header[0])
		}
		if _, err := io.CopyN(w, r, size); err != nil {
			return wireError{err}
		}
	}
}
