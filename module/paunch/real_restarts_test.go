//go:build realpodman

package paunch_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

// crashes is a service that exits with an exit code some time after each start.
func crashes(after string, code int, more ...any) config {
	script := "echo no config; sleep " + after + "; exit " + strconv.Itoa(code)
	return service(append([]any{"command", []any{"sh", "-c", script}}, more...)...)
}

// restarts is how often Podman restarted a container.
func restarts(t *testing.T, container string) int {
	t.Helper()
	n, err := strconv.Atoi(bed.Output(t, "inspect", "--format", "{{.RestartCount}}", container))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestACrashLoopFailsEveryApply(t *testing.T) {
	for name, loop := range map[string]config{
		"at once": crashes("0.3", 3), "within the settle time": crashes("1", 3), "by a policy for failures": crashes("0.1", 3, "restart", "on-failure"),
	} {
		t.Run(name, func(t *testing.T) {
			bed.Clean(t)
			req := request(t, config{"web": loop, "well": service()})
			req.Settle = 2 * time.Second
			mustFail(t, req, `container "web"`, "exit code 3")
			for range 2 {
				result := mustFail(t, req, `container "web"`, "exit code 3", "no config")
				diff(t, "actions", map[string]string{"web": "failed", "well": "unchanged"}, actions(result))
			}
		})
	}
}

func TestACrashLoopThatIsLongerThanTheSettleTimeIsWarnedAbout(t *testing.T) {
	bed.Clean(t)
	req := request(t, config{"web": crashes("1.5", 3), "well": service()})
	must(t, req)
	waitFor(t, func() bool { return restarts(t, "web") >= 2 })
	for _, check := range []bool{true, false} {
		waitFor(t, func() bool { // that it does not exit now
			status := bed.Output(t, "inspect", "--format", "{{.State.Running}}", "web")
			started := bed.Output(t, "inspect", "--format", "{{.State.StartedAt.UnixMilli}}", "web")
			ms, err := strconv.ParseInt(started, 10, 64)
			return err == nil && status == "true" && time.Since(time.UnixMilli(ms)) < 500*time.Millisecond
		})
		req.Check = check
		result := must(t, req)
		for _, c := range result.Containers {
			if c.Name == "well" {
				diff(t, "the one that is well", []any{"unchanged", "", 0}, []any{c.Action, c.Reason, c.Restarts})
				continue
			}
			diff(t, "action", "unchanged", c.Action)
			if !strings.Contains(c.Reason, "crash looping: "+strconv.Itoa(c.Restarts)+" restarts") || !strings.Contains(c.Reason, "exit code 3") || c.Restarts < 2 {
				t.Errorf("check %v: %d restarts, reason %q", check, c.Restarts, c.Reason)
			}
			if !strings.Contains(c.Stdout, "no config") {
				t.Errorf("check %v: output %q", check, c.Stdout)
			}
		}
		if !slices.ContainsFunc(result.Warnings, func(w string) bool {
			return strings.Contains(w, "crash looping") && strings.Contains(w, "podman logs web")
		}) {
			t.Errorf("check %v: warnings %q", check, result.Warnings)
		}
	}
}

func TestAPolicyThatGaveUpIsNamed(t *testing.T) {
	bed.Clean(t)
	req := request(t, config{"web": crashes("0.1", 3, "restart", "on-failure:2")})
	mustFail(t, req, "exit code 3")
	waitFor(t, func() bool { return strings.HasSuffix(listed(t)[0], "exited") && restarts(t, "web") == 2 })
	req.Check = true
	diff(t, "reason", "it was found exited (exit code 3), after 2 restarts", must(t, req).Containers[0].Reason)
	req.Check = false
	mustFail(t, req, "exit code 3", "no config")
}

func TestServicesThatRunWellAreNotLookedAtOneByOne(t *testing.T) {
	bed.Clean(t)
	proxy := testbed.NewProxy(t, bed.Socket())
	c := config{}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		c[name] = service("stop_signal", "KILL")
	}
	req := request(t, c)
	must(t, req)
	for _, name := range []string{"a", "b"} {
		bed.Output(t, "restart", name) // as a person does: that is no crash
	}
	req.PodmanURL = proxy.URL
	result, err := paunch.Apply(context.Background(), req)
	if err != nil || result.Changed || len(result.Warnings) > 0 {
		t.Errorf("%v, changed %v, warnings %q", err, result.Changed, result.Warnings)
	}
	inspections := 0
	for _, r := range proxy.Requests() {
		if strings.Contains(r, "/containers/") && strings.HasSuffix(r, "/json") {
			inspections++
		}
	}
	diff(t, "inspections: of those that exited and run again", 2, inspections)
}
