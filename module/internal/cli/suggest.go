package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// unknownCommand is the error about a word that names no command, with those that it may mean.
func unknownCommand(cmd *cobra.Command, word string) error {
	return usageError{fmt.Errorf("unknown command %q%s", word, didYouMean(cmd.SuggestionsFor(word)))}
}

// flagError is the error about a flag, with the names that an unknown one may mean.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || len(unknown.GetSpecifiedName()) < 2 {
		return usageError{withoutValue(err)}
	}
	var near []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && resembles(unknown.GetSpecifiedName(), f.Name) {
			near = append(near, "--"+f.Name)
		}
	})
	return usageError{fmt.Errorf("%w%s", err, didYouMean(near))}
}

func didYouMean(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(words, " or ") + "?"
}

// resembles reports whether a word may mean a name: it is a part of it, or differs in a few letters.
func resembles(word, name string) bool {
	plain := strings.NewReplacer("-", "", "_", "")
	word, name = plain.Replace(strings.ToLower(word)), plain.Replace(strings.ToLower(name))
	return len(word) > 2 && strings.HasPrefix(name, word) || distance(word, name) <= min(2, len(name)/3)
}

// distance returns how many letters have to be added, removed or changed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		above := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := above
			if a[i] != b[j] {
				cost++
			}
			above = row[j+1]
			row[j+1] = min(cost, row[j]+1, above+1)
		}
	}
	return row[len(b)]
}
