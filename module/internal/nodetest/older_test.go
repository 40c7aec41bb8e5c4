//go:build realnode

package nodetest

import (
	"strings"
	"testing"
)

func TestAUnitStopsItsContainerAsTheOlderRolesDid(t *testing.T) {
	s := newStep(t, "ol")
	s.req.Dialect, s.req.StopTimeout = "tripleo", 42
	dir := t.TempDir()
	c := config{
		"ol-web":   service("volumes", []any{dir + ":/said"}, "pre_stop_exec", "sh -c 'hostname >/said/drained'", "hostname", "inside"),
		"ol-quick": service("stop_grace_period", 3),
	}
	s.must(c)
	for unit, want := range map[string]string{"tripleo_ol-web": "stop --ignore -t 42 ol-web", "tripleo_ol-quick": "stop --ignore -t 3 ol-quick"} {
		if text := sh(t, "systemctl cat "+unit); !strings.Contains(text, want) {
			t.Errorf("%s has no %q:\n%s", unit, want, text)
		}
	}
	s.unchanged(c)
	sh(t, "systemctl stop tripleo_ol-web")
	diff(t, "said by the command before the stop, in the container", "inside", sh(t, "cat "+dir+"/drained"))
	s.must(c)
	runs(t, "tripleo_ol-web.service", "ol-web")

	t.Run("another time to stop changes the unit, not the container", func(t *testing.T) {
		before := id(t, "ol-web")
		s.req.StopTimeout = 7
		result := s.must(c)
		diff(t, "actions", []string{"repaired", "unchanged"}, []string{of(t, result, "ol-web").Action, of(t, result, "ol-quick").Action})
		diff(t, "container", before, id(t, "ol-web"))
		s.unchanged(c)
	})
}
