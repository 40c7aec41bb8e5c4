package cli

import (
	"fmt"
	"os"
	"runtime/debug"
)

// guarded runs a command. A panic becomes an error that names the file with the stack trace.
func guarded(run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error: %v; please report it with %s; what was begun is repaired by the next run", p, writeTrace(debug.Stack()))
		}
	}()
	return run()
}

// writeTrace writes a stack trace to a file that only this user can read, and says where it is.
func writeTrace(stack []byte) string {
	f, err := os.CreateTemp("", "paunch-trace-*.log")
	if err != nil {
		return "the command line"
	}
	_, err = f.Write(stack)
	if closeErr := f.Close(); err != nil || closeErr != nil {
		return "the command line"
	}
	return "the stack trace in " + f.Name()
}
