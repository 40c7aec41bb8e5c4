package plan_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// withUnits is a host with systemd to which a step was applied.
func withUnits(t *testing.T, raw step) *model {
	t.Helper()
	m := &model{t: t, made: map[string]string{}, units: map[string]observed.Unit{}}
	m.apply(raw)
	return m
}

// afterWaves are the units that each entry's unit is ordered after, by entry; those without are left out.
func afterWaves(m *model) map[string][]string {
	all := map[string][]string{}
	for name, u := range m.units {
		if names := unitfile.AfterWave(u.Text); names != nil {
			all[strings.TrimSuffix(strings.TrimPrefix(name, "tripleo_"), ".service")] = names
		}
	}
	return all
}

func TestUnitsOfAWaveComeAfterThoseOfTheWaveBefore(t *testing.T) {
	m := withUnits(t, step{
		"db": service("wait", "healthy", "healthcheck", step{"test": "true"}), "cache": service(), "job": job("start_order", 1),
		"api": service("start_order", 2), "web": service("start_order", 5, "health_timeout", 40, "wait", "healthy", "healthcheck", step{"test": "true"}),
	})
	want := map[string][]string{"api": {"tripleo_cache.service", "tripleo_db.service"}, "web": {"tripleo_api.service"}}
	if diff := cmp.Diff(want, afterWaves(m)); diff != "" {
		t.Error(diff)
	}
	for name, limit := range map[string]string{"db": "TimeoutStartSec=390", "web": "TimeoutStartSec=130", "api": ""} {
		text := m.units["tripleo_"+name+".service"].Text
		if waits := strings.Contains(text, "ExecStartPost="); waits != (limit != "") || !strings.Contains(text, limit) {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	if p := m.plan(step{
		"db": service("wait", "healthy", "healthcheck", step{"test": "true"}), "cache": service(), "job": job("start_order", 1),
		"api": service("start_order", 2), "web": service("start_order", 5, "health_timeout", 40, "wait", "healthy", "healthcheck", step{"test": "true"}),
	}); p.Changes() {
		t.Errorf("the next plan:\n%s", p)
	}
}

func TestNoUnitIsOrderedAfterOneThatNeedsItsOwnWave(t *testing.T) {
	for name, c := range map[string]struct {
		raw  step
		want map[string][]string
	}{
		"of the same wave": {
			step{"a": service("depends_on", []any{"b.container"}), "b": service("start_order", 1)}, map[string][]string{},
		},
		"by its unit's name": {
			step{"a": service("depends_on", []any{"tripleo_b"}), "b": service("start_order", 1)}, map[string][]string{},
		},
		"of a later one": {
			step{"a": service("depends_on", []any{"c.container"}), "b": service("start_order", 1), "c": service("start_order", 2)},
			map[string][]string{"c": {"tripleo_b.service"}},
		},
		"beyond it": {
			step{"a": service("depends_on", []any{"b.container"}), "x": service(), "b": service("start_order", 1), "c": service("start_order", 2)},
			map[string][]string{"b": {"tripleo_x.service"}, "c": {"tripleo_b.service"}},
		},
		"through another one": {
			step{"a": service("depends_on", []any{"b.container"}), "b": service("depends_on", []any{"c.container"}), "c": service("start_order", 1)},
			map[string][]string{},
		},
	} {
		if diff := cmp.Diff(c.want, afterWaves(withUnits(t, c.raw))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// ofEarlierVersion takes out of a unit what earlier versions did not write.
var ofEarlierVersion = regexp.MustCompile(`(?m)^(# start_order\n(After=.*\n)?|ExecStartPost=.*\n|TimeoutStartSec=.*\n)`)

func TestTheUnitsOfAnEarlierVersionStayUntilTheirContainersChange(t *testing.T) {
	raw := step{"db": service("wait", "healthy", "healthcheck", step{"test": "true"}), "web": service("start_order", 1)}
	m := withUnits(t, raw)
	for name, u := range m.units {
		u.Text = ofEarlierVersion.ReplaceAllString(u.Text, "")
		m.units[name] = u
	}
	if p := m.plan(raw); p.Changes() {
		t.Errorf("the plan of a host of an earlier version:\n%s", p)
	}
	raw["web"] = service("start_order", 1, "image", "web:2")
	m.apply(raw)
	if diff := cmp.Diff(map[string][]string{"web": {"tripleo_db.service"}}, afterWaves(m)); diff != "" {
		t.Error(diff)
	}
}

func TestAnotherWaveIsAnotherUnitOfTheSameContainer(t *testing.T) {
	m := withUnits(t, step{"db": service(), "web": service("start_order", 1)})
	before := m.named("web").ID
	m.apply(step{"db": service("start_order", 2), "web": service("start_order", 1)})
	if diff := cmp.Diff(map[string][]string{"db": {"tripleo_web.service"}}, afterWaves(m)); diff != "" || m.named("web").ID != before {
		t.Errorf("%s, %s was %s", diff, m.named("web").ID, before)
	}
}

func TestAPlanOfSomeContainersKeepsTheOrderOfAll(t *testing.T) {
	raw := step{"db": service(), "web": service("start_order", 1)}
	m := withUnits(t, raw)
	some, err := config.Load(config.Options{Inline: raw, Containers: []string{"web"}})
	if err != nil {
		t.Fatal(err)
	}
	o := m.options()
	o.Selected = true
	p, err := plan.Compute(some, observed.State{Containers: slices.Clone(m.containers), Units: m.units, Images: map[string]string{"web:1": "w1"}}, o)
	if err != nil || p.Changes() {
		t.Errorf("%v\n%s", err, p)
	}
}
