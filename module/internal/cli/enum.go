package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// enum is a flag that takes one of some words. A wrong one is a usage error that pflag names the flag in.
type enum struct {
	value   *string
	allowed []string
	aliases map[string]string
}

// enumVar adds a flag that takes one of the words; its default is what the value is.
func enumVar(f *pflag.FlagSet, value *string, name, usage string, allowed ...string) {
	f.Var(&enum{value: value, allowed: allowed}, name, usage+": "+strings.Join(allowed, ", "))
}

// Set takes one of the words.
func (e *enum) Set(word string) error {
	if full, ok := e.aliases[word]; ok {
		word = full
	}
	if !slices.Contains(e.allowed, word) {
		return fmt.Errorf("must be one of %s", strings.Join(e.allowed, ", "))
	}
	*e.value = word
	return nil
}

// Words returns the words that the flag takes.
func (e *enum) Words() []string { return e.allowed }

// String is the word.
func (e *enum) String() string {
	if e.value == nil {
		return ""
	}
	return *e.value
}

// Type represents the value in the help.
func (e *enum) Type() string { return "string" }

// completeEnums lets the shell complete the words of every such flag of a command and those below it.
func completeEnums(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if e, ok := f.Value.(interface{ Words() []string }); ok && len(e.Words()) > 0 {
			_ = cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(e.Words(), cobra.ShellCompDirectiveNoFileComp)) // fails for a second one only
		}
	})
	for _, below := range cmd.Commands() {
		completeEnums(below)
	}
}
