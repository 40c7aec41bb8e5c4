package interrupt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
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

// Notify returns a context that the first of the signals ends, with the signal as its cause; the second
// aborts the run. Call stop to give the signals their former meaning back.
func Notify(signals ...os.Signal) (ctx context.Context, stop func()) {
	ctx, interruptRun := context.WithCancelCause(context.Background())
	abort, abortRun := context.WithCancelCause(context.Background())
	ctx = WithAbort(ctx, abort)
	arrived := make(chan os.Signal, 2)
	signal.Notify(arrived, signals...)
	stopped := make(chan struct{})
	go func() {
		end := func(s os.Signal) { interruptRun(fmt.Errorf("interrupted by %v", s)) }
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
		signal.Stop(arrived)
		close(stopped)
		interruptRun(nil)
		abortRun(nil)
	}
}
