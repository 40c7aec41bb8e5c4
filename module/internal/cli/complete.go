package cli

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/paunch"
)

// completeWithin bounds the look at the host: a person has pressed a key and waits.
const completeWithin = 5 * time.Second

// completion is one kind of word that the host knows.
type completion struct {
	of func(paunch.Listed) string
	// all means that a manager who was not asked for is looked at too.
	all bool
}

// What flags and arguments complete to, by the name of the flag and by the word that the usage has for the argument.
var (
	containerNames = completion{of: func(l paunch.Listed) string { return l.Name }}
	configIDs      = completion{of: func(l paunch.Listed) string { return l.ConfigID }}
	managerNames   = completion{of: func(l paunch.Listed) string { return l.ManagedBy }, all: true}
)

// argument finds the word that a usage has for what follows the command.
var argument = regexp.MustCompile(`^\S+ \[?(NAME|CONFIG_ID)\b`)

// completeFromHost lets the shell complete the names of containers, config ids and managers of this host, in a command
// and those below it.
func completeFromHost(cmd *cobra.Command) {
	for flag, c := range map[string]completion{"container": containerNames, "config-id": configIDs, "managed-by": managerNames} {
		if cmd.Flags().Lookup(flag) != nil {
			_ = cmd.RegisterFlagCompletionFunc(flag, c.complete) // fails for a second one only
		}
	}
	if found := argument.FindStringSubmatch(cmd.Use); found != nil && cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = map[string]completion{"NAME": containerNames, "CONFIG_ID": configIDs}[found[1]].complete
	}
	for _, below := range cmd.Commands() {
		completeFromHost(below)
	}
}

// complete returns the words of the host that begin with what is typed and are no argument yet. Where Podman cannot be
// asked, there are none: a completion is no place for an error.
func (c completion) complete(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completeWithin)
	defer cancel()
	req := paunch.ListRequest{ManagedBy: flagText(cmd, "managed-by"), PodmanURL: flagText(cmd, "podman-url")}
	if c.all {
		req.ManagedBy = ""
	}
	listed, err := paunch.List(ctx, req)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []string
	for _, l := range listed {
		if word := printable.Line(c.of(l)); word != "" && strings.HasPrefix(word, typed) && !slices.Contains(args, word) {
			words = append(words, word)
		}
	}
	slices.Sort(words)
	return slices.Compact(words), cobra.ShellCompDirectiveNoFileComp
}

// flagText returns the value of a flag; "" where the command has none of this name.
func flagText(cmd *cobra.Command, name string) string {
	if f := cmd.Flags().Lookup(name); f != nil {
		return f.Value.String()
	}
	return ""
}
