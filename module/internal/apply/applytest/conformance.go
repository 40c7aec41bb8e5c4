package applytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
)

// Conformance is what an executor relies on. newSubject returns a runtime whose containers the subject
// may make and remove; what is left at the end of a test is the caller's to remove.
func Conformance(t *testing.T, newSubject func(t *testing.T) Subject) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(*testing.T, suite)
	}{
		{"a created container does not run and carries its labels", createdDoesNotRun},
		{"a name can be used once", nameOnce},
		{"many containers can be created at once", manyAtOnce},
		{"a one-shot ends with its exit code, which can be asked for again", oneShot},
		{"waiting ends with the context", waitEndsWithContext},
		{"waiting ends when the container is stopped", waitEndsWithStop},
		{"to start what runs and to stop what does not run are no errors", startStopTwice},
		{"an ended container can be started again", startAgain},
		{"the exit code of the run before this one is known", lastExit},
		{"what is prepared for its next run has the exit code of the last one", preparedAgain},
		{"a renamed container keeps its id and frees its old name", renameKeepsID},
		{"removing ends what runs, and what is gone needs no removing", removeTwice},
		{"what is discarded is gone, in whatever state it was", discard},
		{"a created container reports whether it has a healthcheck", hasHealthcheck},
		{"a storage-only leftover holds its name until it is removed", leftover},
		{"what does not exist is not found", notFound},
		{"init finds a missing executable before the start", initMissing},
		{"a start with a missing executable fails and the container can be removed", startMissing},
		{"what was initialised can be started, and removed", initThenStart},
		{"logs are the last lines of each stream", logsTail},
		{"logs of what never ran are empty", logsEmpty},
		{"exec returns the command's exit code and output", execCode},
		{"exec in what does not run fails", execNotRunning},
		{"exec of what runs on ends with the context", execEndsWithContext},
		{"exec whose caller gave up is found by its mark and can be ended", execIsFound},
		{"a placeholder carries its labels and is never started", placeholder},
		{"a healthcheck is run on demand", healthcheck},
		{"what others depend on is not removed", removalOfWhatOthersNeed},
		{"the start of a dependent starts what it requires", startOfADependentStartsItsTarget},
		{"volumes and secrets are created once and removed when nothing uses them", resources},
		{"a shared namespace lasts for one run of its owner", sharedNamespaceOfARestartedTarget},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.run(t, suite{t, newSubject(t)})
		})
	}
}

// suite is one test's subject with the calls that must not fail.
type suite struct {
	t *testing.T
	Subject
}

func (s suite) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// create makes a container named after its entry.
func (s suite) create(b Behaviour) (id string, e config.Entry) {
	s.t.Helper()
	e = s.Entry(b)
	id, err := s.Runtime.Create(s.t.Context(), apply.CreateRequest{Entry: e, Name: e.Name, Labels: map[string]string{"test": e.Name}})
	s.must(err)
	return id, e
}

// run makes and starts a container; one that runs on has set itself up to be stopped.
func (s suite) run(b Behaviour) (id string, e config.Entry) {
	s.t.Helper()
	if b.RunsOn {
		b.Stdout = append(b.Stdout, "ready")
	}
	id, e = s.create(b)
	s.must(s.Runtime.Start(s.t.Context(), id))
	if b.RunsOn {
		s.awaitReady(id)
	}
	return id, e
}

// awaitReady waits until a container has printed that it is ready: a process that gets its stop signal
// before it has a handler for it ignores it as process 1.
func (s suite) awaitReady(id string) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		var out apply.Tail
		s.must(s.Runtime.Logs(s.t.Context(), id, time.Time{}, 1, &out, &bytes.Buffer{}))
		if out.Lines(1) == "ready" {
			return
		}
	}
	s.t.Fatal("the container does not get ready")
}

func (s suite) inspect(id string) apply.Detail {
	s.t.Helper()
	d, err := s.Runtime.Inspect(s.t.Context(), id)
	s.must(err)
	return d
}

// listed is a container of the listing; the zero value when there is none with the id.
func (s suite) listed(id string) observed.Container {
	s.t.Helper()
	all, err := s.Runtime.Containers(s.t.Context())
	s.must(err)
	for _, c := range all {
		if c.ID == id {
			return c
		}
	}
	return observed.Container{}
}

