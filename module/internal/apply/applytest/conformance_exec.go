package applytest

import (
	"bytes"
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/observed"
)

func execCode(t *testing.T, s suite) {
	id, _ := s.run(Behaviour{RunsOn: true})
	command := s.Command(Behaviour{Stdout: []string{"hello"}, Stderr: []string{"oh"}, ExitCode: 9})
	for range 3 {
		var out, errs bytes.Buffer
		code, err := s.Runtime.Exec(t.Context(), id, apply.ExecRequest{Command: command}, &out, &errs)
		s.must(err)
		if code != 9 || out.String() != "hello\n" || errs.String() != "oh\n" {
			t.Errorf("exit code %d, stdout %q, stderr %q", code, out.String(), errs.String())
		}
	}
}

func execNotRunning(t *testing.T, s suite) {
	id, _ := s.create(Behaviour{})
	_, err := s.Runtime.Exec(t.Context(), id, apply.ExecRequest{Command: s.Command(Behaviour{})}, &bytes.Buffer{}, &bytes.Buffer{})
	if err == nil {
		t.Error("exec does not fail")
	}
}

// execIsFound has a caller give a command up, and others find, await and end it.
func execIsFound(t *testing.T, s suite) {
	id, _ := s.run(Behaviour{RunsOn: true})
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	request := apply.ExecRequest{Command: s.Command(Behaviour{RunsOn: true, StopCode: 143}), Mark: "paunch step1 setup"}
	if _, err := s.Runtime.Exec(ctx, id, request, io.Discard, io.Discard); err == nil {
		t.Fatal("it ends without an error")
	}
	found, err := s.Runtime.FindExec(t.Context(), id, request.Mark)
	if err != nil || found.ID == "" || !slices.Equal(found.Command, request.Command) {
		t.Fatalf("it is found as %v, %v", found, err)
	}
	if other, err := s.Runtime.FindExec(t.Context(), id, "paunch step1 other"); err != nil || other.ID != "" {
		t.Errorf("by another mark %v is found, %v", other, err)
	}
	if err := s.Runtime.EndExec(t.Context(), found.ID); err != nil {
		t.Fatal(err)
	}
	if code, err := s.Runtime.AwaitExec(t.Context(), id, found.ID); err != nil || code == 0 {
		t.Errorf("its end: exit code %d, %v", code, err)
	}
	if left, err := s.Runtime.FindExec(t.Context(), id, request.Mark); err != nil || left.ID != "" {
		t.Errorf("after its end %v is found, %v", left, err)
	}
	if err := s.Runtime.EndExec(t.Context(), found.ID); err != nil {
		t.Errorf("to end it twice: %v", err)
	}
}

func execEndsWithContext(t *testing.T, s suite) {
	id, _ := s.run(Behaviour{RunsOn: true})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := s.Runtime.Exec(ctx, id, apply.ExecRequest{Command: s.Command(Behaviour{RunsOn: true})}, &bytes.Buffer{}, &bytes.Buffer{})
	s.wantErr(err, context.DeadlineExceeded)
	s.wantStatus(id, observed.Running)
}
