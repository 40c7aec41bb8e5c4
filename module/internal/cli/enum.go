package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/overcloud/paunch/module/internal/arguments"
)

// enumVar adds a flag that takes one of the words; its default is what the value is.
func enumVar(f *pflag.FlagSet, value *string, name, usage string, allowed ...string) {
	f.Var(arguments.Choice{Field: value, Choices: allowed}, name, usage+": "+strings.Join(allowed, ", "))
}

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