func (s suite) wantStatus(id string, want observed.Status) {
	s.t.Helper()
	if got := s.inspect(id).Status; got != want {
		s.t.Errorf("the container is %s, want %s", got, want)
	}
}

func (s suite) wantErr(err, want error) {
	s.t.Helper()
	if !errors.Is(err, want) {
		s.t.Errorf("got %v, want an error that is %v", err, want)
	}
}

func createdDoesNotRun(t *testing.T, s suite) {
	id, e := s.create(Behaviour{})
	c := s.listed(id)
	got := observed.Container{ID: c.ID, Name: c.Name, Image: c.Image, Status: c.Status, StartedAt: c.StartedAt}
	want := observed.Container{ID: id, Name: e.Name, Image: e.Image, Status: observed.Created}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("listed container (-want +got):\n%s", diff)
	}
	if c.Labels["test"] != e.Name {
		t.Errorf("got labels %v", c.Labels)
	}
	if c.CreatedAt.IsZero() || c.ImageID == "" || c.ImageID != s.inspect(id).ImageID {
		t.Errorf("created at %v from image %q, inspected %q", c.CreatedAt, c.ImageID, s.inspect(id).ImageID)
	}
}

func nameOnce(t *testing.T, s suite) {
	_, first := s.create(Behaviour{})
	_, err := s.Runtime.Create(t.Context(), apply.CreateRequest{Entry: s.Entry(Behaviour{}), Name: first.Name})
	s.wantErr(err, apply.ErrNameTaken)
	other, _ := s.create(Behaviour{})
	s.wantErr(s.Runtime.Rename(t.Context(), other, first.Name), apply.ErrNameTaken)
	if errors.Is(err, apply.ErrNotFound) {
		t.Errorf("%v is also %v", err, apply.ErrNotFound)
	}
}

func manyAtOnce(t *testing.T, s suite) {
	var wg sync.WaitGroup
	for range 8 {
		e := s.Entry(Behaviour{ExitCode: 5})
		wg.Go(func() {
			id, err := s.Runtime.Create(t.Context(), apply.CreateRequest{Entry: e, Name: e.Name})
			if err == nil {
				err = s.Runtime.Start(t.Context(), id)
			}
			code := 0
			if err == nil {
				code, err = s.Runtime.Wait(t.Context(), id)
			}
			if err != nil || code != 5 {
				t.Errorf("%s: exit code %d, %v", e.Name, code, err)
			}
		})
	}
	wg.Wait()
}

// ended tells a state of a container that ran and no longer does; which one is a matter of whether
// Podman has cleaned up behind it yet.
func ended(s observed.Status) bool { return observed.Container{Status: s}.Ended() }

func oneShot(t *testing.T, s suite) {
	for _, want := range []int{0, 3} {
		id, _ := s.run(Behaviour{ExitCode: want})
		for range 2 {
			code, err := s.Runtime.Wait(t.Context(), id)
			s.must(err)
			if code != want {
				t.Errorf("exit code %d, want %d", code, want)
			}
		}
		c := s.listed(id)
		if !c.Ended() || c.ExitCode != want || c.StartedAt.IsZero() {
			t.Errorf("listed as %s with exit code %d, started at %v", c.Status, c.ExitCode, c.StartedAt)
		}
		if d := s.inspect(id); !ended(d.Status) || d.ExitCode != want || d.StartedAt.IsZero() {
			t.Errorf("inspected as %s with exit code %d, started at %v", d.Status, d.ExitCode, d.StartedAt)
		}
	}
}

