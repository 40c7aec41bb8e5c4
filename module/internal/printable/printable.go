package printable

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Text escapes what a terminal would act upon, as Go spells it ("\x1b", "\u202e"), and keeps lines and tabs. A
// carriage return before a newline is a part of the line's end.
func Text(s string) string {
	if !strings.ContainsFunc(s, unprintable) {
		return s
	}
	return escape(strings.ReplaceAll(s, "\r\n", "\n"))
}

// Safe reports whether Text leaves s as it is.
func Safe(s string) bool { return Text(s) == s }

// Line is Text on one line: newlines and tabs are blanks.
func Line(s string) string {
	return strings.NewReplacer("\n", " ", "\t", " ").Replace(Text(s))
}

// All is Text of each.
func All(texts []string) []string {
	out := make([]string, len(texts))
	for i, s := range texts {
		out[i] = Text(s)
	}
	return out
}

// unprintable reports whether a character must not reach a terminal: control characters, those of the C1 set
// included, formatting characters (bidirectional overrides, zero-width ones), line separators, and what is no
// character. utf8.RuneError is among them, as an invalid byte looks like it.
func unprintable(r rune) bool {
	return r != '\n' && r != '\t' && !unicode.IsGraphic(r) || r == utf8.RuneError
}

func escape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == utf8.RuneError || !unprintable(r):
			b.WriteRune(r)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

// Writer escapes all that passes through it, as Text does. A character that comes in two writes is kept until it is
// whole; Flush writes what is left. Writes may come from several goroutines.
type Writer struct {
	to   io.Writer
	mu   sync.Mutex
	rest []byte
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{to: w} }

// Unwrap returns the writer without the escaping, for output that programs read.
func (w *Writer) Unwrap() io.Writer { return w.to }

// Write writes p, escaped. The number that it returns is of bytes of p.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := append(w.rest, p...)
	whole := len(text) - incomplete(text)
	w.rest = append([]byte(nil), text[whole:]...)
	if _, err := io.WriteString(w.to, Text(string(text[:whole]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush writes the beginning of a character that never became whole.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := string(w.rest)
	w.rest = nil
	_, err := io.WriteString(w.to, Text(rest))
	return err
}

// incomplete is how many bytes at the end are the beginning of a character, or of a line's end.
func incomplete(p []byte) int {
	if len(p) > 0 && p[len(p)-1] == '\r' {
		return 1
	}
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		if tail := p[len(p)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}
