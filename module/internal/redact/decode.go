package redact

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"
)

// decoded is a text without some escapes, and where each of its bytes came from.
type decoded struct {
	text string
	at   []int // at[i] is where byte i began; the last element is the length of what was decoded
}

// decoder takes one escape off the beginning of a text: what it means, and its length, 0 for none.
type decoder struct {
	trigger byte
	take    func(text string) (meaning string, length int)
}

var (
	backslashes = decoder{'\\', backslash}
	percents    = decoder{'%', percent}
	entities    = decoder{'&', entity}
)

// chains are the ways in which texts come wrapped: JSON inside of JSON, a URL in a string, a page of HTML.
var chains = [][]decoder{
	{backslashes},
	{backslashes, backslashes},
	{backslashes, backslashes, backslashes},
	{percents},
	{percents, percents},
	{backslashes, percents},
	{percents, backslashes},
	{entities},
}

// decode takes all escapes of one kind off a text; ok is false where there are none.
func (d decoder) decode(in decoded) (out decoded, ok bool) {
	if strings.IndexByte(in.text, d.trigger) < 0 {
		return in, false
	}
	var b strings.Builder
	b.Grow(len(in.text))
	out.at = make([]int, 0, len(in.text)+1)
	for i := 0; i < len(in.text); {
		if in.text[i] == d.trigger {
			if meaning, length := d.take(in.text[i:]); length > 0 {
				b.WriteString(meaning)
				for range len(meaning) {
					out.at = append(out.at, in.at[i])
				}
				i += length
				ok = true
				continue
			}
		}
		b.WriteByte(in.text[i])
		out.at = append(out.at, in.at[i])
		i++
	}
	out.text, out.at = b.String(), append(out.at, in.at[len(in.text)])
	return out, ok
}

func undecoded(text string) decoded {
	at := make([]int, len(text)+1)
	for i := range at {
		at[i] = i
	}
	return decoded{text, at}
}

// backslash is an escape of JSON, Go, Python, C or a shell.
func backslash(s string) (string, int) {
	if len(s) < 2 {
		return "", 0
	}
	switch c := s[1]; c {
	case 'n':
		return "\n", 2
	case 't':
		return "\t", 2
	case 'r':
		return "\r", 2
	case '0', '1', '2', '3':
		return octalByte(s)
	case 'a', 'b', 'f', 'v', 'e', 'N', 'L', 'P', '_':
		return backslashRare(s)
	case 'x':
		return hexByte(s)
	case 'u':
		return unicodeEscape(s)
	case 'U':
		return codePoint(s, 8)
	default:
		return s[1:2], 2
	}
}

// backslashRare are the control characters, and YAML's own.
func backslashRare(s string) (string, int) {
	meanings := map[byte]string{
		'a': "\a", 'b': "\b", 'f': "\f", 'v': "\v", 'e': "\x1b",
		'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
	}
	return meanings[s[1]], 2
}

// octalByte takes three digits, or a zero alone.
func octalByte(s string) (string, int) {
	if len(s) >= 4 {
		if n, err := strconv.ParseUint(s[1:4], 8, 8); err == nil {
			return string([]byte{byte(n)}), 4
		}
	}
	if s[1] == '0' {
		return "\x00", 2
	}
	return s[1:2], 2
}

func hexByte(s string) (string, int) {
	if len(s) < 4 {
		return "", 0
	}
	n, err := strconv.ParseUint(s[2:4], 16, 8)
	if err != nil {
		return "", 0
	}
	return string([]byte{byte(n)}), 4
}

// unicodeEscape takes two escapes where they are one character, as JSON writes those beyond 16 bits.
func unicodeEscape(s string) (string, int) {
	if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		high, err1 := strconv.ParseUint(s[2:6], 16, 16)
		low, err2 := strconv.ParseUint(s[8:12], 16, 16)
		if err1 == nil && err2 == nil && high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000 {
			return string(rune((high-0xd800)<<10 + low - 0xdc00 + 0x10000)), 12
		}
	}
	return codePoint(s, 4)
}

