package apply_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// balanced is a service behind a load balancer that commands in the container lb speak to.
func balanced(more ...any) entries {
	drain := entries{"interval": "1ms", "timeout": "50ms", "command": entries{"container": "lb", "out": "lb out web", "until": "lb drained", "back": "lb back web"}}
	return entries{"lb": service("start_order", -1), "web": service(append(more, "drain", drain)...)}
}

// lb follows what the load balancer is told: in is false while web is out of it.
func (h *host) lb() (in func() bool) {
	return func() bool {
		state := true
		for _, c := range h.Calls() {
			switch {
			case c.Op != "exec":
			case strings.Contains(c.Arg, "lb out"):
				state = false
			case strings.Contains(c.Arg, "lb back"):
				state = true
			}
		}
		return state
	}
}

func drainCalls(h *host) (calls []string) {
	for _, c := range h.Calls() {
		switch {
		case c.Op == "exec":
			calls = append(calls, c.Arg)
		case c.Op == "stop" || c.Op == "remove" && !strings.Contains(c.Container, "-"):
			calls = append(calls, c.Op+" "+c.Container)
		}
	}
	return calls
}

func TestAServiceIsReplacedWhileItIsOutOfItsLoadBalancer(t *testing.T) {
	for _, newHost := range []func(*testing.T) *host{newHost, newHostWithUnits} {
		h := newHost(t)
		h.must(balanced())
		h.Forget()
		o := outcome(t, h.must(balanced("user", "root")), "web")
		diff(t, "calls", []string{"lb out web", "lb drained", "stop web", "lb back web"}, drainCalls(h))
		diff(t, "action", plan.Recreated, o.Action)
		diff(t, "containers", []string{"lb running", "web running"}, h.summary())
		h.Forget()
		h.must(balanced("user", "root"))
		diff(t, "calls of the next run", []string(nil), h.Changes())
	}
}

func TestAServiceThatDoesNotDrainIsKeptAndPutBack(t *testing.T) {
	for what, b := range map[string]applytest.Behaviour{
		"it does not drain: it was taken out of its load balancer (command in lb), and more than 50ms passed (drain.timeout); the old container goes on serving": {ExitCode: 1},
		"in container \"lb\"": {MissingExecutable: true},
	} {
		h := newHost(t)
		h.must(balanced())
		old := h.State().Containers[1].ID
		h.BehaveCommand([]string{"lb", "drained"}, b)
		h.Forget()
		_, report := h.apply(t.Context(), balanced("user", "root"))
		o := outcome(t, report, "web")
		if b.MissingExecutable {
			diff(t, "action", plan.Failed, o.Action)
		} else {
			says(t, o.Err, what)
		}
		diff(t, "changed and commands", []any{false, 0}, []any{o.Changed, len(o.Commands)})
		diff(t, "in balance", true, h.lb()())
		diff(t, "containers", []string{"lb running", "web running"}, h.summary())
		diff(t, "container", old, h.State().Containers[1].ID)
	}
}

func TestAFailedReplacementIsPutBackToo(t *testing.T) {
	h := newHost(t)
	h.must(balanced())
	h.Behave("web:2", applytest.Behaviour{ExitCode: 3})
	h.Forget()
	_, report := h.apply(t.Context(), balanced("image", "web:2"))
	diff(t, "rolled back", true, outcome(t, report, "web").RolledBack)
	diff(t, "in balance", true, h.lb()())
	diff(t, "containers", []string{"lb running", "web running"}, h.summary())
}

func TestWhatCannotBePutBackIsSaidAndTriedAgain(t *testing.T) {
	h := newHost(t)
	h.options.Insist = time.Nanosecond
	h.must(balanced())
	h.BehaveCommand([]string{"lb", "back", "web"}, applytest.Behaviour{ExitCode: 4})
	_, report := h.apply(t.Context(), balanced("user", "root"))
	says(t, outcome(t, report, "web").Err, "it cannot be put back into its load balancer (command in lb): rebalance: lb back web ended with exit code 4")
	h.BehaveCommand([]string{"lb", "back", "web"}, applytest.Behaviour{})
	h.must(balanced("user", "root"))
	diff(t, "in balance", true, h.lb()())
	diff(t, "containers", []string{"lb running", "web running"}, h.summary())
}

func TestARestartIsDrainedToo(t *testing.T) {
	check := entries{"test": "true"}
	h := newHost(t)
	h.must(balanced("healthcheck", check))
	sick := h.State().Containers[1]
	sick.Health = "unhealthy"
	h.Add(sick)
	h.Forget()
	diff(t, "action", plan.Restarted, outcome(t, h.must(balanced("healthcheck", check)), "web").Action)
	diff(t, "calls", []string{"lb out web", "lb drained", "stop web", "lb back web"}, drainCalls(h))
	h.End("web", 1)
	h.Forget()
	h.must(balanced("healthcheck", check))
	diff(t, "calls for one that does not serve", []string(nil), drainCalls(h))
}

func TestAKillInADrainIsRepairedByTheNextRun(t *testing.T) {
	kinds := map[string]func(*testing.T) *host{"podman": newHost, "systemd": newHostWithUnits}
	for kind, newHost := range kinds {
		for _, after := range []bool{false, true} {
			for what, again := range map[string]entries{"the same": balanced("user", "root"), "changed back": balanced(), "another": balanced("user", "nobody")} {
				t.Run(fmt.Sprintf("%s, after the call %v, %s", kind, after, what), func(t *testing.T) {
					n := 0
					for ; ; n++ {
						h := newHost(t)
						h.options.Concurrency = 1
						h.must(balanced())
						h.Forget()
						h.KillBefore(n)
						if after {
							h.KillAfter(n)
						}
						h.apply(t.Context(), balanced("user", "root"))
						if !h.Resume() {
							break
						}
						h.must(again)
						if !h.lb()() {
							t.Errorf("killed at call %d: it is out of its load balancer", n)
						}
						diff(t, fmt.Sprintf("containers after a kill at call %d", n), []string{"lb running", "web running"}, h.summary())
						for _, c := range h.State().Containers {
							if c.Labels[record.LabelDrained] != "" || c.Status != observed.Running {
								t.Errorf("killed at call %d: %s is left", n, c.Name)
							}
						}
						h.Forget()
						h.must(again)
						diff(t, "calls of the run after it", []string(nil), h.Changes())
					}
					if n < 8 {
						t.Errorf("only %d calls were made", n)
					}
				})
			}
		}
	}
}
