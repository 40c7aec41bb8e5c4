package paunch

import (
	"context"
	"errors"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/hostlock"
	"github.com/overcloud/paunch/module/internal/interrupt"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/plan"
)

// What errors.Is finds in an error of this package, however it is wrapped.
var (
	// ErrInvalidRequest: a field of the request cannot be used. Nothing was looked at.
	ErrInvalidRequest = errors.New("invalid request")
	// ErrInvalidConfig: the config cannot be used, in itself or on this host. Nothing was changed. errors.As finds the
	// first ConfigError.
	ErrInvalidConfig = errors.New("invalid config")
	// ErrLocked: another run held the host lock of this ManagedBy for the whole LockTimeout. Nothing was changed.
	ErrLocked = hostlock.ErrHeld
	// ErrUnreachable: Podman cannot be reached, or did not answer in time.
	ErrUnreachable = errors.New("podman cannot be reached")
	// ErrPull: an image could not be pulled. No container was changed. errors.As finds the first ImageError.
	ErrPull = errors.New("image cannot be pulled")
	// ErrContainer: a container failed. errors.As finds the first ContainerError.
	ErrContainer = errors.New("container failed")
	// ErrInterrupted: the context ended. What was being replaced was completed or rolled back.
	ErrInterrupted = errors.New("interrupted")
	// ErrAborted: the context of WithAbort ended too. The next run repairs what is left.
	ErrAborted = errors.New("aborted")
)

// RunError is the failure of a run. Its text and all that it wraps have their secrets masked.
type RunError struct {
	// Result is what came of the run until then.
	Result *Result
	causes []error
}

// Error returns the result's message.
func (e *RunError) Error() string { return e.Result.Msg }

// Unwrap returns the kinds of the failure, such as ErrPull, and the errors of single containers, images and keys.
func (e *RunError) Unwrap() []error { return e.causes }

// ConfigError is one thing that is wrong with a config.
type ConfigError struct {
	Container string // "" where it concerns the config as a whole
	Key       string // "" where it concerns the whole entry
	File      string // "" for a config that is no file
	Line      int    // 0 where it is not known
	Text      string
}

// Error returns the problem with its place.
func (e *ConfigError) Error() string {
	return config.Problem{Container: e.Container, Key: e.Key, File: e.File, Line: e.Line, Text: e.Text}.Error()
}

// ImageError is an image that could not be pulled.
type ImageError struct {
	Image string
	Text  string // with the image's name
}

// Error returns the text.
func (e *ImageError) Error() string { return e.Text }

// ContainerError is a container that failed.
type ContainerError struct {
	Container Container
}

// Error names the container and says why it failed.
func (e *ContainerError) Error() string {
	return "container " + e.Container.Name + ": " + e.Container.Error
}

// runError is the error of a run that failed: what it is, and whose failure it is. err is nil where only containers
// failed.
func (r *run) runError(ctx context.Context, err error) error {
	e := &RunError{Result: r.result}
	if err != nil {
		e.causes = append(e.causes, leaveError(r.masker, err))
		e.causes = append(e.causes, r.details(err)...)
	}
	if errors.Is(err, apply.ErrNoAnswer) {
		e.causes = append(e.causes, ErrUnreachable)
	}
	if ctx.Err() != nil {
		e.causes = append(e.causes, ErrInterrupted, ctx.Err())
	}
	if interrupt.Aborted(ctx) {
		e.causes = append(e.causes, ErrAborted)
	}
	for _, c := range r.result.Containers {
		if c.Action == string(plan.Failed) && !errors.Is(err, ErrPull) {
			e.causes = append(e.causes, ErrContainer, &ContainerError{c})
		}
	}
	return e
}

// details are the single problems in an error, masked.
func (r *run) details(err error) []error {
	var out []error
	if errors.Is(err, ErrInvalidConfig) {
		for _, p := range config.Problems(err) {
			e := &ConfigError{Container: p.Container, Key: p.Key, File: p.File, Line: p.Line, Text: p.Text}
			leave(r.masker, e)
			out = append(out, e)
		}
	}
	for _, i := range imageErrors(err) {
		e := &ImageError{Image: i.Image, Text: i.Error()}
		leave(r.masker, e)
		out = append(out, e)
	}
	return out
}

// imageErrors returns the errors of single images in that of all.
func imageErrors(err error) []*apply.ImageError {
	var several many.Errors
	if !errors.As(err, &several) {
		return nil
	}
	var out []*apply.ImageError
	for _, one := range several {
		var e *apply.ImageError
		if errors.As(one, &e) {
			out = append(out, e)
		}
	}
	return out
}
