package apply

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/overcloud/paunch/module/internal/plan"
)

// registry is a runtime of which only pulls are asked.
type registry struct {
	Runtime
	pull func(ctx context.Context, image string) error
}

func (r registry) Pull(ctx context.Context, req PullRequest) (id string, moved bool, err error) {
	if err := r.pull(ctx, req.Image); err != nil {
		return "", false, err
	}
	return "id of " + req.Image, true, nil
}

// stalls answers when ctx ends, and never before.
func stalls(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func puller(retries int, pull func(ctx context.Context, image string) error) *Executor {
	return &Executor{rt: registry{pull: pull}, o: Options{Concurrency: 4, PullRetries: retries}}
}

func wants(images ...string) []plan.Pull {
	var pulls []plan.Pull
	for _, i := range images {
		pulls = append(pulls, plan.Pull{Image: i, Policy: plan.PullMissing})
	}
	return pulls
}

func TestAPullThatStallsEndsAndNamesItsImage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := puller(3, func(ctx context.Context, image string) error {
			if image == "r/slow:1" {
				return stalls(ctx)
			}
			return nil
		})
		started := time.Now()
		done, err := x.PullWithin(t.Context(), time.Minute, wants("r/slow:1", "r/fine:1"))
		if took := time.Since(started); took != time.Minute {
			t.Errorf("it took %s", took)
		}
		if len(done) != 1 || done[0].Image != "r/fine:1" {
			t.Errorf("what came: %+v", done)
		}
		if err == nil {
			t.Fatal("no error")
		}
		for _, part := range []string{`image "r/slow:1"`, "1 attempt", "1m0s", "pull_timeout", "podman pull r/slow:1"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q does not say %q", err, part)
			}
		}
	})
}

func TestTheLimitOfAPullIncludesItsAttemptsAndPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		x := puller(100, func(context.Context, string) error { calls++; return errors.New("connection reset") })
		started := time.Now()
		_, err := x.PullWithin(t.Context(), 10*time.Second, wants("r/a:1"))
		if took := time.Since(started); took != 10*time.Second || calls != 4 { // at 0, 1, 3 and 7 s
			t.Errorf("it took %s and %d calls", took, calls)
		}
		if err == nil || !strings.Contains(err.Error(), "connection reset") || !strings.Contains(err.Error(), "4 attempts, no more within 10s") {
			t.Errorf("got %v", err)
		}
	})
}

func TestAPullWithoutALimitEndsWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 365*24*time.Hour)
		defer cancel()
		x := puller(3, func(ctx context.Context, _ string) error { return stalls(ctx) })
		_, err := x.PullWithin(ctx, 0, wants("r/a:1"))
		if !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "pull_timeout") {
			t.Errorf("got %v", err)
		}
	})
}

func TestAnInterruptedPullDoesNotBlameTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		x := puller(3, func(ctx context.Context, _ string) error { cancel(); return stalls(ctx) })
		_, err := x.PullWithin(ctx, time.Minute, wants("r/a:1"))
		if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "pull_timeout") {
			t.Errorf("got %v", err)
		}
	})
}
