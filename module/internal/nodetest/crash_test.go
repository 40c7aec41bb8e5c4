//go:build realnode

package nodetest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// crashing is a service that exits with 3 some time after each start.
func crashing(after string) config {
	return service("command", []any{"sh", "-c", "echo no config; sleep " + after + "; exit 3"})
}

func TestACrashLoopThatAUnitHidesFailsEveryApply(t *testing.T) {
	s := newStep(t, "cl")
	s.req.Settle = 3 * time.Second
	c := config{"cl-web": crashing("0.5"), "cl-well": service()}
	for _, run := range []string{"first", "second", "third"} {
		result, err := s.apply(c)
		if err == nil || !strings.Contains(err.Error(), "exit code 3") || !strings.Contains(of(t, result, "cl-web").Stdout, "no config") {
			t.Errorf("%s apply: %v", run, err)
		}
		diff(t, run+" apply: actions", []string{"failed", "well"}, []string{of(t, result, "cl-web").Action, map[bool]string{true: "well"}[of(t, result, "cl-well").Error == ""]})
	}
}

func TestACrashLoopThatAUnitHidesIsWarnedAboutWhereItIsSlow(t *testing.T) {
	s := newStep(t, "cs")
	c := config{"cs-web": crashing("3"), "cs-well": service()}
	s.must(c)
	sh(t, `until [ "$(systemctl show -p NRestarts --value tripleo_cs-web)" -ge 2 ] && [ "$(podman inspect -f '{{.State.Status}}' cs-web)" = running ]; do sleep 0.1; done`)
	for _, check := range []bool{true, false} {
		s.req.Check = check
		result := s.must(c)
		web, well := of(t, result, "cs-web"), of(t, result, "cs-well")
		if web.Action != "unchanged" || !strings.Contains(web.Reason, "crash looping: ") || !strings.Contains(web.Reason, "exit code 3") || web.Restarts < 2 {
			t.Errorf("check %v: %s: %s, %d restarts", check, web.Action, web.Reason, web.Restarts)
		}
		if !slices.ContainsFunc(result.Warnings, func(w string) bool { return strings.Contains(w, "podman logs cs-web") }) {
			t.Errorf("check %v: warnings %q", check, result.Warnings)
		}
		diff(t, "the one that is well", "", well.Reason)
	}
}
