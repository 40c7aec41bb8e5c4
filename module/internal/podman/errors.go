package podman

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/containers/podman/v5/pkg/bindings"

	"github.com/overcloud/paunch/module/internal/apply"
)

// callError is an answer of Podman that says no: its message, and what package apply calls it.
type callError struct {
	doing   string
	message string
	status  int   // HTTP
	kind    error // a sentinel of package apply, or nil
}

func (e *callError) Error() string { return prefix(e.doing) + e.message }

// prefix puts what was being done in front of an error. The methods of apply.Runtime leave it out,
// because the executor says it.
func prefix(doing string) string {
	if doing == "" {
		return ""
	}
	return doing + ": "
}

func (e *callError) Unwrap() error { return e.kind }

// explain turns an error of the bindings into one that says what was being done, in Podman's words
// without the wrapping, and that wraps the sentinels of package apply.
func (l *link) explain(ctx context.Context, doing string, took time.Duration, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return contextError(ctx, doing, took)
	}
	var wire wireError
	if errors.As(err, &wire) || isBrokenBody(err) {
		return l.wireFailure(doing, err)
	}
	if status, codeErr := bindings.CheckResponseCode(err); codeErr == nil {
		message := tidy(err.Error())
		return &callError{doing, message, status, classify(status, message)}
	}
	return fmt.Errorf("%s%w", prefix(doing), err)
}

// noAnswer is the cause of the end of a call that took longer than a call may.
type noAnswer struct{}

func (noAnswer) Error() string   { return "the call may still take effect" }
func (noAnswer) Unwrap() []error { return []error{apply.ErrNoAnswer, context.DeadlineExceeded} }

// contextError says that the caller gave up, and after how long.
func contextError(ctx context.Context, doing string, took time.Duration) error {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return fmt.Errorf("%spodman did not answer within %s: %w", prefix(doing), took.Round(100*time.Millisecond), context.Cause(ctx))
	}
	return fmt.Errorf("%s%w", prefix(doing), context.Cause(ctx))
}

// wireFailure says that the connection broke, and with a service of our own, what it said at the end.
func (l *link) wireFailure(doing string, cause error) error {
	if ended := l.service.endedError(); ended != nil {
		return lostError{fmt.Errorf("%s%w", prefix(doing), ended)}
	}
	err := errCutOff
	var wire wireError
	if errors.As(cause, &wire) {
		err = wire.err
	}
	return lostError{fmt.Errorf("%sthe connection to podman at %s broke: %w", prefix(doing), l.address, err)}
}

// errCutOff represents what the bindings make of an answer that they cannot read: they quote it whole.
var errCutOff = errors.New("the answer was cut off")

// isBrokenBody reports whether an answer began and was cut off.
func isBrokenBody(err error) bool {
	return strings.HasPrefix(err.Error(), "unable to process API response") || strings.HasPrefix(err.Error(), "unmarshalling ")
}

// classify finds the sentinel of an answer. Podman sends 404 and 409 for these cases in some
// versions and 500 in others, so the words count.
func classify(status int, message string) error {
	switch {
	case containsAny(message, "no such container", "no container with name or id", "does not refer to a container"):
		return apply.ErrNotFound
	case containsAny(message, dependents): // which ends in "container already exists"
		return apply.ErrHasDependents
	case containsAny(message, "that name is already in use", "container already exists",
		"unique constraint failed: containerconfig.name"): // a rename, where Podman keeps its state in SQLite
		return apply.ErrNameTaken
	case status == http.StatusNotFound && !containsAny(message, "image", "volume", "network", "secret"):
		return apply.ErrNotFound
	}
	return nil
}

// dependents is in Podman's refusal to remove a container that others share a namespace with.
const dependents = "has dependent containers"

// isRace reports whether a container changed its state while Podman was working on it, so that the same
// call may well succeed now. Containers that depend on it may be going at this moment too.
func isRace(err error) bool {
	var e *callError
	return errors.As(err, &e) && containsAny(e.message,
		"container state improper", "could not be stopped", "state improper", "device or resource busy", dependents,
		"container has already been removed", "is in the process of being removed")
}

// isListingRace reports whether Podman failed to list because of something that another process was creating
// or removing at that moment.
func isListingRace(err error) bool { return isFault(err) || errors.Is(err, apply.ErrNotFound) }

// isFault reports whether Podman failed to look, as opposed to an answer that says what does not exist. It has
// many words for what comes and goes meanwhile (container not known, layer not known, determining buildah
// container, no such volume), so that every fault on its side counts.
func isFault(err error) bool {
	var e *callError
	return errors.As(err, &e) && e.status >= http.StatusInternalServerError &&
		!isBrokenImage(err) && !errors.Is(err, apply.ErrNotFound)
}

// isNotMounted reports whether a container cannot be started because its storage is counted as mounted and is
// not: Podman could not write that it unmounted it, on a disk that was full.
func isNotMounted(err error) bool {
	var e *callError
	return errors.As(err, &e) && containsAny(e.message, "mounting storage for container") && containsAny(e.message, "no such file or directory")
}

func containsAny(text string, parts ...string) bool {
	text = strings.ToLower(text)
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

// tidy makes Podman's message part of a sentence: one line, no full stop, lower case unless it begins
// with an acronym.
func tidy(message string) string {
	message = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(message), "Error:"))
	message = strings.TrimSuffix(strings.Join(strings.Fields(message), " "), ".")
	first, size := utf8.DecodeRuneInString(message)
	second, _ := utf8.DecodeRuneInString(message[size:])
	if unicode.IsUpper(first) && !unicode.IsUpper(second) {
		return string(unicode.ToLower(first)) + message[size:]
	}
	return message
}
