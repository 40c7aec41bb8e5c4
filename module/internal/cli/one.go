package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/internal/arguments"
	"github.com/overcloud/paunch/module/paunch"
)

// oneName demands one argument.
func oneName(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError{errors.New("name one container")}
	}
	return nil
}

// findOne returns the managed container of a name: an entry's, or podman's. A foreign container is none.
func findOne(ctx context.Context, req paunch.ListRequest, name string) (paunch.Listed, error) {
	listed, err := paunch.List(ctx, req)
	if err != nil {
		return paunch.Listed{}, err
	}
	var found []paunch.Listed
	for _, l := range listed {
		if l.Name == name || l.RealName == name {
			found = append(found, l)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return paunch.Listed{}, fmt.Errorf("no container %q is managed by %q; see paunch list --managed-by ''", name, req.ManagedBy)
	}
	return paunch.Listed{}, fmt.Errorf("container %q is in the config ids %s and %s; say which by --config-id", name, found[0].ConfigID, found[1].ConfigID)
}

// newRemove is "paunch rm".
func newRemove() *cobra.Command {
	req := paunch.Defaults()
	var output string
	cmd := &cobra.Command{
		Use:   "rm NAME",
		Short: "Remove one managed container",
		Long:  "Remove one managed container, its unit included. A foreign container is refused. The next apply creates it again.",
		Args:  oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			list := paunch.ListRequest{ManagedBy: req.ManagedBy, PodmanURL: req.PodmanURL}
			if req.ConfigID != "" {
				list.ConfigIDs = []string{req.ConfigID}
			}
			l, err := findOne(cmd.Context(), list, args[0])
			if err != nil {
				return err
			}
			req.ConfigID, req.Containers = l.ConfigID, []string{l.Name}
			result, err := withProgress(cmd, req, paunch.Delete)
			return show(cmd, showOptions{output: output, check: req.Check}, result, err)
		},
	}
	f := cmd.Flags()
	f.StringVar(&req.ConfigID, "config-id", "", "config id, where several have a container of the name")
	f.BoolVar(&req.Check, "check", false, "only show what would be done")
	arguments.AddFlags(f, &req, arguments.OnDelete)
	addOutput(f, &output)
	return cmd
}

// newLogs is "paunch logs".
func newLogs() *cobra.Command {
	req := paunch.ListRequest{}
	var follow bool
	var tail int
	cmd := &cobra.Command{
		Use:   "logs NAME",
		Short: "Show the logs of one managed container",
		Long:  "Show the logs of one managed container, by podman logs. A foreign container is refused.",
		Args:  oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := findOne(cmd.Context(), req, args[0])
			if err != nil {
				return err
			}
			words := []string{"podman", "logs"}
			if follow {
				words = append(words, "--follow")
			}
			if tail >= 0 {
				words = append(words, fmt.Sprintf("--tail=%d", tail))
			}
			return runCommand(cmd, cmp.Or(req.PodmanURL, os.Getenv("CONTAINER_HOST")), append(words, l.RealName))
		},
	}
	f := cmd.Flags()
	f.StringVar(&req.ManagedBy, "managed-by", "paunch", "only containers managed by this `NAME`; empty for all managers")
	f.StringSliceVar(&req.ConfigIDs, "config-id", nil, "config id, where several have a container of the name")
	f.StringVar(&req.PodmanURL, "podman-url", "", "address of the Podman service")
	f.BoolVar(&follow, "follow", false, "go on with what is printed from now on")
	f.IntVar(&tail, "tail", -1, "only the last `N` lines")
	return cmd
}
