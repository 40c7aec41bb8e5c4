package apply_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// passes and refuses are what validations do.
func (h *host) validations() {
	h.BehaveCommand([]string{"web", "-t"}, applytest.Behaviour{Stdout: []string{"syntax ok"}})
	h.BehaveCommand([]string{"web", "-bad"}, applytest.Behaviour{ExitCode: 3, Stderr: []string{"line 7: no such word"}})
	h.BehaveCommand([]string{"web", "-hang"}, applytest.Behaviour{RunsOn: true})
}

func TestAFailedValidationStopsNothingAndAllAreReported(t *testing.T) {
	for kind, newHost := range kindsOfHost() {
		t.Run(kind, func(t *testing.T) {
			h := newHost(t)
			h.validations()
			first := entries{"web": service(), "db": service(), "same": service(), "gone": service()}
			h.must(first)
			before := h.summary()
			h.Forget()
			_, report := h.apply(t.Context(), entries{
				"web":  service("user", "root", "validate", "web -bad"),
				"db":   service("user", "root", "start_order", 1, "validate", []any{[]any{"web", "-t"}, []any{"web", "-bad"}}),
				"good": service("validate", "web -t"), "same": service(),
			})
			diff(t, "containers", before, h.summary())
			for _, name := range []string{"web", "db"} {
				o := outcome(t, report, name)
				says(t, o.Err, "its validation web -bad ended with exit code 3; nothing was stopped; correct it and apply again")
				diff(t, name, []any{plan.Failed, apply.ValidationFailed, 3, "line 7: no such word", false}, []any{o.Action, o.Validation, *o.ExitCode, o.Stderr, o.Changed})
			}
			good := outcome(t, report, "good")
			diff(t, "good", []any{plan.NotReached, "a validation failed", apply.ValidationPassed}, []any{good.Action, good.Reason, good.Validation})
			diff(t, "same", []any{plan.Unchanged, ""}, []any{outcome(t, report, "same").Action, outcome(t, report, "same").Validation})
			diff(t, "gone", plan.NotReached, outcome(t, report, "gone").Action)
			for _, call := range h.Changes() {
				if !strings.HasPrefix(call, "create ") && !strings.HasPrefix(call, "start ") && !strings.HasPrefix(call, "remove ") || strings.Contains(call, "same") {
					t.Errorf("call %s", call)
				}
			}
		})
	}
}

func TestAValidationThatPassesChangesNothingElse(t *testing.T) {
	h := newHost(t)
	h.validations()
	h.must(entries{"web": service("validate", "web -t")})
	diff(t, "containers", []string{"web running"}, h.summary())
	h.Forget()
	h.must(entries{"web": service("validate", "web -hang")})
	diff(t, "calls where only the validation changed", []string(nil), h.Changes())
	report := h.must(entries{"web": service("user", "root", "validate", "web -t")})
	o := outcome(t, report, "web")
	diff(t, "outcome", []any{plan.Recreated, apply.ValidationPassed}, []any{o.Action, o.Validation})
}

func TestAValidationThatHangsIsKilledAndRemoved(t *testing.T) {
	h := newHost(t)
	h.validations()
	_, report := h.apply(t.Context(), entries{"web": service("validate", "web -hang", "validate_timeout", "10ms")})
	says(t, outcome(t, report, "web").Err, "its validation web -hang did not end within 10ms (validate_timeout) and was killed")
	diff(t, "containers", []string(nil), h.summary())
}

func TestAnInterruptionEndsAValidation(t *testing.T) {
	h := newHost(t)
	h.validations()
	ctx, interrupt := context.WithCancel(t.Context())
	h.Before = func(c applytest.Call) error {
		if c.Op == "wait" {
			interrupt()
		}
		return nil
	}
	_, report := h.apply(ctx, entries{"web": service("validate", "web -hang")})
	o := outcome(t, report, "web")
	diff(t, "outcome", []any{plan.NotReached, "the run was interrupted", ""}, []any{o.Action, o.Reason, o.Validation})
	diff(t, "containers", []string(nil), h.summary())
}

func TestAValidationThatCannotBeMadeRefusesTheChange(t *testing.T) {
	for what, b := range map[string]applytest.Behaviour{
		"its validation cannot be made: create: no such option": {CreateErr: errors.New("no such option")},
		"its validation web -t: start:":                         {MissingExecutable: true},
	} {
		h := newHost(t)
		h.must(entries{"web": service()})
		h.BehaveCommand([]string{"web", "-t"}, b)
		_, report := h.apply(t.Context(), entries{"web": service("user", "root", "validate", "web -t")})
		says(t, outcome(t, report, "web").Err, what)
		diff(t, "containers", []string{"web running"}, h.summary())
	}
}

func TestAKillInAValidationIsRepairedByTheNextRun(t *testing.T) {
	change := func(command string) entries {
		return entries{"web": service("user", "root", "validate", []any{[]any{"web", "-t"}, []any{"web", command}})}
	}
	for _, command := range []string{"-t", "-bad", "-hang"} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, after the call %v", command, after), func(t *testing.T) {
				n := 0
				for ; ; n++ {
					h := newHost(t)
					h.options.Concurrency = 1
					h.validations()
					h.must(entries{"web": service()})
					old := h.State().Containers[0].ID
					h.KillBefore(n)
					if after {
						h.KillAfter(n)
					}
					ctx, cancel := context.WithCancel(t.Context())
					h.Before = func(c applytest.Call) error {
						if c.Op == "wait" && h.hangs(c.Container) {
							cancel()
						}
						return nil
					}
					h.apply(ctx, change(command))
					cancel()
					h.Before = nil
					if !h.Resume() {
						break
					}
					if command != "-t" && !slices.ContainsFunc(h.State().Containers, func(c observed.Container) bool { return c.ID == old && c.Status == observed.Running }) {
						t.Errorf("killed at call %d: the old container does not run: %v", n, h.summary())
					}
					h.must(change("-t"))
					diff(t, fmt.Sprintf("containers after a kill at call %d", n), []string{"web running"}, h.summary())
				}
				if n < 5 {
					t.Errorf("only %d calls were made", n)
				}
			})
		}
	}
}

// hangs reports whether a container runs the validation that does not end.
func (h *host) hangs(name string) bool {
	for _, c := range h.State().Containers {
		if c.Name == name && c.Labels[record.LabelTryOut] == record.TryOutValidation && c.Status == observed.Running {
			return true
		}
	}
	return false
}
