package paunch_test

import (
	"context"
	"errors"
	"testing"

	"github.com/overcloud/paunch/module/paunch"
)

func TestAnInterruptionBeforeThePlanIsOneSentence(t *testing.T) {
	ctx, interrupt := context.WithCancelCause(context.Background())
	interrupt(errors.New("the caller's reason"))
	for _, check := range []bool{false, true} {
		req := paunch.Defaults()
		req.Config, req.ConfigID, req.PodmanURL, req.Check = map[string]any{"a": map[string]any{}}, "c", "unix:///no/such/socket", check
		result, err := paunch.Apply(ctx, req)
		if err == nil || !result.Failed || result.Changed || result.Msg != "the run was interrupted before it had a plan; nothing was changed" {
			t.Errorf("check %v: %+v", check, result)
		}
	}
}
