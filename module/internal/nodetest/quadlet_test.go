//go:build realnode

package nodetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// quadletDir is where Podman's generator looks for units.
const quadletDir = "/etc/containers/systemd"

func TestAContainerOfQuadletIsLeftAloneUntilItsUnitIsGone(t *testing.T) {
	s := newStep(t, "ql")
	text := "[Container]\nContainerName=ql-web\nImage=" + image + "\nNetwork=none\nLabel=managed_by=edpm_ansible\nExec=sh -c \"trap 'exit 0' TERM; while :; do sleep 0.1; done\"\n[Service]\nRestart=always\n"
	if err := os.MkdirAll(quadletDir, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(quadletDir, "ql-web.container")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = os.Remove(file)
		sh(t, "systemctl daemon-reload; systemctl stop ql-web.service 2>/dev/null; true")
	})
	sh(t, "systemctl daemon-reload && systemctl start ql-web.service")
	before := sh(t, "podman inspect -f '{{.Id}} {{.State.StartedAt}}' ql-web")
	step := t.TempDir()
	if err := os.WriteFile(filepath.Join(step, "ql-web.container"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s.req.ConfigPath = step
	for _, check := range []bool{true, false} {
		s.req.Check = check
		result, err := s.apply(nil)
		if err == nil || result.Changed || !strings.Contains(result.Msg, "is run by the unit ql-web.service") {
			t.Errorf("check %v: %v\n%s", check, err, describe(result))
		}
	}
	s.req.Check = false
	diff(t, "container", before, sh(t, "podman inspect -f '{{.Id}} {{.State.StartedAt}}' ql-web"))
	diff(t, "containers", "ql-web", sh(t, "podman ps -a --format '{{.Names}}' | grep ql-"))
	diff(t, "unit", "active", ask("systemctl is-active ql-web"))

	t.Run("and what the message says makes the switch", func(t *testing.T) {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		sh(t, "systemctl daemon-reload && systemctl stop ql-web.service")
		diff(t, "action", "created", of(t, s.must(nil), "ql-web").Action)
		runs(t, "tripleo_ql-web.service", "ql-web")
		s.unchanged(nil)
	})
}
