package applytest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
)

// referring creates a container with one option of its entry replaced: a reference to another container.
func (s suite) referring(flag, value string) (id string, e config.Entry) {
	s.t.Helper()
	e = s.Entry(Behaviour{RunsOn: true, Stdout: []string{"ready"}})
	e.Options = slices.DeleteFunc(slices.Clone(e.Options), func(o config.Option) bool { return o.Flag == flag })
	e.Options = append(e.Options, config.Option{Flag: flag, Key: flag, Values: []string{value}})
	id, err := s.Runtime.Create(s.t.Context(), apply.CreateRequest{Entry: e, Name: e.Name})
	s.must(err)
	return id, e
}

func removalOfWhatOthersNeed(t *testing.T, s suite) {
	for flag, prefix := range map[string]string{"network": "container:", "requires": ""} {
		target, _ := s.run(Behaviour{RunsOn: true})
		dependent, e := s.referring(flag, prefix+target)
		err := s.Runtime.Remove(t.Context(), target)
		s.wantErr(err, apply.ErrHasDependents)
		if err == nil || !strings.Contains(err.Error(), dependent) || errors.Is(err, apply.ErrNameTaken) {
			t.Errorf("%s: %v does not say that it is %s (%s)", flag, err, dependent, e.Name)
		}
		s.wantStatus(target, observed.Running)
		s.must(s.Runtime.Remove(t.Context(), dependent))
		s.must(s.Runtime.Remove(t.Context(), target))
	}
}

func startOfADependentStartsItsTarget(t *testing.T, s suite) {
	target, _ := s.create(Behaviour{RunsOn: true})
	dependent, _ := s.referring("requires", target)
	s.must(s.Runtime.Start(t.Context(), dependent))
	s.wantStatus(target, observed.Running)
}

func sharedNamespaceOfARestartedTarget(t *testing.T, s suite) {
	shared := func(a, b string) bool {
		t.Helper()
		x, y := s.listed(a).Namespaces["network"], s.listed(b).Namespaces["network"]
		if x == "" || y == "" {
			t.Error("the listing has no namespaces")
		}
		return x == y
	}
	target, _ := s.run(Behaviour{RunsOn: true})
	dependent, _ := s.referring("network", "container:"+target)
	s.must(s.Runtime.Start(t.Context(), dependent))
	s.awaitReady(dependent)
	if !shared(target, dependent) {
		t.Error("the dependent is in another namespace")
	}
	s.must(s.Runtime.Stop(t.Context(), target))
	s.must(s.Runtime.Start(t.Context(), target))
	s.awaitReady(target)
	if shared(target, dependent) {
		t.Error("a running dependent has moved to the namespace of the target's next run")
	}
	s.must(s.Runtime.Stop(t.Context(), dependent))
	s.must(s.Runtime.Start(t.Context(), dependent))
	if !shared(target, dependent) {
		t.Error("a dependent that was started again is in another namespace")
	}
	if a, b := s.listed(target), s.listed(dependent); a.Begun == 0 || a.Begun > b.Begun {
		t.Errorf("the target's process began at %d, the dependent's at %d", a.Begun, b.Begun)
	}
	s.must(s.Runtime.Stop(t.Context(), dependent))
	if c := s.listed(dependent); len(c.Namespaces) > 0 || c.Begun != 0 {
		t.Errorf("a stopped container has namespaces %v, begun at %d", c.Namespaces, c.Begun)
	}
}
