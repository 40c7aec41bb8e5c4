package applytest

import "testing"

func hasHealthcheck(t *testing.T, s suite) {
	for health, want := range map[Health]bool{NoHealthcheck: false, Passes: true, Fails: true} {
		id, _ := s.create(Behaviour{RunsOn: true, Health: health})
		d, err := s.Runtime.Inspect(t.Context(), id)
		s.must(err)
		if d.HasHealthcheck != want {
			t.Errorf("health %v: has a healthcheck %v", health, d.HasHealthcheck)
		}
	}
}

func healthcheck(t *testing.T, s suite) {
	for want, b := range map[bool]Behaviour{true: {RunsOn: true, Health: Passes}, false: {RunsOn: true, Health: Fails}} {
		id, _ := s.run(b)
		if d := s.inspect(id); d.Health == "" {
			t.Error("a container with a healthcheck has no health")
		}
		got, err := s.Runtime.RunHealthcheck(t.Context(), id)
		s.must(err)
		if got != want {
			t.Errorf("healthy is %v, want %v", got, want)
		}
		if d := s.inspect(id); want && d.Health != "healthy" || !want && d.HealthFailed == 0 {
			t.Errorf("inspected as %s with %d failures, want healthy to be %v", d.Health, d.HealthFailed, want)
		}
	}
	none, _ := s.run(Behaviour{RunsOn: true})
	if d := s.inspect(none); d.Health != "" {
		t.Errorf("a container without a healthcheck is %s", d.Health)
	}
	if _, err := s.Runtime.RunHealthcheck(t.Context(), none); err == nil {
		t.Error("a healthcheck runs where there is none")
	}
}
