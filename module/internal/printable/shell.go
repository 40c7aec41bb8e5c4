package printable

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// safe are the characters that mean nothing to any shell.
const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"

// ShellWord quotes a word for a POSIX shell. What would act upon a terminal is written as what printf makes it of.
func ShellWord(w string) string {
	unsafe := func(r rune) bool { return !strings.ContainsRune(safe, r) }
	if w != "" && !strings.ContainsFunc(w, unsafe) {
		return w
	}
	if Safe(w) {
		return single(w)
	}
	var b strings.Builder
	for w != "" {
		n := printableLength(w)
		if n > 0 {
			b.WriteString(single(w[:n]))
		} else {
			_, n = utf8.DecodeRuneInString(w)
			b.WriteString(octal(w[:n]))
		}
		w = w[n:]
	}
	return b.String()
}

func single(w string) string { return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'" }

// printableLength is the number of bytes before the first character that acts upon a terminal.
func printableLength(w string) int {
	for i := 0; i < len(w); {
		_, n := utf8.DecodeRuneInString(w[i:])
		if !Safe(w[i : i+n]) {
			return i
		}
		i += n
	}
	return len(w)
}

// octal is a character as a shell's printf makes it; a newline, which the shell would cut off, is not one of these.
func octal(char string) string {
	var b strings.Builder
	for i := range len(char) {
		fmt.Fprintf(&b, `\%03o`, char[i])
	}
	return `"$(printf '` + b.String() + `')"`
}
