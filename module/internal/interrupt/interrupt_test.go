package interrupt

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"
)

func TestFirmOutlivesAnInterruptionAndEndsWithAnAbort(t *testing.T) {
	ctx, interruptRun := context.WithCancel(context.Background())
	abort, abortRun := context.WithCancelCause(context.Background())
	ctx = WithAbort(ctx, abort)
	firm := Firm(ctx)
	interruptRun()
	if firm.Err() != nil || Aborted(firm) {
		t.Fatalf("the interruption ended it: %v", context.Cause(firm))
	}
	abortRun(ErrAborted)
	<-firm.Done()
	if !errors.Is(context.Cause(firm), ErrAborted) || !Aborted(firm) {
		t.Errorf("cause %v, aborted %v", context.Cause(firm), Aborted(firm))
	}
}

func TestFirmWithoutAnAbortIsNotEndedByAnInterruption(t *testing.T) {
	ctx, interruptRun := context.WithCancel(context.Background())
	firm := Firm(ctx)
	interruptRun()
	if firm.Err() != nil || Aborted(firm) {
		t.Errorf("the interruption ended it: %v", context.Cause(firm))
	}
}

func TestTheFirstSignalInterruptsAndTheSecondAborts(t *testing.T) {
	ctx, stop := Notify(syscall.SIGUSR1)
	defer stop()
	firm := Firm(ctx)
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	if got := context.Cause(ctx).Error(); got != "interrupted by SIGUSR1" || firm.Err() != nil {
		t.Errorf("cause %q; firm %v", got, firm.Err())
	}
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	<-firm.Done()
	if !errors.Is(context.Cause(firm), ErrAborted) {
		t.Errorf("cause %v", context.Cause(firm))
	}
}

func TestSignalsThatCameBeforeCountTogether(t *testing.T) {
	arrived := make(chan os.Signal, 2)
	arrived <- syscall.SIGHUP
	arrived <- syscall.SIGTERM
	ctx, stop := Handle(arrived)
	defer stop()
	firm := Firm(ctx)
	<-firm.Done()
	if got := Cause(ctx).Error(); got != "interrupted by SIGHUP" || !Aborted(ctx) {
		t.Errorf("cause %q, aborted %v", got, Aborted(ctx))
	}
}

func TestAnotherEndOfAContextIsNoSignal(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got := Cause(ctx).Error(); got != "interrupted" {
		t.Errorf("cause %q", got)
	}
}
