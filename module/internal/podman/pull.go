package podman

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/containers/podman/v5/pkg/bindings/images"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/hostfile"
)

// Pull brings an image here, in one attempt. The image has moved when the reference means another id
// than before, or meant none.
func (c *Client) Pull(ctx context.Context, r apply.PullRequest) (id string, moved bool, err error) {
	before, err := c.imageID(ctx, r.Image)
	if err != nil {
		return "", false, pullError(err)
	}
	opts, err := pullOptions(r)
	if err != nil {
		return "", false, err
	}
	defer c.noteImages(nil)
	err = c.persist(ctx, func() error {
		callCtx, explain, cancel := c.call(ctx, 0, "")
		defer cancel()
		id, err = c.pullOnce(callCtx, r, opts)
		if err == nil {
			err = ctx.Err() // the bindings end without an error then
		}
		return explain(err)
	}, nil)
	if err != nil && ctx.Err() != nil {
		return "", false, err
	}
	if err != nil {
		return "", false, pullError(err)
	}
	if id == "" {
		return "", false, fmt.Errorf("podman names no image for %s", r.Image)
	}
	return id, id != before, nil
}

// pullOnce makes the request, and returns the id of the image; "" where Podman names none.
func (c *Client) pullOnce(ctx context.Context, r apply.PullRequest, opts *images.PullOptions) (string, error) {
	if r.Progress != nil && c.countsBytes() {
		came, err := pullCounted(ctx, r, opts)
		if err == nil {
			return c.imageID(ctx, r.Image)
		}
		if came || ctx.Err() != nil {
			return "", err
		}
		// Refused before the first byte: of such an error Podman sends but the last cause here.
	}
	ids, err := images.Pull(ctx, r.Image, opts)
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return bareID(ids[len(ids)-1]), nil
}

func pullOptions(r apply.PullRequest) (*images.PullOptions, error) {
	policy := r.Policy
	if policy == "" {
		policy = "missing"
	}
	words := io.Discard
	if r.Progress != nil {
		words = &pullWords{tell: r.Progress}
	}
	opts := new(images.PullOptions).WithPolicy(policy).WithProgressWriter(words).WithRetry(0)
	if r.TLSVerify != nil {
		opts = opts.WithSkipTLSVerify(!*r.TLSVerify)
	}
	// The library behind the bindings takes a file that is missing for an empty one, and waits for a pipe's writer.
	if r.AuthFile != "" {
		f, err := hostfile.Open(r.AuthFile)
		if err != nil {
			return nil, permanent(fmt.Errorf("registry auth file: %w", err))
		}
		_ = f.Close() // only looked at
		opts = opts.WithAuthfile(r.AuthFile)
	}
	return opts, nil
}

// permanentError is an error that another attempt cannot fix.
type permanentError struct{ error }

func permanent(err error) error { return permanentError{err} }

func (e permanentError) Unwrap() []error { return []error{e.error, apply.ErrPermanent} }

// pullError marks what cannot succeed by trying again. Podman sends no codes for these, only the words
// of the registry and of its own libraries.
func pullError(err error) error {
	var e *callError
	refused := errors.As(err, &e) && e.status == http.StatusBadRequest
	if refused || (!containsAny(err.Error(), transientWords...) && containsAny(err.Error(), permanentWords...)) {
		return permanent(err)
	}
	return err
}

// transientWords win over permanentWords: a short name is tried at several registries, and the errors
// of all stand in one message.
var transientWords = []string{
	"connection refused", "connection reset", "timeout", "timed out", "deadline exceeded", "toomanyrequests",
	"too many requests", "temporary failure", "unexpected eof", "no such host", "server misbehaving",
	"bad gateway", "service unavailable", "internal server error", "network is unreachable", "no route to host",
	"no space left", "broke",
}

var permanentWords = []string{
	"manifest unknown", "name unknown", "not found", "no such image", "repository name not known", "unauthorized",
	"denied", "authentication required", "invalid username/password", "incorrect username or password",
	"rejected", "signature", "invalid reference", "invalid policy", "short-name", "unqualified-search",
	"no image found", "not known to the registry", "certificate", "http response to https client", "unsupported",
	"parsing reference", "unmarshalling auth", "unknown blob", "name invalid", "must be lowercase",
}