func codePoint(s string, digits int) (string, int) {
	if len(s) < 2+digits {
		return "", 0
	}
	n, err := strconv.ParseUint(s[2:2+digits], 16, 32)
	if err != nil || n > utf8.MaxRune {
		return "", 0
	}
	return string(rune(n)), 2 + digits
}

func percent(s string) (string, int) {
	if len(s) < 3 {
		return "", 0
	}
	n, err := strconv.ParseUint(s[1:3], 16, 8)
	if err != nil {
		return "", 0
	}
	return string([]byte{byte(n)}), 3
}

func entity(s string) (string, int) {
	end := strings.IndexByte(s[:min(len(s), 10)], ';')
	if end < 0 {
		return "", 0
	}
	name := s[1:end]
	if meaning, ok := map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'"}[name]; ok {
		return meaning, end + 1
	}
	digits, isCode := strings.CutPrefix(name, "#")
	base := 10
	if hexDigits, isHex := strings.CutPrefix(strings.ToLower(digits), "x"); isHex {
		digits, base = hexDigits, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if !isCode || err != nil || n > utf8.MaxRune {
		return "", 0
	}
	return string(rune(n)), end + 1
}

// The kinds of characters of which encoded bytes are made.
const (
	ofBase64 = 1 << iota
	ofHex
)

func kindOf(c byte) int {
	switch {
	case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
		return ofBase64 | ofHex
	case c >= 'g' && c <= 'z', c >= 'G' && c <= 'Z', c == '+', c == '/', c == '-', c == '_':
		return ofBase64
	}
	return 0
}

// wrappedRun is the length from which a run that ends a line goes on in the next: base64 and xxd fold lines, and
// a shell makes blanks of their ends.
const wrappedRun = 60

// runs calls f with each part of a text that may be bytes in base64 (either alphabet) or in hexadecimal digits,
// over the ends of folded lines; shorter ones than least are left out.
func runs(text string, kind, least int, f func(from, to int)) {
	for i := 0; i < len(text); {
		if kindOf(text[i])&kind == 0 {
			i++
			continue
		}
		from, line := i, i
		for i < len(text) {
			if kindOf(text[i])&kind != 0 {
				i++
				continue
			}
			next := folded(text, i, i-line >= wrappedRun)
			if next == i || next >= len(text) || kindOf(text[next])&kind == 0 {
				break
			}
			i, line = next, next
		}
		if i-from >= least {
			to := i
			for kind&ofBase64 != 0 && to < len(text) && to < i+2 && text[to] == '=' {
				to++ // padding
			}
			f(from, to)
		}
	}
}

// folded returns where a run goes on after a line's end, as a character or as an escape; i where it does not.
func folded(text string, i int, long bool) int {
	if !long {
		return i
	}
	for _, end := range []string{"\r\n", "\n", `\r\n`, `\n`, " "} {
		if strings.HasPrefix(text[i:], end) {
			return i + len(end)
		}
	}
	return i
}

// unwrap drops the line ends of a run.
var unwrap = strings.NewReplacer(`\r\n`, "", `\n`, "", "\r\n", "", "\n", "", " ", "")

var toStandard = strings.NewReplacer("-", "+", "_", "/")

// base64Texts are what a run means; where its first byte begins is not known, as other text may be in front.
func base64Texts(run string) []string {
	run = strings.TrimRight(toStandard.Replace(unwrap.Replace(run)), "=")
	texts := make([]string, 0, 4)
	for skip := 0; skip < min(4, len(run)); skip++ {
		rest := run[skip:]
		if len(rest)%4 == 1 {
			rest = rest[:len(rest)-1]
		}
		if b, err := base64.RawStdEncoding.DecodeString(rest); err == nil {
			texts = append(texts, string(b))
		}
	}
	return texts
}

// hexTexts does the same for hexadecimal digits.
func hexTexts(run string) []string {
	run = unwrap.Replace(run)
	texts := make([]string, 0, 2)
	for skip := 0; skip < min(2, len(run)); skip++ {
		rest := run[skip:]
		if b, err := hex.DecodeString(rest[:len(rest)&^1]); err == nil {
			texts = append(texts, string(b))
		}
	}
	return texts
}
