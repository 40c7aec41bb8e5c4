package cli

import (
	"os"
	"strings"
	"testing"
)

func TestAPanicIsAMessageWithoutAStackTrace(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	err := guarded(func() error { panic("unforeseen") })
	if err == nil || !strings.HasPrefix(err.Error(), "internal error: unforeseen; please report it with the stack trace in ") || strings.Contains(err.Error(), "goroutine") {
		t.Fatal(err)
	}
	_, path, _ := strings.Cut(err.Error(), "trace in ")
	path, _, _ = strings.Cut(path, ";")
	trace, readErr := os.ReadFile(path)
	if readErr != nil || !strings.Contains(string(trace), "panic_test.go") {
		t.Errorf("%v: %s", readErr, trace)
	}
}
