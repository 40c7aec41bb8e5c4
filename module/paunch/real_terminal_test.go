//go:build realpodman

package paunch_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/internal/testbed"
)

// TestWhatContainersSayNeverActsUponTheTerminal runs the command line beside a job that prints escape sequences, and a
// foreign container whose labels and command hold some.
func TestWhatContainersSayNeverActsUponTheTerminal(t *testing.T) {
	bed.Clean(t)
	const escape = "\x1b]0;owned\a\u202e"
	bed.Output(t, "run", "--detach", "--name", "foreign", "--net", "host", "--label", "managed_by=terminal", "--label", "config_id="+escape,
		"--label", "container_name="+escape, testbed.Image, "sh", "-c", runs, escape)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "job.json"), encode(t, job(`printf 'log \033]0;owned\007\n'; exit 3`)))
	write(t, filepath.Join(dir, "web.json"), encode(t, service("environment", config{"PS1": escape})))
	paunchBinary := filepath.Join(t.TempDir(), "paunch")
	if err := os.Symlink(binary, paunchBinary); err != nil {
		t.Fatal(err)
	}
	of := []string{"--file", dir, "--config-id", "c", "--managed-by", "terminal", "--podman-url", bed.URL()}
	for name, args := range map[string][]string{
		"apply":  append([]string{"apply", "--diff", "--settle", "0"}, of...),
		"status": append([]string{"status"}, of...),
		"debug":  {"debug", "--file", dir, "--container", "web", "--podman-url", bed.URL()},
		"table":  {"list", "--managed-by", "terminal", "--podman-url", bed.URL()},
		"value":  {"list", "--managed-by", "terminal", "--podman-url", bed.URL(), "-f", "value"},
		"csv":    {"list", "--managed-by", "terminal", "--podman-url", bed.URL(), "-f", "csv"},
	} {
		out, _ := exec.Command(paunchBinary, args...).CombinedOutput() // the code of a failed job is another test's
		if text := string(out); !printable.Safe(text) || text == "" {
			t.Errorf("%s prints %q", name, text)
		}
	}
	module(t, arguments(t, "config", config{}, "config_id", "c", "managed_by", "terminal"))
}

func TestUnderNoLogTheMessageHasNoLineOfALogAndNoHealthOutput(t *testing.T) {
	bed.Clean(t)
	result := refused(t, arguments(t, "_ansible_no_log", true, "health_timeout", 3, "config", config{
		"job":   job("echo private-line; exit 3"),
		"nocmd": job("x", "command", []any{"private-command"}),
		"sick":  service("wait", "healthy", "healthcheck", config{"test": "echo private-health; exit 1", "interval": "1s", "retries": 1}),
		"typo":  service("imgae", "private-value"),
	}), `container "job": exit code 3`, `container "nocmd": `, `container "sick": `)
	if text := result.Msg + strings.Join(result.Warnings, "\n"); strings.Contains(text, "private") {
		t.Errorf("what Ansible prints in spite of no_log:\n%s", text)
	}
}
