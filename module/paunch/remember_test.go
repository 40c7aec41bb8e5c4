package paunch

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// applied is a host on which a request was applied: its newest container, and an older one.
func applied(t *testing.T, set func(*Request)) observed.State {
	t.Helper()
	req := valid()
	set(&req)
	r := newRun(req)
	if err := r.req.normalise(); err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{record.LabelManagedBy: "paunch", record.LabelConfigID: "tripleo_step1"}
	older := map[string]string{record.LabelOptions: `{"log_path": "/older"}`}
	for k, v := range labels {
		older[k] = v
	}
	if text := r.optionsLabel(); text != "" {
		labels[record.LabelOptions] = text
	}
	return observed.State{Containers: []observed.Container{
		{Name: "new", Labels: labels, CreatedAt: time.Unix(2, 0)},
		{Name: "old", Labels: older, CreatedAt: time.Unix(1, 0)},
		{Name: "other", Labels: map[string]string{record.LabelManagedBy: "else", record.LabelConfigID: "tripleo_step1", record.LabelOptions: `{"log_path": "/else"}`}, CreatedAt: time.Unix(3, 0)},
	}}
}

func recalled(t *testing.T, state observed.State, set func(*Request)) *run {
	t.Helper()
	req := valid()
	req.Recall = true
	set(&req)
	r := newRun(req)
	if err := r.req.normalise(); err != nil {
		t.Fatal(err)
	}
	if err := r.recall(state); err != nil {
		t.Fatal(err)
	}
	return r
}

func asBefore(r *Request) {
	r.LogPath, r.HealthcheckDisabled, r.UnitPrefix = "/var/log/stdouts", true, "edpm"
	r.Labels, r.ConfigVolumePrefix, r.CheckConfigHash = map[string]string{"a": "b"}, "/var/lib/openstack", true
	r.ValidExitCodes, r.RestartStopped, r.Systemd, r.SystemdOrder, r.StopTimeout = []int{0, 2}, false, SystemdNever, true, 42
	r.WaitHealthy = true
}

func TestOptionsThatAreNotGivenAreThoseOfTheLastApply(t *testing.T) {
	state := applied(t, asBefore)
	want := newRun(valid())
	asBefore(&want.req)
	r := recalled(t, state, func(*Request) {})
	if diff := cmp.Diff(want.options(), r.options()); diff != "" {
		t.Error(diff)
	}
	if len(r.result.Remembered) != len(rememberedOptions())-2 { // no log driver, no user of execs
		t.Errorf("remembered: %v", r.result.Remembered)
	}

	r = recalled(t, state, func(r *Request) {
		r.LogPath, r.HealthcheckDisabled, r.RestartStopped = "", false, true
		r.Given = []string{"log_path", "healthcheck_disabled", "restart_stopped"}
	})
	if r.req.LogPath != "" || r.req.HealthcheckDisabled || !r.req.RestartStopped || r.req.UnitPrefix != "edpm" {
		t.Errorf("what was given does not count: %+v", r.req)
	}
	if diff := cmp.Diff([]string{"log_path"}, r.optionsOf()["log-opt"]); diff != "" {
		t.Errorf("the reason would not name the option: %s", diff)
	}
	if diff := cmp.Diff([]string{"healthcheck_disabled"}, r.optionsOf()["health-cmd"]); diff != "" {
		t.Errorf("the reason would not name the option: %s", diff)
	}
}

func TestWhoeverSaysEverythingRecallsNothing(t *testing.T) {
	r := recalled(t, applied(t, asBefore), func(r *Request) { r.Recall = false })
	if r.req.LogPath != "" || r.result.Remembered != nil {
		t.Errorf("recalled: %+v", r.req)
	}
	if diff := cmp.Diff([]string{"log_path"}, r.optionsOf()["log-opt"]); diff != "" {
		t.Error(diff)
	}
	if r.optionsLabel() != "{}" {
		t.Errorf("new containers do not say that the options are gone: %q", r.optionsLabel())
	}
}

func TestAHostWithoutTheLabelIsAsBefore(t *testing.T) {
	state := applied(t, func(*Request) {})
	state.Containers = state.Containers[:1]
	r := recalled(t, state, func(*Request) {})
	if r.optionsLabel() != "" || r.optionsOf() != nil || len(r.options()) != 0 {
		t.Errorf("label %q, %v", r.optionsLabel(), r.options())
	}
	for _, forged := range []string{"x", `[]`, `{"log_path": 1, "labels": "x"}`, `{"unit_prefix": {"a": 1}}`, "null"} {
		state.Containers[0].Labels[record.LabelOptions] = forged
		if r := recalled(t, state, func(*Request) {}); len(r.options()) != 0 {
			t.Errorf("%s: %v", forged, r.options())
		}
	}
}

func TestNoSecretIsRemembered(t *testing.T) {
	r := newRun(valid())
	r.req.Labels, r.req.LogPath = map[string]string{"password": "hunter2secret"}, "/var/log"
	if text := r.optionsLabel(); text != `{"log_path":"/var/log"}` {
		t.Errorf("the label is %s", text)
	}
}
