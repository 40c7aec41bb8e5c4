package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/paunch"
)

// newExport is "paunch export".
func newExport() *cobra.Command {
	req := paunch.Defaults()
	var format, dir string
	formats := []string{"quadlet", "podman"}
	cmd := &cobra.Command{
		Use:   "export --file FILE --format quadlet|podman [-o DIR]",
		Short: "Write a step config as units of Quadlet, or as a shell script",
		Long: "Write a step config as units of Quadlet, or as a shell script of podman commands. What is written holds\n" +
			"the secrets that the config does. What the other tool does not do is said on standard error.\n" +
			"Exit code: 0 done, 1 failed, 2 wrong command line.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case req.ConfigPath == "":
				return usageError{errors.New("--file is needed")}
			case !slices.Contains(formats, format):
				return usageError{fmt.Errorf("--format invalid value %q: must be one of %s", format, strings.Join(formats, ", "))}
			}
			out, err := paunch.Export(req, format)
			if err != nil {
				return err
			}
			warn(cmd, out.Lost)
			if dir == "" {
				return printFiles(forPrograms(cmd.OutOrStdout()), out.Files)
			}
			return writeFiles(dir, out.Files)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&req.ConfigPath, "file", "f", "", "file or directory with the step config")
	f.IntVar(&req.Step, "step", req.Step, "step number: the key in a file of several steps")
	f.StringVar(&format, "format", "quadlet", strings.Join(formats, ", "))
	f.StringVarP(&dir, "output", "o", "", "write into this `DIR`ectory, which is created (default: standard output)")
	return cmd
}

func warn(cmd *cobra.Command, texts []string) {
	for _, text := range texts {
		_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "warning: "+text) // nobody else to tell
	}
}

// printFiles writes files one after another, each below its name where there are several.
func printFiles(w io.Writer, files []paunch.ExportedFile) error {
	for _, file := range files {
		if len(files) > 1 {
			if _, err := fmt.Fprintf(w, "# %s\n", file.Name); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(file.Text, "\n")); err != nil {
			return err
		}
	}
	return nil
}

// writeFiles writes files that only their owner can read: they hold secrets where the config does.
func writeFiles(dir string, files []paunch.ExportedFile) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	for _, file := range files {
		if err := os.WriteFile(filepath.Join(dir, file.Name), []byte(file.Text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// newImport is "paunch import".
func newImport() *cobra.Command {
	req := paunch.Defaults()
	var from, file string
	cmd := &cobra.Command{
		Use:   "import --from quadlet PATH [-o FILE]",
		Short: "Write units of Quadlet as a step config",
		Long: "Write units of Quadlet, a directory of them or one file, as a step config in YAML. What has no effect under\n" +
			"a step is said on standard error; what cannot be mapped is an error.\n" +
			"Exit code: 0 done, 1 failed, 2 wrong command line.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("the path of a directory or file is needed")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if from != "quadlet" {
				return usageError{fmt.Errorf("--from invalid value %q: must be quadlet", from)}
			}
			req.ConfigPath, req.ConfigPatterns = args[0], []string{"*.container"}
			containers, warnings, err := paunch.Import(req)
			if err != nil {
				return err
			}
			warn(cmd, warnings)
			text, err := yaml.Marshal(containers)
			if err != nil {
				return err
			}
			if file != "" {
				return os.WriteFile(file, text, 0o600)
			}
			_, err = forPrograms(cmd.OutOrStdout()).Write(text)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&from, "from", "quadlet", "quadlet")
	f.StringVarP(&file, "output", "o", "", "write into this `FILE` (default: standard output)")
	return cmd
}
