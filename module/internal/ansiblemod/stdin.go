package ansiblemod

import (
	"context"
	"fmt"
	"io"

	"github.com/overcloud/paunch/module/internal/interrupt"
)

// interruptible is a reader whose reads end with a context: a signal must not wait for whoever sends the arguments.
type interruptible struct {
	ctx    context.Context //nolint:containedctx // an io.Reader has no other place for it
	reader io.Reader
}

type readResult struct {
	data     []byte
	err      error
	panicked any
}

// Read reads once, in a goroutine of its own that is left behind when the context ends. A panic is the caller's.
func (r interruptible) Read(p []byte) (int, error) {
	done := make(chan readResult, 1)
	go func() {
		var result readResult
		defer func() {
			result.panicked = recover()
			done <- result
		}()
		buffer := make([]byte, len(p))
		n, err := r.reader.Read(buffer)
		result.data, result.err = buffer[:n], err
	}()
	select {
	case result := <-done:
		if result.panicked != nil {
			panic(result.panicked)
		}
		return copy(p, result.data), result.err
	case <-r.ctx.Done():
		return 0, fmt.Errorf("the run was %w before it had its arguments; nothing was changed", interrupt.Cause(r.ctx))
	}
}
