package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/overcloud/paunch/module/internal/interrupt"
)

func TestASignalThatInterruptsIsTheExitCode(t *testing.T) {
	for s, want := range map[os.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		arrived := make(chan os.Signal, 1)
		ctx, stop := interrupt.Handle(arrived)
		arrived <- s
		<-ctx.Done()
		var errOut bytes.Buffer
		if code := Run(ctx, []string{"list", "--podman-url", "unix:///nowhere/podman.sock"}, io.Discard, &errOut); code != want {
			t.Errorf("%s: exit code %d, want %d: %s", s, code, want, errOut.String())
		}
		if code := Run(ctx, []string{"list", "--nonsense"}, io.Discard, io.Discard); code != ExitUsage {
			t.Errorf("%s: a wrong command line ends with %d", s, code)
		}
		stop()
	}
}

func TestAReaderThatGoesAwayIsNoError(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	var errOut bytes.Buffer
	if code := Run(context.Background(), []string{"help", "apply"}, w, &errOut); code != ExitOK || errOut.Len() > 0 {
		t.Errorf("exit code %d, %q", code, errOut.String())
	}
	p := &pipe{to: w}
	if _, err := io.WriteString(p, strings.Repeat("x", 10)); err != nil || !readerGone(p) {
		t.Errorf("%v, reader gone: %v", err, readerGone(p))
	}
}
