package apply

import (
	"bytes"
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/overcloud/paunch/module/internal/redact"
)

// tailBytes bounds what is kept of one stream: a one-shot may print gigabytes.
const tailBytes = 16 * 1024

// Tail is a writer that keeps the end of what is written to it. The zero value keeps 16 KiB.
type Tail struct {
	buf bytes.Buffer
	cut bool
}

// Write never fails.
func (t *Tail) Write(p []byte) (int, error) {
	n := len(p)
	if n > tailBytes {
		p, t.cut = p[n-tailBytes:], true
		t.buf.Reset()
	}
	if over := t.buf.Len() + len(p) - tailBytes; over > 0 {
		t.buf.Next(over)
		t.cut = true
	}
	t.buf.Write(p)
	return n, nil
}

// Lines returns the last lines, at most n. A line whose beginning was cut off is among them only where it is all
// there is; redact.Elided is in front of it.
func (t *Tail) Lines(n int) string {
	kept := t.buf.Bytes()
	if t.cut {
		kept = kept[min(len(kept), len(redact.Elided)):] // what it is marked with counts
	}
	for t.cut && len(kept) > 0 && !utf8.RuneStart(kept[0]) {
		kept = kept[1:] // the rest of a character
	}
	text := strings.TrimRight(strings.ToValidUTF8(string(kept), "\uFFFD"), "\n")
	if text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	switch {
	case t.cut && len(lines) > 1:
		lines = lines[1:]
	case t.cut:
		lines[0] = redact.Elided + lines[0]
	}
	if n > 0 && len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "\n")
}

// tail returns the last lines that a container printed after since: what cannot be read is empty. Since is when
// this run started it; zero means all that it printed, however often it was started.
func (x *Executor) tail(ctx context.Context, id string, since time.Time) (stdout, stderr string) {
	ctx, cancel := context.WithTimeout(ctx, x.callLimit())
	defer cancel()
	var out, errs Tail
	if err := x.rt.Logs(ctx, id, since, x.o.LogLines, &out, &errs); err != nil {
		return "", ""
	}
	return out.Lines(x.o.LogLines), errs.Lines(x.o.LogLines)
}
