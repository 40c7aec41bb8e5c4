package paunch

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/printable"
)

// reported is the result of a run in which some containers failed.
func reported(req Request, outcomes ...apply.Outcome) *Result {
	req.Step, req.ConfigID = 1, "tripleo_step1"
	r := newRun(req)
	r.report(apply.Report{Outcomes: outcomes})
	r.result.Warnings = []string{"crash looping; last lines: private line"}
	r.finish()
	return r.result
}

func TestAMessageForNoLogNamesContainerCauseAndExitCodeOnly(t *testing.T) {
	three := 3
	private := errors.New(`exec "private command": not found; its last check said: private line`)
	outcomes := []apply.Outcome{
		{Name: "job", Action: plan.Failed, Err: private, ExitCode: &three, Stdout: "private line", Stderr: "private line"},
		{Name: "sick", Action: plan.Failed, Err: private, Health: "unhealthy", State: "running"},
		{Name: "nocmd", Action: plan.Failed, Err: private, State: "created"},
		{Name: "web", Action: plan.Failed, Err: private, State: "running", RolledBack: true},
		{Name: "slow", Action: plan.Failed, Err: private, State: "running"},
		{Name: "none", Action: plan.Failed, Err: private},
		{Name: "late", Action: plan.NotReached, Reason: "wave failed"},
	}
	terse := Defaults()
	terse.Terse = true
	result := reported(terse, outcomes...)
	want := "step 1 (tripleo_step1) failed\n" +
		"container \"job\": exit code 3\n" +
		"container \"sick\": not healthy\n" +
		"container \"nocmd\": not started\n" +
		"container \"web\": failed; rolled back\n" +
		"container \"slow\": failed, state running\n" +
		"container \"none\": failed, no container\n" +
		"1 not reached"
	if diff := cmp.Diff(want, result.Msg); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"warnings that no_log hides: 1"}, result.Warnings); diff != "" {
		t.Error(diff)
	}
	for _, c := range result.Containers {
		if strings.Contains(c.Cause, "private") || c.Action == string(plan.Failed) && c.Cause == "" {
			t.Errorf("the cause of %s: %q", c.Name, c.Cause)
		}
	}
	if open := reported(Defaults(), outcomes...); strings.Count(open.Msg, "private line") != 8 {
		t.Errorf("without no_log:\n%s", open.Msg)
	}
}

func TestAMessageForNoLogTellsWhereAConfigIsWrongAndNotWhy(t *testing.T) {
	r := newRun(Request{Terse: true})
	r.failed(fmt.Errorf("the config is not valid: %w", config.Join([]config.Problem{
		{Container: "a", Key: "detach", File: "/c.yml", Line: 7, Text: `"private value" must be true or false`},
		{File: "/d.yml", Line: 1, Text: "not valid YAML: private value"},
	})))
	want := "the config is not valid (no_log hides why):\ncontainer \"a\": key \"detach\": not valid (/c.yml:7)\nnot valid (/d.yml:1)"
	if diff := cmp.Diff(want, r.result.Msg); diff != "" {
		t.Error(diff)
	}
	r.failed(errors.New("another apply holds the lock"))
	if r.result.Msg != "another apply holds the lock" {
		t.Errorf("what is not about a config: %q", r.result.Msg)
	}
}

// hostile has what a terminal acts upon: a title, a cleared screen, a C1 sequence, an override of the direction.
const hostile = "x\x1b]0;owned\a\x1b[2J\u009b31m\u202ey\rz\x9b\nnext"

func TestWhatAnsiblePrintsHasNoTerminalEscapes(t *testing.T) {
	three := 3
	outcome := apply.Outcome{
		Name: hostile, RealName: hostile, Image: hostile, Unit: hostile, Action: plan.Failed, Reason: hostile, ChangedKeys: []string{hostile},
		Err: errors.New(hostile), ExitCode: &three, Health: hostile, State: hostile, Stdout: hostile, Stderr: hostile,
		Commands: [][]string{{"podman", hostile}}, StartedAt: time.Now(),
	}
	failed, terse := reported(Defaults(), outcome), reported(Request{Terse: true}, outcome)
	general := newRun(Defaults())
	general.result.Warnings = []string{hostile}
	general.result.Diff = &Diff{Before: hostile, After: hostile}
	general.failed(errors.New(hostile))
	general.finish()
	for name, text := range map[string]string{
		"a failed container": failed.Msg, "its command": failed.Commands[0], "under no_log": terse.Msg,
		"another failure": general.result.Msg, "a warning": general.result.Warnings[0], "before": general.result.Diff.Before,
		"after": general.result.Diff.After, "a refused request": Failure(errors.New(hostile)).Msg,
	} {
		if !printable.Safe(text) || !strings.Contains(text, "owned") {
			t.Errorf("%s: %q", name, text)
		}
	}
	if !strings.Contains(general.result.Msg, "\nnext") {
		t.Errorf("the lines are lost: %q", general.result.Msg)
	}
	if failed.Containers[0].Stdout != hostile {
		t.Errorf("data is not escaped: %q", failed.Containers[0].Stdout)
	}
}