func waitEndsWithContext(t *testing.T, s suite) {
	id, _ := s.run(Behaviour{RunsOn: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.Runtime.Wait(ctx, id)
	s.wantErr(err, context.DeadlineExceeded)
	s.wantStatus(id, observed.Running)
}

func waitEndsWithStop(t *testing.T, s suite) {
	id, _ := s.run(Behaviour{RunsOn: true, StopCode: 7})
	type end struct {
		code int
		err  error
	}
	ended := make(chan end, 1)
	go func() {
		code, err := s.Runtime.Wait(t.Context(), id)
		ended <- end{code, err}
	}()
	s.must(s.Runtime.Stop(t.Context(), id))
	got := <-ended
	s.must(got.err)
	if got.code != 7 {
		t.Errorf("exit code %d, want 7", got.code)
	}
}

func startStopTwice(t *testing.T, s suite) {
	id, _ := s.create(Behaviour{RunsOn: true, Stdout: []string{"ready"}})
	s.must(s.Runtime.Stop(t.Context(), id)) // never started
	for range 2 {
		s.must(s.Runtime.Start(t.Context(), id))
		s.wantStatus(id, observed.Running)
	}
	s.awaitReady(id)
	for range 2 {
		s.must(s.Runtime.Stop(t.Context(), id))
		s.wantStatus(id, observed.Exited)
	}
}

func startAgain(t *testing.T, s suite) {
	id, _ := s.run(Behaviour{ExitCode: 4})
	_, err := s.Runtime.Wait(t.Context(), id)
	s.must(err)
	s.must(s.Runtime.Start(t.Context(), id))
	code, err := s.Runtime.Wait(t.Context(), id)
	s.must(err)
	if code != 4 {
		t.Errorf("exit code %d, want 4", code)
	}
}

func renameKeepsID(t *testing.T, s suite) {
	id, e := s.run(Behaviour{RunsOn: true})
	s.must(s.Runtime.Rename(t.Context(), id, e.Name+"-b"))
	if got := s.listed(id); got.Name != e.Name+"-b" || got.Status != observed.Running {
		t.Errorf("listed as %s, %s", got.Name, got.Status)
	}
	_, err := s.Runtime.Inspect(t.Context(), e.Name)
	s.wantErr(err, apply.ErrNotFound)
	_, err = s.Runtime.Create(t.Context(), apply.CreateRequest{Entry: e, Name: e.Name})
	s.must(err)
}

func removeTwice(t *testing.T, s suite) {
	running, _ := s.run(Behaviour{RunsOn: true})
	created, e := s.create(Behaviour{})
	for range 2 {
		s.must(s.Runtime.Remove(t.Context(), running))
		s.must(s.Runtime.Remove(t.Context(), e.Name))
	}
	for _, id := range []string{running, created} {
		if c := s.listed(id); c.ID != "" {
			t.Errorf("%s is still listed", c.Name)
		}
	}
}

func discard(t *testing.T, s suite) {
	created, _ := s.create(Behaviour{RunsOn: true})
	prepared, _ := s.create(Behaviour{RunsOn: true})
	s.must(s.Runtime.Init(t.Context(), prepared))
	failed, _ := s.create(Behaviour{MissingExecutable: true})
	if err := s.Runtime.Init(t.Context(), failed); err == nil {
		t.Error("what is missing can be prepared")
	}
	running, _ := s.run(Behaviour{RunsOn: true})
	for _, id := range []string{created, prepared, failed, running, running} {
		s.must(s.Runtime.Discard(t.Context(), id, true))
		_, err := s.Runtime.Inspect(t.Context(), id)
		s.wantErr(err, apply.ErrNotFound)
	}
}

func leftover(t *testing.T, s suite) {
	if s.Leftover == nil {
		t.Skip("this subject cannot make a leftover")
	}
	e := s.Entry(Behaviour{})
	id := s.Leftover(e.Name)
	request := apply.CreateRequest{Entry: e, Name: e.Name}
	_, err := s.Runtime.Create(t.Context(), request)
	s.wantErr(err, apply.ErrNameTaken)
	s.must(s.Runtime.Remove(t.Context(), id))
	_, err = s.Runtime.Create(t.Context(), request)
	s.must(err)
}

func notFound(t *testing.T, s suite) {
	ctx := t.Context()
	for _, name := range []string{"nobody", "f00d", fmt.Sprintf("%064d", 0)} {
		s.wantErr(s.Runtime.Start(ctx, name), apply.ErrNotFound)
		s.wantErr(s.Runtime.Init(ctx, name), apply.ErrNotFound)
		s.wantErr(s.Runtime.Stop(ctx, name), apply.ErrNotFound)
		s.wantErr(s.Runtime.Rename(ctx, name, "other"), apply.ErrNotFound)
		_, err := s.Runtime.Inspect(ctx, name)
		s.wantErr(err, apply.ErrNotFound)
		_, err = s.Runtime.Wait(ctx, name)
		s.wantErr(err, apply.ErrNotFound)
		_, err = s.Runtime.Exec(ctx, name, apply.ExecRequest{Command: []string{"true"}}, &bytes.Buffer{}, &bytes.Buffer{})
		s.wantErr(err, apply.ErrNotFound)
		s.wantErr(s.Runtime.Logs(ctx, name, time.Time{}, 5, &bytes.Buffer{}, &bytes.Buffer{}), apply.ErrNotFound)
		s.must(s.Runtime.Remove(ctx, name))
	}
}

func initMissing(t *testing.T, s suite) {
	id, _ := s.create(Behaviour{MissingExecutable: true})
	if err := s.Runtime.Init(t.Context(), id); err == nil {
		t.Error("init does not fail")
	}
	s.must(s.Runtime.Remove(t.Context(), id))
}

func startMissing(t *testing.T, s suite) {
	id, _ := s.create(Behaviour{MissingExecutable: true})
	if err := s.Runtime.Start(t.Context(), id); err == nil {
		t.Error("start does not fail")
	}
	if d := s.inspect(id); d.Status == observed.Running {
		t.Errorf("the container is %s", d.Status)
	}
	s.must(s.Runtime.Remove(t.Context(), id))
}

func initThenStart(t *testing.T, s suite) {
	id, _ := s.create(Behaviour{ExitCode: 6})
	s.must(s.Runtime.Init(t.Context(), id))
	s.wantStatus(id, observed.Created)
	s.must(s.Runtime.Init(t.Context(), id))
	s.must(s.Runtime.Start(t.Context(), id))
	code, err := s.Runtime.Wait(t.Context(), id)
	s.must(err)
	if code != 6 {
		t.Errorf("exit code %d, want 6", code)
	}
	unused, e := s.create(Behaviour{})
	s.must(s.Runtime.Init(t.Context(), unused))
	s.must(s.Runtime.Remove(t.Context(), unused))
	_, err = s.Runtime.Create(t.Context(), apply.CreateRequest{Entry: e, Name: e.Name})
	s.must(err)
}

func logsTail(t *testing.T, s suite) {
	id, _ := s.run(Behaviour{Stdout: []string{"one", "two", "three"}, Stderr: []string{"bad", "worse"}})
	_, err := s.Runtime.Wait(t.Context(), id)
	s.must(err)
	var out, errs apply.Tail
	s.must(s.Runtime.Logs(t.Context(), id, time.Time{}, 10, &out, &errs))
	if diff := cmp.Diff([]string{"one\ntwo\nthree", "bad\nworse"}, []string{out.Lines(10), errs.Lines(10)}); diff != "" {
		t.Errorf("all lines (-want +got):\n%s", diff)
	}
	var last apply.Tail
	s.must(s.Runtime.Logs(t.Context(), id, time.Time{}, 2, &last, &bytes.Buffer{}))
	if diff := cmp.Diff("two\nthree", last.Lines(2)); diff != "" {
		t.Errorf("two lines (-want +got):\n%s", diff)
	}
}

func logsEmpty(t *testing.T, s suite) {
	id, _ := s.create(Behaviour{})
	var out, errs bytes.Buffer
	s.must(s.Runtime.Logs(t.Context(), id, time.Time{}, 10, &out, &errs))
	if out.Len()+errs.Len() > 0 {
		t.Errorf("got %q and %q", out.String(), errs.String())
	}
}

func placeholder(t *testing.T, s suite) {
	base, e := s.create(Behaviour{})
	// As the executor makes it: from the id of another container's image.
	e.Image = s.inspect(base).ImageID
	request := apply.CreateRequest{Entry: e, Name: e.Name + "-done", Labels: map[string]string{"done": "yes"}, Placeholder: true}
	id, err := s.Runtime.Create(t.Context(), request)
	s.must(err)
	c := s.listed(id)
	if c.Status != observed.Created || c.Labels["done"] != "yes" || c.ImageID != e.Image {
		t.Errorf("listed as %s of %s with labels %v", c.Status, c.ImageID, c.Labels)
	}
	s.must(s.Runtime.Remove(t.Context(), id))
}
