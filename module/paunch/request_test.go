package paunch

import (
	"strings"
	"testing"
)

// valid is a request that asks for something.
func valid() Request {
	r := Defaults()
	r.Step, r.Config = 1, map[string]any{}
	return r
}

func TestStepZeroIsAStepAndNoStepIsNone(t *testing.T) {
	for _, tc := range []struct {
		step     int
		id, want string
		title    string
		problem  string
	}{
		{step: 0, want: "tripleo_step0", title: "step 0 (tripleo_step0)"},
		{step: 0, id: "frr", want: "frr", title: "step 0 (frr)"},
		{step: 1, want: "tripleo_step1", title: "step 1 (tripleo_step1)"},
		{step: NoStep, id: "frr", want: "frr", title: "frr"},
		{step: NoStep, problem: "config_id or step is needed"},
		{step: -1, problem: "step: must not be negative"},
	} {
		r := valid()
		r.Step, r.ConfigID = tc.step, tc.id
		err := r.normalise()
		if tc.problem != "" {
			if err == nil || !strings.Contains(err.Error(), tc.problem) {
				t.Errorf("step %d: %v", tc.step, err)
			}
			continue
		}
		if err != nil || r.ConfigID != tc.want || newRun(r).title() != tc.title {
			t.Errorf("step %d: %v, %q, %q", tc.step, err, r.ConfigID, newRun(r).title())
		}
		if result := newResult(r); (result.Step == nil) != (tc.step == NoStep) || result.Step != nil && *result.Step != tc.step {
			t.Errorf("step %d: the result has %v", tc.step, result.Step)
		}
	}
}

func TestAUnitPrefixIsTheBeginningOfAUnitsName(t *testing.T) {
	for prefix, good := range map[string]bool{
		"": true, "tripleo": true, "edpm-2.x_y": true, "7": true, strings.Repeat("x", 64): true,
		strings.Repeat("x", 65): false, "a/b": false, "../x": false, "-a": false, "_a": false, ".a": false, " ": false,
		"a b": false, "a\n": false, "a@": false, "ä": false, "%i": false,
	} {
		r := valid()
		r.UnitPrefix = prefix
		err := r.normalise()
		if good && err != nil {
			t.Errorf("%q: %v", prefix, err)
		}
		if !good && (err == nil || !strings.Contains(err.Error(), "unit_prefix: ")) {
			t.Errorf("%q: got %v", prefix, err)
		}
	}
}

func TestALimitThatNothingCouldMeetIsRefused(t *testing.T) {
	for want, set := range map[string]func(*Request){
		"timeout: 0 would":               func(r *Request) { r.Timeout = 0 },
		"health_timeout: 0 would":        func(r *Request) { r.HealthTimeout = 0 },
		"timeout: must not be negative":  func(r *Request) { r.Timeout = -1 },
		"pull_timeout: must not be":      func(r *Request) { r.PullTimeout = -1 },
		"podman_timeout: must not be":    func(r *Request) { r.PodmanTimeout = -1 },
		"lock_timeout: must not be nega": func(r *Request) { r.LockTimeout = -1 },
		"settle: must not be negative":   func(r *Request) { r.Settle = -1 },
	} {
		r := valid()
		set(&r)
		if err := r.normalise(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	r := valid()
	r.PullTimeout, r.PodmanTimeout, r.LockTimeout, r.Settle = 0, 0, 0, 0
	if err := r.normalise(); err != nil || r.PodmanTimeout != DefaultPodmanTimeout || r.PullTimeout != 0 {
		t.Errorf("%+v: %v", r, err)
	}
}

func TestEverySystemdModeCanBeAskedFor(t *testing.T) {
	for mode, good := range map[string]bool{SystemdAuto: true, SystemdAlways: true, SystemdNever: true, "": false, "yes": false} {
		r := valid()
		r.Systemd = mode
		if err := r.normalise(); (err == nil) != good {
			t.Errorf("%q: got %v", mode, err)
		}
	}
}
