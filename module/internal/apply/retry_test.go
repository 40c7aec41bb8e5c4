package apply_test

import (
	"context"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply/applytest"
)

// succeeds lets a job or command end well from its n-th try on.
func (h *host) succeeds(op string, n int, well func()) {
	h.After = func(c applytest.Call) error {
		if c.Op == op {
			if n--; n == 1 {
				well()
			}
		}
		return nil
	}
}

func TestAnExecRunsAgainWhileItHasRetries(t *testing.T) {
	h := newHost(t)
	h.BehaveCommand([]string{"setup"}, applytest.Behaviour{ExitCode: 3})
	h.succeeds("exec", 3, func() { h.BehaveCommand([]string{"setup"}, applytest.Behaviour{}) })
	raw := entries{"web": service(), "setup": setup("setup", "retries", 3, "retry_sleep", 0)}
	_, report := h.apply(context.Background(), raw)
	o := outcome(t, report, "setup")
	if o.Err != nil || *o.ExitCode != 0 || !strings.HasSuffix(o.Reason, "; retry 2 of 3, after exit code 3") {
		t.Errorf("it ended with %v, reason %q, error %v", o.ExitCode, o.Reason, o.Err)
	}
	h.After = nil
	h.Forget()
	h.must(raw)
	diff(t, "calls of the next apply", []string(nil), h.Changes())
}

func TestAnExecThatUsesUpItsRetriesFails(t *testing.T) {
	h := newHost(t)
	h.BehaveCommand([]string{"setup"}, applytest.Behaviour{ExitCode: 3})
	_, report := h.apply(context.Background(), entries{"web": service(), "setup": setup("setup", "retries", 2, "retry_sleep", 0)})
	o := outcome(t, report, "setup")
	if o.Err == nil || !strings.Contains(o.Err.Error(), "exit code 3") {
		t.Errorf("its error: %v", o.Err)
	}
	if n := strings.Count(strings.Join(h.Changes(), "\n"), "exec web setup"); n != 3 {
		t.Errorf("it ran %d times: %q", n, h.Changes())
	}
}

func TestAnExitCodeThatIsAcceptedIsNotRetried(t *testing.T) {
	h := newHost(t)
	h.BehaveCommand([]string{"setup"}, applytest.Behaviour{ExitCode: 3})
	h.must(entries{"web": service(), "setup": setup("setup", "retries", 2, "retry_sleep", 0, "exit_codes", []any{0, 3})})
	if n := strings.Count(strings.Join(h.Changes(), "\n"), "exec web setup"); n != 1 {
		t.Errorf("it ran %d times", n)
	}
}

func TestAOneShotStartsAgainWhileItHasRetries(t *testing.T) {
	h := newHost(t)
	h.Behave("sync", applytest.Behaviour{ExitCode: 1})
	h.succeeds("wait", 2, func() { h.Behave("sync", applytest.Behaviour{}) })
	raw := entries{"sync": job("retries", 1, "retry_sleep", 0)}
	_, report := h.apply(context.Background(), raw)
	o := outcome(t, report, "sync")
	if o.Err != nil || *o.ExitCode != 0 || !strings.HasSuffix(o.Reason, "; retry 1 of 1, after exit code 1") {
		t.Errorf("it ended with %v, reason %q, error %v", o.ExitCode, o.Reason, o.Err)
	}
	if n := strings.Count(strings.Join(h.Changes(), "\n"), "start sync"); n != 2 {
		t.Errorf("it was started %d times: %q", n, h.Changes())
	}
}

func TestAnInterruptedRunRetriesNothing(t *testing.T) {
	h := newHost(t)
	h.BehaveCommand([]string{"setup"}, applytest.Behaviour{ExitCode: 3})
	report := h.interrupted(entries{"web": service(), "setup": setup("setup", "retries", 5, "retry_sleep", 3600)})
	if o := outcome(t, report, "setup"); o.Err == nil {
		t.Error("it did not fail")
	}
	if n := strings.Count(strings.Join(h.Changes(), "\n"), "exec web setup"); n != 1 {
		t.Errorf("it ran %d times", n)
	}
}
