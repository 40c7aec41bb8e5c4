package record

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// errLiteral wraps what is wrong with a Python literal.
var errLiteral = errors.New("not a Python literal")

// maxDepth bounds the nesting of a literal: a label is not ours to trust.
const maxDepth = 64

// ParseLiteral reads the part of Python's literal syntax that repr() of a config produces and
// ast.literal_eval reads back: dicts, lists, tuples, strings, numbers, True, False, None.
func ParseLiteral(text string) (any, error) {
	p := &literal{text: text}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.pos != len(p.text) {
		return nil, p.errorf("unexpected text after the value")
	}
	return v, nil
}

type literal struct {
	text string
	pos  int
}

func (p *literal) errorf(format string, args ...any) error {
	return fmt.Errorf("%w: %s at byte %d", errLiteral, fmt.Sprintf(format, args...), p.pos)
}

func (p *literal) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

// peek skips blanks and returns the next byte, 0 at the end.
func (p *literal) peek() byte {
	p.space()
	if p.pos == len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

func (p *literal) accept(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.pos++
	return true
}

func (p *literal) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, p.errorf("nested deeper than %d", maxDepth)
	}
	switch c := p.peek(); {
	case c == '{':
		return p.dict(depth)
	case c == '[':
		p.pos++
		return p.sequence(']', depth)
	case c == '(':
		p.pos++
		return p.sequence(')', depth)
	case c == '\'' || c == '"':
		return p.strings()
	case c == '-' || c == '+' || c == '.' || c >= '0' && c <= '9':
		return p.number()
	case c == 0:
		return nil, p.errorf("a value is missing")
	default:
		return p.word()
	}
}

func (p *literal) dict(depth int) (any, error) {
	p.pos++ // {
	out := map[string]any{}
	for {
		if p.accept('}') {
			return out, nil
		}
		key, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, p.errorf("a key that is not a string")
		}
		if !p.accept(':') {
			return nil, p.errorf("a colon is missing after key %q", name)
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out[name] = v
		if !p.accept(',') && p.peek() != '}' {
			return nil, p.errorf("a comma or } is missing")
		}
	}
}

func (p *literal) sequence(end byte, depth int) (any, error) {
	out := []any{}
	for {
		if p.accept(end) {
			return out, nil
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if !p.accept(',') && p.peek() != end {
			return nil, p.errorf("a comma or %c is missing", end)
		}
	}
}

// strings reads one string or several that stand side by side, which Python joins.
func (p *literal) strings() (any, error) {
	var out strings.Builder
	for {
		if c := p.peek(); c != '\'' && c != '"' {
			return out.String(), nil
		}
		if err := p.quoted(&out); err != nil {
			return nil, err
		}
	}
}

func (p *literal) quoted(out *strings.Builder) error {
	quote := p.text[p.pos]
	p.pos++
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		p.pos++
		switch c {
		case quote:
			return nil
		case '\n':
			return p.errorf("a string runs over the end of its line")
		case '\\':
			if err := p.escape(out); err != nil {
				return err
			}
		default:
			out.WriteByte(c)
		}
	}
	return p.errorf("a string has no end")
}

// simple escapes, by the letter after the backslash.
var simple = map[byte]string{
	'\\': "\\", '\'': "'", '"': "\"", 'n': "\n", 'r': "\r", 't': "\t", 'a': "\a", 'b': "\b", 'f': "\f", 'v': "\v", '\n': "",
}

func (p *literal) escape(out *strings.Builder) error {
	if p.pos == len(p.text) {
		return p.errorf("a string has no end")
	}
	c := p.text[p.pos]
	p.pos++
	if s, ok := simple[c]; ok {
		out.WriteString(s)
		return nil
	}
	switch digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]; {
	case digits > 0:
		return p.codePoint(out, digits, 16)
	case c >= '0' && c <= '7':
		p.pos--
		n := 1
		for n < 3 && p.pos+n < len(p.text) && p.text[p.pos+n] >= '0' && p.text[p.pos+n] <= '7' {
			n++
		}
		return p.codePoint(out, n, 8)
	default: // Python keeps an unknown escape as it stands
		out.WriteByte('\\')
		out.WriteByte(c)
		return nil
	}
}

func (p *literal) codePoint(out *strings.Builder, digits, base int) error {
	if p.pos+digits > len(p.text) {
		return p.errorf("an escape is cut short")
	}
	n, err := strconv.ParseUint(p.text[p.pos:p.pos+digits], base, 32)
	if err != nil || !utf8.ValidRune(rune(n)) {
		return p.errorf("an escape is no character")
	}
	p.pos += digits
	out.WriteRune(rune(n))
	return nil
}

func (p *literal) number() (any, error) {
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte("+-.0123456789eExXabcdefABCDEF_oO", p.text[p.pos]) >= 0 {
		p.pos++
	}
	text := p.text[start:p.pos]
	if n, err := strconv.ParseInt(text, 0, 64); err == nil {
		return n, nil
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f, nil
	}
	return nil, p.errorf("%q is no number", text)
}

func (p *literal) word() (any, error) {
	for word, v := range map[string]any{"True": true, "False": false, "None": nil} {
		if rest := p.text[p.pos:]; strings.HasPrefix(rest, word) && !startsWord(rest[len(word):]) {
			p.pos += len(word)
			return v, nil
		}
	}
	if rest := p.text[p.pos:]; len(rest) > 1 && rest[0] == 'u' && (rest[1] == '\'' || rest[1] == '"') {
		p.pos++ // Python 2 wrote u'text'
		return p.strings()
	}
	return nil, p.errorf("an unknown word")
}

func startsWord(s string) bool {
	return s != "" && (s[0] == '_' || s[0] >= '0' && s[0] <= '9' || s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z')
}
