package applytest_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
)

func TestTheFakeDoesAsPodmanDoes(t *testing.T) {
	applytest.Conformance(t, func(*testing.T) applytest.Subject { return applytest.NewFake().Subject() })
}

func request(name string) apply.CreateRequest {
	return apply.CreateRequest{Entry: config.Entry{Name: name, Image: "i"}, Name: name}
}

func TestAKilledRunLosesTheCallAndAllLaterOnes(t *testing.T) {
	for _, test := range []struct {
		name string
		kill func(*applytest.Fake)
		want []string
	}{
		{"killed before its effect", func(f *applytest.Fake) { f.KillBefore(1) }, []string{"a"}},
		{"killed after its effect", func(f *applytest.Fake) { f.KillAfter(1) }, []string{"a", "b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := applytest.NewFake("i")
			test.kill(f)
			var errs []error
			for _, name := range []string{"a", "b", "c"} {
				_, err := f.Create(t.Context(), request(name))
				errs = append(errs, err)
			}
			if errs[0] != nil || !errors.Is(errs[1], applytest.ErrKilled) || !errors.Is(errs[2], applytest.ErrKilled) {
				t.Errorf("got errors %v", errs)
			}
			if _, err := f.Containers(t.Context()); !errors.Is(err, applytest.ErrKilled) {
				t.Errorf("a listing answers %v", err)
			}
			if !f.Resume() {
				t.Error("the moment was not reached")
			}
			var names []string
			for _, c := range f.State().Containers {
				names = append(names, c.Name)
			}
			if diff := cmp.Diff(test.want, names); diff != "" {
				t.Errorf("containers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHooksSeeCallsAndFailThem(t *testing.T) {
	f := applytest.NewFake("i")
	full := errors.New("no space left on device")
	f.Before = func(c applytest.Call) error {
		if c.Op == "create" && c.Container == "b" {
			return full
		}
		return nil
	}
	for name, want := range map[string]error{"a": nil, "b": full} {
		if _, err := f.Create(t.Context(), request(name)); !errors.Is(err, want) {
			t.Errorf("create %s: got %v, want %v", name, err, want)
		}
	}
	if err := f.Start(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if got := f.Changes()[len(f.Changes())-1]; got != "start a" {
		t.Errorf("the last change is %q", got)
	}
}

func TestAServiceRunsOnUntilItIsTold(t *testing.T) {
	f := applytest.NewFake("i")
	r := request("web")
	r.Entry.Restart = "always"
	id, err := f.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := f.State().Containers[0].Status; got != observed.Running {
		t.Fatalf("it is %s", got)
	}
	f.End("web", 2)
	code, err := f.Wait(t.Context(), "web")
	if err != nil || code != 2 {
		t.Errorf("exit code %d, %v", code, err)
	}
}

func TestPullsFailAsScriptedAndMoveTheReference(t *testing.T) {
	f := applytest.NewFake()
	f.AddRemote("r/i:1", "new")
	flaky := errors.New("connection refused")
	f.FailPulls("r/i:1", flaky)
	if _, _, err := f.Pull(t.Context(), apply.PullRequest{Image: "r/i:1"}); !errors.Is(err, flaky) {
		t.Errorf("first pull: %v", err)
	}
	for _, want := range []bool{true, false} {
		id, moved, err := f.Pull(t.Context(), apply.PullRequest{Image: "r/i:1", Policy: "always"})
		if err != nil || id != "new" || moved != want {
			t.Errorf("got %q, moved %v, %v; want moved %v", id, moved, err, want)
		}
	}
	if _, _, err := f.Pull(t.Context(), apply.PullRequest{Image: "r/none"}); !errors.Is(err, apply.ErrPermanent) {
		t.Errorf("an unknown image: %v", err)
	}
}
