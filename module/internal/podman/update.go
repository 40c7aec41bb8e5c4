package podman

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/containers/podman/v5/pkg/bindings/containers"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/spec"
)

// Update changes options of a container that runs. Made twice it does no harm.
func (c *Client) Update(ctx context.Context, r apply.UpdateRequest) error {
	options, err := spec.Update(r.Options, r.Restart, r.Without)
	if err != nil {
		return err
	}
	heard := c.listen()
	err = c.persist(ctx, func() error {
		return c.act(ctx, c.quick, r.Container, func(ctx context.Context, id string) error {
			options.NameOrID = id
			_, err := containers.Update(ctx, options)
			return err
		})
	}, nil)
	return withCause(err, func() string { return runtimesWord(heard(ctx)) })
}

// withCause adds why the runtime refused a change, which Podman's answer does not say: the kernel's word.
func withCause(err error, cause func() string) error {
	var answer *callError
	if !errors.As(err, &answer) || !strings.Contains(answer.message, "failed: exit status") {
		return err
	}
	if word := cause(); word != "" {
		return fmt.Errorf("%s: %w", word, err)
	}
	return err
}

// listen returns a function that returns what the Podman service has printed since: of a private one from its output, of
// the host's from the journal. It is empty where neither can be read.
func (c *Client) listen() func(context.Context) string {
	l := c.link()
	if l.service != nil {
		dir, from := l.service.dir, l.service.dir.outputSize()
		return func(context.Context) string { return dir.outputFrom(from) }
	}
	began := time.Now()
	return func(ctx context.Context) string {
		if !c.local {
			return ""
		}
		scope := "--unit=podman.service"
		if os.Geteuid() != 0 {
			scope = "--user-unit=podman.service"
		}
		since := "--since=@" + strconv.FormatInt(began.Unix(), 10)
		text, _ := exec.CommandContext(ctx, "journalctl", scope, since, "--output=cat", "--lines=50").Output() //nolint:gosec // its words are ours
		return string(text)
	}
}

// runcError is how runc prints an error; crun prints its message alone.
var runcError = regexp.MustCompile(`level=error msg="((?:[^"\\]|\\.)*)"`)

// runtimesWord finds the last error of a runtime in what a service printed.
func runtimesWord(text string) string {
	if found := runcError.FindAllStringSubmatch(text, -1); len(found) > 0 {
		return tidy(strings.ReplaceAll(found[len(found)-1][1], `\"`, `"`))
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if line := strings.TrimSpace(lines[i]); line != "" && !strings.HasPrefix(line, "time=") {
			return tidy(line)
		}
	}
	return ""
}
