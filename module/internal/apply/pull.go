package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/sync/errgroup"

	"github.com/overcloud/paunch/module/internal/plan"
)

// Pulled is one image that was fetched.
type Pulled struct {
	Image string
	ID    string
	// Moved tells that the host has an image that it had not before.
	Moved    bool
	Duration time.Duration
}

// firstPause and maxPause bound the time between two attempts at a pull; it doubles in between.
const (
	firstPause = time.Second
	maxPause   = 30 * time.Second
)

// Pull fetches all images at once and returns those that came, with all errors. What cannot pass (no
// such image, access denied) is tried once, anything else as often as the options say.
func (x *Executor) Pull(ctx context.Context, pulls []plan.Pull) ([]Pulled, error) {
	results := make([]Pulled, len(pulls))
	errs := make([]error, len(pulls))
	var group errgroup.Group
	group.SetLimit(x.o.Concurrency)
	for i, p := range pulls {
		group.Go(func() error {
			defer func() {
				if fault := recover(); fault != nil {
					errs[i] = fmt.Errorf("image %q: internal error: %v", p.Image, fault)
				}
			}()
			results[i], errs[i] = x.pullOne(ctx, p)
			return nil
		})
	}
	_ = group.Wait() // errs carries them
	var done []Pulled
	var all *multierror.Error
	for i, err := range errs {
		if err != nil {
			all = multierror.Append(all, err)
			continue
		}
		done = append(done, results[i])
	}
	return done, all.ErrorOrNil()
}

func (x *Executor) pullOne(ctx context.Context, p plan.Pull) (Pulled, error) {
	started := time.Now()
	pause := firstPause
	for attempt := 1; ; attempt++ {
		x.progress(Outcome{Name: p.Image, Image: p.Image, Action: "pulled", Reason: p.Policy}, false)
		id, moved, err := x.rt.Pull(ctx, PullRequest{Image: p.Image, Policy: p.Policy, AuthFile: x.o.AuthFile, TLSVerify: x.o.TLSVerify})
		if err == nil {
			x.progress(Outcome{Name: p.Image, Image: p.Image, Action: "pulled", Duration: time.Since(started)}, true)
			return Pulled{Image: p.Image, ID: id, Moved: moved, Duration: time.Since(started)}, nil
		}
		if errors.Is(err, ErrPermanent) || attempt > x.o.PullRetries || ctx.Err() != nil {
			return Pulled{}, fmt.Errorf("image %q: pull (%s): %w", p.Image, attempts(attempt), err)
		}
		if !sleep(ctx, pause) {
			return Pulled{}, fmt.Errorf("image %q: pull: the run was interrupted: %w", p.Image, err)
		}
		pause = min(2*pause, maxPause)
	}
}

func attempts(n int) string {
	if n == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", n)
}

// sleep waits for a time; false means that ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
