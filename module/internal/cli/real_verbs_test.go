//go:build realpodman

package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/cli"
)

// TestTheExamplesOfVerbsDoWhatTheirPageSays runs the commands of docs/verbs.md on its config, and looks at the host after
// each.
func TestTheExamplesOfVerbsDoWhatTheirPageSays(t *testing.T) {
	bed.Clean(t)
	t.Setenv("CONTAINER_HOST", bed.URL())
	text, err := os.ReadFile("../../../docs/verbs.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "steps.yml"), []byte(block(string(text), "yaml")), 0o600); err != nil {
		t.Fatal(err)
	}
	const running, stopped = "api Up, db Up, sync Exited", "api Exited, db Exited, sync Exited"
	after := []struct{ host, says string }{
		{"", "1 unchanged"},
		{running, "3 created"},
		{running, "2 stopped"},
		{stopped, "2 stopped"},
		{running, "2 started"},
		{running, "1 restarted"},
		{running, "1 restarted"},
	}
	commands := strings.Split(strings.TrimSpace(strings.ReplaceAll(block(string(text), "console"), "/var/lib/config", dir)), "\n")
	if len(commands) != len(after) {
		t.Fatalf("the page has %d commands: %q", len(commands), commands)
	}
	for i, command := range commands {
		var out, errOut bytes.Buffer
		if code := cli.Run(t.Context(), strings.Fields(command)[2:], &out, &errOut); code != cli.ExitOK {
			t.Fatalf("%s: exit code %d: %s%s", command, code, out.String(), errOut.String())
		}
		if !strings.Contains(out.String(), after[i].says) {
			t.Errorf("%s does not say %q: %s", command, after[i].says, out.String())
		}
		if host := onHost(t); host != after[i].host {
			t.Errorf("after %s: %q, want %q", command, host, after[i].host)
		}
	}
	for _, wrong := range [][]string{{"stop"}, {"restart", "db", "api"}, {"start", "db", "--step", "4"}, {"pull"}, {"pull", "--all", dir, "--step", "4"}} {
		var out, errOut bytes.Buffer
		if code := cli.Run(t.Context(), wrong, &out, &errOut); code != cli.ExitUsage {
			t.Errorf("%q: exit code %d: %s", wrong, code, errOut.String())
		}
	}
	var out, errOut bytes.Buffer
	if code := cli.Run(t.Context(), []string{"restart", "theirs"}, &out, &errOut); code != cli.ExitFailed || !strings.Contains(errOut.String(), `no container "theirs"`) {
		t.Errorf("an unknown name: exit code %d: %s", code, errOut.String())
	}
}

// onHost is the host's containers as podman's own command lists them.
func onHost(t *testing.T) string {
	t.Helper()
	var all []string
	for line := range strings.Lines(bed.Output(t, "ps", "--all", "--sort", "names", "--format", "{{.Names}} {{.Status}}")) {
		all = append(all, strings.Join(strings.Fields(line)[:2], " "))
	}
	return strings.Join(all, ", ")
}

// block returns the first code block of a language.
func block(text, language string) string {
	_, rest, _ := strings.Cut(text, "```"+language+"\n")
	inside, _, _ := strings.Cut(rest, "```")
	return inside
}
