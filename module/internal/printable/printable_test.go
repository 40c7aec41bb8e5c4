package printable_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/overcloud/paunch/module/internal/printable"
)

func TestWhatATerminalActsUponIsEscaped(t *testing.T) {
	for in, want := range map[string]string{
		"plain, häßlich, 日本語, 🦭, a b":    "plain, häßlich, 日本語, 🦭, a b",
		"two\nlines\tand a tab":          "two\nlines\tand a tab",
		"\x1b]0;title\x07":               `\x1b]0;title\x07`,
		"\x1b[2J\x1b[31mred":             `\x1b[2J\x1b[31mred`,
		"over\rwritten":                  `over\rwritten`,
		"a line\r\nof a terminal\r\n":    "a line\nof a terminal\n",
		"back\b\b\bspace\x7f\x00\v\f":    `back\x08\x08\x08space\x7f\x00\x0b\x0c`,
		"C1 \u009b2J \u0085 \u009d":      `C1 \u009b2J \u0085 \u009d`,
		"\u202eright to left\u202c":      `\u202eright to left\u202c`,
		"\u2066isolated\u2069 \u061c":    `\u2066isolated\u2069 \u061c`,
		"zero\u200bwidth\ufeff \u2060":   `zero\u200bwidth\ufeff \u2060`,
		"soft\u00adhyphen":               `soft\u00adhyphen`,
		"line\u2028separator\u2029":      `line\u2028separator\u2029`,
		"a tag \U000e0041":               `a tag \U000e0041`,
		"C1 as bytes \x9b2J":             `C1 as bytes \x9b2J`,
		"\xff\xfe":                       `\xff\xfe`,
		"a replacement character \ufffd": "a replacement character \ufffd",
	} {
		if got := printable.Text(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestALineStaysOneLine(t *testing.T) {
	if got := printable.Line("a\nb\tc\rd\x1b\u2028e"); got != `a b c\rd\x1b\u2028e` {
		t.Errorf("got %q", got)
	}
}

// FuzzText demands that nothing but graphic characters, newlines and tabs ever comes out, of a Writer neither,
// wherever the text is cut.
func FuzzText(f *testing.F) {
	f.Add("a\x1b[2J\u202e\xff", 3)
	f.Add("\r\n\r", 1)
	f.Add("日\u009b", 2)
	f.Fuzz(func(t *testing.T, s string, cut int) {
		text := printable.Text(s)
		for _, r := range text {
			if r != '\n' && r != '\t' && !unicode.IsGraphic(r) {
				t.Fatalf("%q is %q", s, text)
			}
		}
		if !utf8.ValidString(text) || strings.ContainsAny(printable.Line(s), "\n\t") {
			t.Fatalf("%q is %q and %q", s, text, printable.Line(s))
		}
		cut = max(0, min(cut, len(s)))
		var out bytes.Buffer
		w := printable.NewWriter(&out)
		for _, part := range []string{s[:cut], s[cut:]} {
			if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		if err := w.Flush(); err != nil || out.String() != text {
			t.Fatalf("%q, cut at %d: %q, want %q (%v)", s, cut, out.String(), text, err)
		}
	})
}
