package apply_test

import (
	"context"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/interrupt"
)

func TestAnAbortEndsAReplacementAtOnceSaysWhatIsLeftAndTheNextRunRepairsIt(t *testing.T) {
	for _, at := range []string{"create", "stop web", "rename web", "start web", "wait web"} {
		t.Run(at, func(t *testing.T) {
			h := newHost(t)
			h.must(entries{"web": service()})
			id := h.State().Containers[0].ID[:12]
			ctx, interruptRun := context.WithCancel(context.Background())
			abort, abortRun := context.WithCancel(context.Background())
			var after []string
			h.Before = func(c applytest.Call) error {
				if abort.Err() != nil {
					after = append(after, c.String())
				}
				if strings.HasPrefix(c.String(), at) {
					interruptRun()
					abortRun()
				}
				return nil
			}
			_, report := h.apply(interrupt.WithAbort(ctx, abort), entries{"web": service("image", "web:2")})
			h.Before = nil
			diff(t, "calls after the abort", []string(nil), after)
			o := outcome(t, report, "web")
			wants := []string{"aborted by a second signal", "the previous container " + id, "podman start " + id}
			if at == "create" {
				wants = []string{"the run was interrupted"} // the previous container was not touched
			}
			for _, want := range wants {
				if o.Err == nil || !strings.Contains(o.Err.Error(), want) {
					t.Errorf("%q is not in: %v", want, o.Err)
				}
			}
			h.must(entries{"web": service("image", "web:2")})
			diff(t, "containers", []string{"web running"}, h.summary())
		})
	}
}
