package cli

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

var update = flag.Bool("update", false, "write docs/cli.md")

// TestTheReferenceIsWhatTheCommandsSay keeps docs/cli.md, which is generated: go test ./module/internal/cli -update.
func TestTheReferenceIsWhatTheCommandsSay(t *testing.T) {
	const path = "../../../docs/cli.md"
	var got bytes.Buffer
	got.WriteString("# The command line\n\nGenerated from the program (`go test ./module/internal/cli -update`).\n\n")
	reference(t, &got, newRoot())
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("docs/cli.md is not up to date (-file +commands):\n%s", diff)
	}
}

// reference writes the pages of a command and those below it.
func reference(t *testing.T, w *bytes.Buffer, c *cobra.Command) {
	t.Helper()
	c.DisableAutoGenTag = true
	anchor := func(file string) string { return "#" + strings.ReplaceAll(strings.TrimSuffix(file, ".md"), "_", "-") }
	if err := doc.GenMarkdownCustom(c, w, anchor); err != nil {
		t.Fatal(err)
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "completion" && sub.Name() != "help" {
			reference(t, w, sub)
		}
	}
}
