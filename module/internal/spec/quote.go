package spec

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/overcloud/paunch/module/internal/printable"
)

// safe are the characters that mean nothing to any shell.
const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"

// Quote joins words to a line that a POSIX shell takes apart into the same words. Nothing in it acts upon a terminal:
// such characters are written as what printf makes them of.
func Quote(words []string) string {
	quoted := make([]string, 0, len(words))
	for _, w := range words {
		quoted = append(quoted, quote(w))
	}
	return strings.Join(quoted, " ")
}

func quote(w string) string {
	unsafe := func(r rune) bool { return !strings.ContainsRune(safe, r) }
	if w != "" && !strings.ContainsFunc(w, unsafe) {
		return w
	}
	if printable.Safe(w) {
		return singleQuoted(w)
	}
	var b strings.Builder
	for w != "" {
		n := printableLength(w)
		if n > 0 {
			b.WriteString(singleQuoted(w[:n]))
		} else {
			_, n = utf8.DecodeRuneInString(w)
			b.WriteString(octal(w[:n]))
		}
		w = w[n:]
	}
	return b.String()
}

func singleQuoted(w string) string { return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'" }

// printableLength is the number of bytes before the first character that acts upon a terminal.
func printableLength(w string) int {
	for i := 0; i < len(w); {
		_, n := utf8.DecodeRuneInString(w[i:])
		if !printable.Safe(w[i : i+n]) {
			return i
		}
		i += n
	}
	return len(w)
}

// octal is a character as a shell's printf makes it; a newline, which the shell would cut off, is none of these.
func octal(char string) string {
	var b strings.Builder
	for i := range len(char) {
		fmt.Fprintf(&b, `\%03o`, char[i])
	}
	return `"$(printf '` + b.String() + `')"`
}
