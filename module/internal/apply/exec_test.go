package apply_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
)

func setup(command string, more ...any) entries {
	e := entries{"action": "exec", "command": "web " + command, "start_order": 1}
	for i := 0; i+1 < len(more); i += 2 {
		e[more[i].(string)] = more[i+1]
	}
	return e
}

// interrupted applies a config and interrupts the run when a command has begun.
func (h *host) interrupted(raw entries) apply.Report {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	h.After = func(c applytest.Call) error {
		if c.Op == "exec" || c.Op == "await-exec" {
			cancel()
		}
		return nil
	}
	defer func() { h.After = nil }()
	_, report := h.apply(ctx, raw)
	return report
}

func TestAnExecThatTookTooLongIsEndedAndRunsAgainAtTheNextApply(t *testing.T) {
	h := newHost(t)
	h.BehaveCommand([]string{"setup"}, applytest.Behaviour{RunsOn: true})
	h.options.Timeout = 20 * time.Millisecond
	_, report := h.apply(context.Background(), entries{"web": service(), "setup": setup("setup")})
	o := outcome(t, report, "setup")
	if o.Err == nil || !strings.Contains(o.Err.Error(), "its command did not end within 20ms and was killed") {
		t.Errorf("its error: %v", o.Err)
	}
	diff(t, "commands that run", 0, h.Sessions())
	h.BehaveCommand([]string{"setup"}, applytest.Behaviour{})
	h.Forget()
	h.must(entries{"web": service(), "setup": setup("setup")})
	diff(t, "calls", []string{"exec web setup", "create setup"}, h.Changes())
}

func TestAnExecThatCannotBeEndedIsWaitedForByTheNextApply(t *testing.T) {
	h := newHost(t)
	h.BehaveCommand([]string{"setup"}, applytest.Behaviour{RunsFor: 300 * time.Millisecond})
	h.options.Timeout = 20 * time.Millisecond
	h.Before = func(c applytest.Call) error {
		if c.Op == "end-exec" {
			return errors.New("no way")
		}
		return nil
	}
	_, report := h.apply(context.Background(), entries{"web": service(), "setup": setup("setup")})
	o := outcome(t, report, "setup")
	if o.Err == nil || !strings.Contains(o.Err.Error(), "it may run on (end: no way); the next apply waits for it") {
		t.Errorf("its error: %v", o.Err)
	}
	h.Before, h.options.Timeout, h.unforeseen = nil, 5*time.Second, true
	h.Forget()
	report = h.must(entries{"web": service(), "setup": setup("setup")})
	diff(t, "calls", []string{"create setup"}, h.Changes())
	if o := outcome(t, report, "setup"); !o.Changed || !strings.Contains(o.Reason, "waited for its end") {
		t.Errorf("changed %v, reason %q", o.Changed, o.Reason)
	}
}

func TestAnInterruptedExecIsWaitedForAndNeverRunsTwice(t *testing.T) {
	for name, c := range map[string]struct {
		code   int
		second string
		want   []string
	}{
		"the same command counts":                {0, "setup", []string{"create setup"}},
		"its failure counts":                     {3, "setup", nil},
		"another command runs when it has ended": {0, "setup more", []string{"exec web setup more", "create setup"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.BehaveCommand([]string{"setup"}, applytest.Behaviour{RunsFor: 100 * time.Millisecond, ExitCode: c.code})
			report := h.interrupted(entries{"web": service(), "setup": setup("setup")})
			o := outcome(t, report, "setup")
			if o.Err == nil || !strings.Contains(o.Err.Error(), "it runs on, and the next apply waits for it") {
				t.Errorf("its error: %v", o.Err)
			}
			diff(t, "commands that run", 1, h.Sessions())
			h.Before = func(c applytest.Call) error {
				if c.Op == "exec" && h.Sessions() > 0 {
					t.Error("it runs beside another one")
				}
				return nil
			}
			h.Forget()
			_, report = h.apply(context.Background(), entries{"web": service(), "setup": setup(c.second)})
			diff(t, "calls", c.want, h.Changes())
			if failed := outcome(t, report, "setup").Err != nil; failed != (c.code != 0) {
				t.Errorf("failed %v: %v", failed, outcome(t, report, "setup").Err)
			}
		})
	}
}
