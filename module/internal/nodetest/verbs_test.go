//go:build realnode

package nodetest

import (
	"context"
	"testing"

	"github.com/overcloud/paunch/module/paunch"
)

// verb does something to the step as it is on the host.
func (s *step) verb(state string, named ...string) *paunch.Result {
	s.t.Helper()
	r := s.req
	r.State, r.Containers = state, named
	predict := r
	predict.Check = true
	predicted, err := paunch.Apply(context.Background(), predict)
	if err != nil {
		s.t.Fatalf("check mode: %v", err)
	}
	result, err := paunch.Apply(context.Background(), r)
	if err != nil {
		s.t.Fatalf("%v", err)
	}
	diff(s.t, "commands", predicted.Commands, result.Commands)
	diff(s.t, "changed", predicted.Changed, result.Changed)
	return result
}

func TestAStepIsStoppedStartedAndRestartedWithItsUnits(t *testing.T) {
	s := newStep(t, "v1")
	c := config{
		"v1-db": service(), "v1-web": service("start_order", 1), "v1-side": service("start_order", 1, "net", "container:v1-web"),
		"v1-job": config{"image": image, "detach": false, "net": "none", "command": "true", "start_order": 2},
	}
	s.must(c)
	names := []string{"v1-db", "v1-web", "v1-side"}
	first := map[string]string{}
	for _, name := range names {
		first[name] = id(t, name)
	}
	down := func(name string) {
		t.Helper()
		diff(t, name+", its unit", "inactive", ask("systemctl is-active tripleo_"+name))
		diff(t, name+", enabled", "enabled", ask("systemctl is-enabled tripleo_"+name))
		diff(t, name, "exited", ask("podman inspect -f '{{.State.Status}}' "+name))
	}
	up := func() {
		t.Helper()
		for _, name := range names {
			runs(t, "tripleo_"+name+".service", name)
			diff(t, name+", its id", first[name], id(t, name))
		}
	}

	s.verb(paunch.StateStopped)
	for _, name := range names {
		down(name)
	}
	diff(t, "failed units", "", ask("systemctl --failed --plain --no-legend | grep v1-"))
	if r := s.verb(paunch.StateStopped); r.Changed {
		t.Errorf("the second stop: %s", describe(r))
	}
	s.verb(paunch.StateStarted)
	up()
	if r := s.verb(paunch.StateStarted); r.Changed {
		t.Errorf("the second start: %s", describe(r))
	}
	pid := ask("podman inspect -f '{{.State.Pid}}' v1-db")
	s.verb(paunch.StateRestarted, "v1-web")
	up()
	diff(t, "the database runs on", pid, ask("podman inspect -f '{{.State.Pid}}' v1-db"))
	s.verb(paunch.StateRestarted)
	up()
	s.unchanged(c)

	s.verb(paunch.StateStopped, "v1-web")
	down("v1-web")
	down("v1-side")
	runs(t, "tripleo_v1-db.service", "v1-db")
	s.must(c)
	up()

	sh(t, "systemctl stop tripleo_v1-db && mv /etc/systemd/system/tripleo_v1-db.service /run/v1.saved && systemctl mask tripleo_v1-db")
	r := s.verb(paunch.StateStarted)
	diff(t, "a masked unit", "unchanged", of(t, r, "v1-db").Action)
	sh(t, "systemctl unmask tripleo_v1-db && mv /run/v1.saved /etc/systemd/system/tripleo_v1-db.service && systemctl daemon-reload && systemctl enable tripleo_v1-db")
	s.verb(paunch.StateStarted)
	up()
}
