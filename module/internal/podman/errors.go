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
func (c *Client) explain(ctx context.Context, doing string, took time.Duration, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return contextError(ctx, doing, took)
	}
	var wire wireError
	if errors.As(err, &wire) || isBrokenBody(err) {
		return c.wireFailure(doing, err)
	}
	if status, codeErr := bindings.CheckResponseCode(err); codeErr == nil {
		message := tidy(err.Error())
		return &callError{doing, message, status, classify(status, message)}
	}
	return fmt.Errorf("%s%w", prefix(doing), err)
}

// contextError says that the caller gave up, and after how long.
func contextError(ctx context.Context, doing string, took time.Duration) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%spodman did not answer within %s: %w", prefix(doing), took.Round(100*time.Millisecond), context.Cause(ctx))
	}
	return fmt.Errorf("%s%w", prefix(doing), context.Cause(ctx))
}

// wireFailure says that the connection broke, and with a service of our own, what it said at the end.
func (c *Client) wireFailure(doing string, err error) error {
	if ended := c.service.endedError(); ended != nil {
		return fmt.Errorf("%s%w", prefix(doing), ended)
	}
	var wire wireError
	if errors.As(err, &wire) {
		err = wire
	}
	return fmt.Errorf("%sthe connection to podman at %s broke: %w", prefix(doing), c.URL(), wireError{err})
}

// isBrokenBody tells that an answer began and was cut off.
func isBrokenBody(err error) bool {
	return strings.HasPrefix(err.Error(), "unable to process API response")
}

// classify finds the sentinel of an answer. Podman sends 404 and 409 for these cases in some
// versions and 500 in others, so the words count.
func classify(status int, message string) error {
	switch {
	case containsAny(message, "no such container", "no container with name or id", "does not refer to a container"):
		return apply.ErrNotFound
	case containsAny(message, dependents): // which ends in "container already exists"
		return nil
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

// isRace tells that a container changed its state while Podman was working on it, so that the same
// call may well succeed now. Containers that depend on it may be going at this moment too.
func isRace(err error) bool {
	var e *callError
	return errors.As(err, &e) && containsAny(e.message,
		"container state improper", "could not be stopped", "state improper", "device or resource busy", dependents,
		"container has already been removed", "is in the process of being removed")
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
