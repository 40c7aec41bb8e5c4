package interrupt

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrAborted is the cause with which Notify aborts a run.
var ErrAborted = errors.New("the run was aborted by a second signal")

// abortKey is the key of the context whose end aborts a run.
type abortKey struct{}

// WithAbort returns a copy of ctx for a run that the end of abort aborts.
func WithAbort(ctx, abort context.Context) context.Context {
	return context.WithValue(ctx, abortKey{}, abort)
}

// Firm returns a copy of ctx that an interruption does not end, only an abort.
func Firm(ctx context.Context) context.Context {
	if abort, ok := ctx.Value(abortKey{}).(context.Context); ok {
		return firm{abort, ctx}
	}
	return context.WithoutCancel(ctx)
}

// firm ends with the context in it, and has the values of another one.
type firm struct {
	context.Context
	values context.Context
}

func (f firm) Value(key any) any {
	if v := f.Context.Value(key); v != nil {
		return v
	}
	return f.values.Value(key)
}

// Aborted reports whether the run that ctx, or a context made from it, belongs to was aborted.
func Aborted(ctx context.Context) bool {
	abort, ok := ctx.Value(abortKey{}).(context.Context)
	return ok && abort.Err() != nil
}

// Notify is Handle for signals that are received from now on. Call stop to give them their former meaning back.
func Notify(signals ...os.Signal) (ctx context.Context, stop func()) {
	arrived := make(chan os.Signal, 2)
	signal.Notify(arrived, signals...)
	ctx, end := Handle(arrived)
	return ctx, func() {
		signal.Stop(arrived)
		end()
	}
}

// Handle returns a context that the first signal to arrive ends, with a cause that names it; the second aborts the
// run. Call stop to end both.
func Handle(arrived <-chan os.Signal) (ctx context.Context, stop func()) {
	ctx, interruptRun := context.WithCancelCause(context.Background())
	abort, abortRun := context.WithCancelCause(context.Background())
	ctx = WithAbort(ctx, abort)
	stopped := make(chan struct{})
	go func() {
		end := func(s os.Signal) { interruptRun(interruptedError{s}) }
		for {
			select {
			case s := <-arrived:
				end(s)
				end = func(os.Signal) { abortRun(ErrAborted) }
			case <-stopped:
				return
			}
		}
	}()
	return ctx, func() {
		close(stopped)
		interruptRun(nil)
		abortRun(nil)
	}
}

// interruptedError names the signal that ended a run.
type interruptedError struct{ signal os.Signal }

func (e interruptedError) Error() string { return "interrupted by " + Name(e.signal) }

// Signal returns the number of the signal that interrupted a run.
func Signal(ctx context.Context) (number int, interrupted bool) {
	var by interruptedError
	if ctx.Err() == nil || !errors.As(context.Cause(ctx), &by) {
		return 0, false
	}
	s, ok := by.signal.(syscall.Signal)
	return int(s), ok
}

// Name is a signal's name as operators know it: SIGTERM.
func Name(s os.Signal) string {
	if number, ok := s.(syscall.Signal); ok && unix.SignalName(number) != "" {
		return unix.SignalName(number)
	}
	return s.String()
}

// Cause says how a run was interrupted: "interrupted by SIGTERM", or what else ended the context.
func Cause(ctx context.Context) error {
	var by interruptedError
	if err := context.Cause(ctx); errors.As(err, &by) {
		return by
	}
	return errors.New("interrupted")
}
