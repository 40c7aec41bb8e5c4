package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/plan"
)

// Pulled is one image that was fetched.
type Pulled struct {
	Image string
	ID    string
	// Moved means that the host has an image that it had not before.
	Moved    bool
	Duration time.Duration
}

// firstPause and maxPause bound the time between two attempts at a pull; it doubles in between.
const (
	firstPause = time.Second
	maxPause   = 30 * time.Second
)

// DefaultPullTimeout bounds the pull of one image for callers of Pull.
const DefaultPullTimeout = 30 * time.Minute

// Pull is PullWithin with the default bound.
func (x *Executor) Pull(ctx context.Context, pulls []plan.Pull) ([]Pulled, error) {
	return x.PullWithin(ctx, DefaultPullTimeout, pulls)
}

// PullWithin fetches all images at once and returns those that came, with all errors. What cannot pass (no
// such image, access denied) is tried once, anything else as often as the options say. The limit is for
// each image, all attempts and the pauses between them included; 0 is none.
func (x *Executor) PullWithin(ctx context.Context, limit time.Duration, pulls []plan.Pull) ([]Pulled, error) {
	results := make([]Pulled, len(pulls))
	errs := make([]error, len(pulls))
	var group errgroup.Group
	group.SetLimit(x.o.Concurrency)
	for i, p := range pulls {
		group.Go(func() error {
			defer func() {
				if fault := recover(); fault != nil {
					errs[i] = fmt.Errorf("internal error: %v", fault)
				}
			}()
			results[i], errs[i] = x.pullOne(ctx, limit, p)
			return nil
		})
	}
	_ = group.Wait() // errs carries them
	var done []Pulled
	var all []error
	for i, err := range errs {
		if err != nil {
			all = append(all, &ImageError{pulls[i].Image, err})
			continue
		}
		done = append(done, results[i])
	}
	return done, many.Join(all...)
}

// ImageError is the error of one image that could not be pulled.
type ImageError struct {
	Image string
	Err   error
}

// Error names the image.
func (e *ImageError) Error() string { return fmt.Sprintf("image %q: %v", e.Image, e.Err) }

// Unwrap returns what went wrong.
func (e *ImageError) Unwrap() error { return e.Err }

// errPullTimeout is the cause of the end of a pull that took longer than its limit.
var errPullTimeout = errors.New("pull_timeout")

func (x *Executor) pullOne(ctx context.Context, limit time.Duration, p plan.Pull) (Pulled, error) {
	started := time.Now()
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, errPullTimeout)
		defer cancel()
	}
	pause := firstPause
	for attempt := 1; ; attempt++ {
		sign := Sign{Outcome: Outcome{Name: p.Image, Image: p.Image, Action: "pulled", Reason: p.Policy}}
		x.sign(sign)
		id, moved, err := x.rt.Pull(ctx, PullRequest{Image: p.Image, Policy: p.Policy, AuthFile: x.o.AuthFile, TLSVerify: x.o.TLSVerify, Progress: x.pullSigns(sign)})
		switch {
		case err == nil:
			x.sign(Sign{Outcome: Outcome{Name: p.Image, Image: p.Image, Action: "pulled", Duration: time.Since(started)}, Done: true})
			return Pulled{Image: p.Image, ID: id, Moved: moved, Duration: time.Since(started)}, nil
		case errors.Is(context.Cause(ctx), errPullTimeout):
			return Pulled{}, fmt.Errorf("pull (%s): it did not come within %s (pull_timeout): the registry or the way to it stalls, or is slow; try podman pull %s, or allow more time", attempts(attempt), limit, p.Image)
		case errors.Is(err, ErrPermanent) || attempt > x.o.PullRetries || ctx.Err() != nil:
			return Pulled{}, fmt.Errorf("pull (%s): %w", attempts(attempt), err)
		case sleep(ctx, pause):
			pause = min(2*pause, maxPause)
		case errors.Is(context.Cause(ctx), errPullTimeout):
			return Pulled{}, fmt.Errorf("pull (%s, no more within %s, pull_timeout): %w", attempts(attempt), limit, err)
		default:
			return Pulled{}, fmt.Errorf("pull: the run was interrupted: %w", err)
		}
	}
}

// pullSigns passes on what a runtime tells of a pull; nil where nobody listens.
func (x *Executor) pullSigns(s Sign) func(PullProgress) {
	if x.o.Progress == nil {
		return nil
	}
	return func(p PullProgress) {
		s.Bytes, s.Output = p.Bytes, p.Note
		x.sign(s)
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
