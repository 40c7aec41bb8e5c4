package cli

import (
	"errors"
	"io"
	"testing"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/paunch"
)

func TestAServiceThatDoesNotRunIsDriftAndAJobIsLeftToItsConfig(t *testing.T) {
	one := 1
	for _, c := range []struct {
		l    paunch.Listed
		want string
	}{
		{paunch.Listed{Wanted: "running", Status: "running", Health: "healthy"}, ""},
		{paunch.Listed{Wanted: "running", Status: "exited", ExitCode: &one}, "not running"},
		{paunch.Listed{Wanted: "running", Status: "running", Health: "unhealthy"}, "unhealthy"},
		{paunch.Listed{Wanted: "done", Status: "exited", ExitCode: &one}, ""},
		{paunch.Listed{Wanted: "stopped", Status: "created"}, ""},
		{paunch.Listed{Status: "exited"}, ""},
	} {
		if got := hostDrift(c.l); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.l, got, c.want)
		}
	}
}

func TestAWatchEndsWithAFailureOrWhenNobodyReads(t *testing.T) {
	cmd := &cobra.Command{}
	cmd.SetContext(t.Context())
	cmd.SetOut(io.Discard)
	failure, looks := errors.New("no Podman"), 0
	if err := watchStatus(cmd, func() error { looks++; return failure }); !errors.Is(err, failure) || looks != 1 {
		t.Errorf("%v after %d looks", err, looks)
	}
	gone := &pipe{}
	gone.closed.Store(true)
	cmd.SetOut(gone)
	if err := watchStatus(cmd, func() error { return errDrift }); !errors.Is(err, errDrift) {
		t.Error(err)
	}
}
