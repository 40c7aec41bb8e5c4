package applytest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/observed"
)

func lastExit(t *testing.T, s suite) {
	id, _ := s.run(Behaviour{ExitCode: 3, RunsFor: 300 * time.Millisecond})
	for range 2 {
		_, err := s.Runtime.Wait(t.Context(), id)
		s.must(err)
		s.must(s.Runtime.Start(t.Context(), id))
		d, err := s.Runtime.Inspect(t.Context(), id)
		s.must(err)
		code, known, err := s.Runtime.LastExit(t.Context(), id, d.StartedAt)
		s.must(err)
		if code != 3 || !known {
			t.Errorf("exit code %d, known %v", code, known)
		}
	}
}

// preparedAgain is what a container is between two runs that a restart policy makes.
func preparedAgain(t *testing.T, s suite) {
	id, _ := s.run(Behaviour{ExitCode: 3})
	_, err := s.Runtime.Wait(t.Context(), id)
	s.must(err)
	s.must(s.Runtime.Init(t.Context(), id))
	d, err := s.Runtime.Inspect(t.Context(), id)
	s.must(err)
	c := s.listed(id)
	for by, got := range map[string][]any{
		"inspection": {d.Status, d.ExitCode, d.EndUnknown}, "listing": {c.Status, c.ExitCode, c.EndUnknown},
	} {
		if diff := cmp.Diff([]any{observed.Exited, 3, false}, got); diff != "" {
			t.Errorf("by its %s (-want +got):\n%s", by, diff)
		}
	}
}
