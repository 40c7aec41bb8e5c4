package redact

import (
	"slices"
	"strings"
)

// pair is a name with its value in a text, in whatever notation: NAME=value, "name": "value", name: value,
// --name value, <name>value</name>.
type pair struct {
	name     string
	sign     byte // '=', ':', ' ' after a flag, '>' after an XML tag
	from, to int  // of the value, without its quotes
	quoted   bool
	tight    bool // nothing is between a colon and the value
	shell    bool // the value is not in single quotes: a shell would expand it
}

func (p pair) value(text string) string { return text[p.from:p.to] }

// Bounds on how far a name and a value reach, so that no text takes long.
const (
	longestName  = 128
	longestValue = 16 << 10
)

// pairs calls f with each pair of a text whose name is wanted. A value is looked at as a text of its own unless
// f says that it is done with.
func pairs(text string, wanted func(name string) bool, f func(pair) (done bool)) {
	for i := 0; i < len(text); i++ {
		var p pair
		var ok bool
		switch text[i] {
		case '=', ':':
			p, ok = signed(text, i, wanted)
		case '-':
			p, ok = flagged(text, i, wanted)
		case '>':
			p, ok = tagged(text, i, wanted)
		}
		if ok && f(p) {
			i = max(i, p.to-1)
		}
	}
}

// signed is a pair around an equals sign or colon.
func signed(text string, sign int, wanted func(string) bool) (pair, bool) {
	name := nameBefore(text, sign)
	if name == "" || !wanted(name) {
		return pair{}, false
	}
	p := pair{name: name, sign: text[sign]}
	from := sign + 1
	switch rest := text[from:]; {
	case p.sign == ':' && strings.HasPrefix(rest, "//"):
		return p, false // the scheme of a URL
	case p.sign == ':' && strings.HasPrefix(rest, "="), p.sign == '=' && strings.HasPrefix(rest, ">"):
		from++
	case p.sign == ':' && rest != "" && strings.IndexByte("-+?", rest[0]) >= 0 && strings.HasSuffix(text[:sign], name):
		if open := sign - len(name) - 2; open >= 0 && text[open:open+2] == "${" {
			from++ // a shell's default for a variable
		}
	}
	return valueAt(text, from, p)
}

// nameBefore returns the name that ends before a sign, its quotes and blanks left out.
func nameBefore(text string, sign int) string {
	end := sign
	for end > 0 && sign-end < longestName && (text[end-1] == ' ' || text[end-1] == '\t') {
		end--
	}
	for end > 0 && sign-end < longestName && strings.IndexByte(`"'\`, text[end-1]) >= 0 {
		end--
	}
	from := end
	for from > 0 && end-from < longestName && isNameByte(text[from-1]) {
		from--
	}
	name := strings.TrimLeft(text[from:end], "-.")
	if from > 0 && text[from-1] == '/' && text[sign] == ':' {
		return "" // the end of a path, with options or a target after it
	}
	return name
}

func isNameByte(c byte) bool {
	return c < 0x80 && isAlnum(c) || c == '_' || c == '-' || c == '.'
}

// flagged is a flag and the word after it, in a line or in a list: --name value, "--name", "value".
func flagged(text string, dash int, wanted func(string) bool) (pair, bool) {
	if dash > 0 && strings.IndexByte(" \t\n\"'([,`=|&;", text[dash-1]) < 0 {
		return pair{}, false
	}
	from := dash
	for from < len(text) && text[from] == '-' {
		from++
	}
	end := from
	for end < len(text) && end-from < longestName && isNameByte(text[end]) {
		end++
	}
	if from-dash > 2 || end-from < 2 || !wanted(text[from:end]) {
		return pair{}, false
	}
	at := skip(text, end, `"'\`)
	at = skip(text, at, ",")
	value := skip(text, at, " \t\n")
	for strings.HasPrefix(text[value:], "\\\n") { // a line that goes on
		value = skip(text, value+2, " \t\n")
	}
	if value == at || value == len(text) || text[value] == '-' {
		return pair{}, false
	}
	return valueAt(text, value, pair{name: text[dash:end], sign: ' '})
}

// tagged is the text of an XML element.
func tagged(text string, end int, wanted func(string) bool) (pair, bool) {
	from := end
	for from > 0 && end-from < longestName && isNameByte(text[from-1]) {
		from--
	}
	if from == 0 || from == end || text[from-1] != '<' || !wanted(text[from:end]) {
		return pair{}, false
	}
	to := strings.IndexByte(text[end:min(len(text), end+longestValue)], '<')
	if to < 0 {
		return pair{}, false
	}
	return pair{name: text[from:end], sign: '>', from: end + 1, to: end + to, quoted: true}, to > 1
}

func skip(text string, i int, chars string) int {
	for i < len(text) && strings.IndexByte(chars, text[i]) >= 0 {
		i++
	}
	return i
}

// valueAt fills in where the value begins and ends that is at or after a place of the text.
func valueAt(text string, at int, p pair) (pair, bool) {
	at = skip(text, at, " \t")
	if at+1 < len(text) && strings.IndexByte("uUbBrR", text[at]) >= 0 && strings.IndexByte(`"'`, text[at+1]) >= 0 {
		at++ // a prefix of Python's
	}
	quote := skip(text, at, `\`)
	if quote < len(text) && (text[quote] == '"' || text[quote] == '\'') {
		p.quoted, p.shell = true, text[quote] == '"'
		p.from = afterScheme(text, quote+1)
		p.to = closing(text, p.from, text[at:quote+1])
	} else {
		p.tight = p.sign == ':' && at > 0 && text[at-1] == ':'
		p.from, p.shell = afterScheme(text, at), true
		p.to = bareEnd(text, p.from)
	}
	return p, p.to > p.from
}

// closing returns where the quote ends that was opened with as many backslashes in front.
func closing(text string, from int, open string) int {
	slashes := len(open) - 1
	limit := min(len(text), from+longestValue)
	for i := from; i < limit; i++ {
		if text[i] != open[slashes] {
			continue
		}
		n := 0
		for i-n > from && text[i-n-1] == '\\' {
			n++
		}
		if n <= slashes || slashes == 0 && n%2 == 0 {
			return i - min(n, slashes)
		}
	}
	return limit
}

// bareEnd returns where a value without quotes ends: at a blank, a quote, or what can only be the next piece.
func bareEnd(text string, from int) int {
	limit := min(len(text), from+longestValue)
	for i := from; i < limit; i++ {
		switch c := text[i]; c {
		case ' ', '\t', '\n', '\r', '"', '\'', '`', ';', '&', '|', '<':
			return i
		case '\\':
			if i+1 < limit && strings.IndexByte(`nrt"'`, text[i+1]) >= 0 {
				return i
			}
		case ',', ')', ']', '}', '>':
			if rest := strings.TrimLeft(text[i:limit], ",)]}>"); rest == "" || strings.IndexByte(" \t\r\n\"';&|", rest[0]) >= 0 {
				return i
			}
		}
	}
	return limit
}

// schemes are what HTTP's authorization begins with.
var schemes = []string{"bearer", "basic", "digest", "token", "negotiate", "apikey", "key"}

// afterScheme returns where the credentials begin in the value of such a header.
func afterScheme(text string, from int) int {
	first, rest, ok := strings.Cut(text[from:min(len(text), from+longestName)], " ")
	if ok && rest != "" && slices.ContainsFunc(schemes, func(s string) bool { return strings.EqualFold(s, first) }) {
		return from + len(first) + 1
	}
	return from
}
