package podman

import "bytes"

// tail keeps the end of what is written to it: so many lines, and so many bytes.
type tail struct {
	lines int
	limit int
	kept  []byte
}

func newTail(lines, limit int) *tail { return &tail{lines: lines, limit: limit} }

func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	if n > t.limit {
		p = p[n-t.limit:]
	}
	t.kept = append(t.kept, p...)
	if len(t.kept) > 2*t.limit { // moves each byte once on average
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-t.limit:]...)
	}
	return n, nil
}

// Bytes is the end of what was written.
func (t *tail) Bytes() []byte {
	if t.lines <= 0 {
		return nil
	}
	kept := t.kept[max(0, len(t.kept)-t.limit):]
	body := bytes.TrimSuffix(kept, []byte("\n"))
	for line := 0; line < t.lines; line++ {
		i := bytes.LastIndexByte(body, '\n')
		if i < 0 {
			return kept
		}
		body = body[:i]
	}
	return kept[len(body)+1:]
}
