package spec

import (
	"strings"

	"github.com/overcloud/paunch/module/internal/printable"
)

// Quote joins words to a line that a POSIX shell takes apart into the same words. Nothing in it acts upon a terminal.
func Quote(words []string) string {
	quoted := make([]string, 0, len(words))
	for _, w := range words {
		quoted = append(quoted, printable.ShellWord(w))
	}
	return strings.Join(quoted, " ")
}
