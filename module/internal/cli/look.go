package cli

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/internal/audit"
	"github.com/overcloud/paunch/module/paunch"
)

// addSelection adds the flags of the commands that look at managed containers.
func addSelection(cmd *cobra.Command, s *paunch.Selection, output *string) {
	f := cmd.Flags()
	f.StringVar(&s.ManagedBy, "managed-by", "paunch", "only containers managed by this `NAME`; empty for all managers")
	f.StringSliceVar(&s.ConfigIDs, "config-id", nil, "only this config id, repeatable")
	f.StringSliceVar(&s.Containers, "container", nil, "only this container, repeatable")
	f.StringVar(&s.PodmanURL, "podman-url", "", "address of the Podman service")
	addOutput(f, output)
}

// newMounts is "paunch mounts".
func newMounts() *cobra.Command {
	var s paunch.Selection
	var output string
	cmd := &cobra.Command{
		Use:   "mounts",
		Short: "Show which directory of the host is where in which container",
		Long: "Show which directory of the host is where in which managed container, with its use: config, logs or data.\n" +
			"The use is derived from the paths. Nothing is changed.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := paunch.Mounts(cmd.Context(), s)
			if err != nil {
				return err
			}
			var rows [][]string
			for _, c := range all {
				for _, m := range c.Mounts {
					rows = append(rows, []string{c.RealName, dash(m.Use), m.Source, m.Destination, mode(m.Writable), m.Kind})
				}
			}
			return view{value: all, columns: columnsOf("CONTAINER", "USE", "HOST", "IN CONTAINER", "MODE", "KIND"), rows: rows}.print(cmd.OutOrStdout(), output)
		},
	}
	addSelection(cmd, &s, &output)
	return cmd
}

func mode(writable bool) string {
	if writable {
		return "rw"
	}
	return "ro"
}

// noThreshold lets no finding fail the command.
const noThreshold = "none"

// newAudit is "paunch audit".
func newAudit() *cobra.Command {
	var s paunch.Selection
	var output, threshold string
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show which settings of the containers weaken the host or disclose secrets",
		Long: "Show which settings of the managed containers weaken the isolation from the host or disclose secrets, and the key to " +
			"change. Nothing is changed.\nExit code: 0 no finding as severe as --fail-on, 3 some, 1 failed, 2 wrong command line.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := paunch.Audit(cmd.Context(), s)
			if err != nil {
				return err
			}
			if err := printAudit(cmd.OutOrStdout(), output, all); err != nil {
				return err
			}
			return tooSevere(all, audit.Severity(threshold))
		},
	}
	addSelection(cmd, &s, &output)
	cmd.Flags().StringSliceVar(&s.SensitiveKeys, "sensitive-key", nil, "further name of a secret, repeatable")
	threshold = string(audit.High)
	enumVar(cmd.Flags(), &threshold, "fail-on", "exit with 3 on findings of this severity or above", string(audit.Low), string(audit.Medium), string(audit.High), noThreshold)
	return cmd
}

func printAudit(w io.Writer, output string, all []paunch.Audited) error {
	var rows [][]string
	for _, c := range all {
		for _, f := range c.Findings {
			rows = append(rows, []string{c.RealName, string(f.Severity), f.Text, f.Key})
		}
	}
	return view{value: all, columns: columnsOf("CONTAINER", "SEVERITY", "FINDING", "KEY"), rows: rows}.print(w, output)
}

// errFindings means that audit found something; that was printed.
var errFindings = errors.New("findings")

func tooSevere(all []paunch.Audited, limit audit.Severity) error {
	for _, c := range all {
		for _, f := range c.Findings {
			if f.Severity.AtLeast(limit) {
				return errFindings
			}
		}
	}
	return nil
}

// newChanges is "paunch changes".
func newChanges() *cobra.Command {
	var s paunch.Selection
	var output string
	cmd := &cobra.Command{
		Use:   "changes",
		Short: "Show which files were changed inside the containers",
		Long: "Show which files were changed inside the managed containers since they were created. They are lost when the container " +
			"is re-created.\nMounts and run-time files are left out. Nothing is changed.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return showChanges(cmd, output, s)
		},
	}
	addSelection(cmd, &s, &output)
	return cmd
}

// showChanges shows which files were changed inside the selected containers.
func showChanges(cmd *cobra.Command, output string, s paunch.Selection) error {
	all, err := paunch.FileChanges(cmd.Context(), s)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, c := range all {
		for _, f := range c.Files {
			rows = append(rows, []string{c.RealName, f.Kind, f.Path})
		}
	}
	return view{value: all, columns: columnsOf("CONTAINER", "CHANGE", "PATH"), rows: rows}.print(cmd.OutOrStdout(), output)
}
