package paunch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
	"github.com/overcloud/paunch/module/internal/spec"
)

// DebugRequest asks for one container of a config, to be looked at or run by hand.
type DebugRequest struct {
	// Request tells the config, as for Apply; its ConfigID is "debug" where it has none.
	Request
	Container string // the entry's name
	// Interactive runs it in the foreground with the terminal, once, and leaves nothing behind.
	Interactive bool
	Shell       bool   // Interactive, with a shell as its command
	User        string // "" = the entry's own
	// Overrides replace keys of the entry after all others; nil takes a key away.
	Overrides map[string]any
}

// Debugged is one container of a config as podman makes it.
type Debugged struct {
	// Name is the entry's, with a random suffix where a container of that name exists.
	Name string
	// Command is the podman command that makes the container, or runs the exec entry. It holds secrets
	// where the entry does.
	Command []string
}

// Line returns the command as a line that a POSIX shell can run.
func (d Debugged) Line() string { return spec.Quote(d.Command) }

// Debug returns the podman command for one container of a config, as paunch's debug does. Podman is asked
// which names are taken; nothing is changed.
func Debug(ctx context.Context, req DebugRequest) (*Debugged, error) {
	r, e, err := loadForDebug(req)
	if err != nil {
		return nil, r.told(err)
	}
	d := &Debugged{Name: e.ExecTarget}
	if e.Kind != config.Exec {
		if d.Name, err = r.freeName(ctx, e.Name); err != nil {
			return nil, r.told(err)
		}
	}
	d.Command = debugCommand(e, d.Name, map[string]string{
		record.LabelManagedBy: r.req.ManagedBy, record.LabelConfigID: r.req.ConfigID, record.LabelContainerName: e.Name,
	})
	if e.Kind == config.Exec && (req.Interactive || req.Shell) {
		d.Command = slices.Insert(d.Command, 2, "--interactive", "--tty")
	}
	return d, nil
}

// Keys returns the keys of one container of a config as the config spells them, with what the request
// changes. They hold secrets where the config does.
func Keys(req DebugRequest) (map[string]any, error) {
	r, e, err := loadForDebug(req)
	if err != nil {
		return nil, r.told(err)
	}
	keys, err := config.Written(r.configOptions(), e.Name)
	if err != nil {
		return nil, r.told(r.invalid(err))
	}
	return keys, nil
}

// loadForDebug reads the config and puts what the request changes into its entry.
func loadForDebug(req DebugRequest) (*run, config.Entry, error) {
	if req.ConfigID == "" {
		req.ConfigID = record.ConfigIDDebug
	}
	req.Containers = []string{req.Container}
	r := newRun(req.Request)
	if err := r.req.normalise(); err != nil {
		return r, config.Entry{}, many.Kind(ErrInvalidRequest, many.Within("the request is not valid", err))
	}
	written, err := config.Written(r.configOptions(), req.Container)
	if err != nil {
		return r, config.Entry{}, r.invalid(err)
	}
	overrides := maps.Clone(r.req.ConfigOverrides)
	if overrides == nil {
		overrides = map[string]map[string]any{}
	}
	overrides[req.Container] = merged(overrides[req.Container], req.changes(written))
	r.req.ConfigOverrides = overrides
	if err := r.load(); err != nil {
		return r, config.Entry{}, err
	}
	return r, r.step.Entries[0], nil
}

// told is an error without secrets, for a caller who gets no result.
func (r *run) told(err error) error {
	r.failed(err)
	leave(r.masker, r.result)
	return r.runError(context.Background(), err)
}

// changes are the keys that the request replaces, in the order in which paunch did: what --interactive
// means, the shell, the user, and the overrides.
func (q DebugRequest) changes(written map[string]any) map[string]any {
	out := map[string]any{}
	isExec := written["action"] == "exec"
	if (q.Interactive || q.Shell) && !isExec {
		maps.Copy(out, map[string]any{"interactive": true, "tty": true, "restart": nil, "wait": nil, "state": nil, "detach": false, "remove": true})
	}
	if q.Shell {
		out["command"] = []any{"/bin/bash"}
		if isExec {
			out["command"] = []any{firstWord(written["command"]), "/bin/bash"}
		}
	}
	if q.User != "" {
		out["user"] = q.User
	}
	return merged(out, q.Overrides)
}

// firstWord returns the target of an exec's command, a list or a line.
func firstWord(command any) string {
	switch c := command.(type) {
	case []any:
		if len(c) > 0 {
			return fmt.Sprint(c[0])
		}
	case string:
		if words := strings.Fields(c); len(words) > 0 {
			return words[0]
		}
	}
	return ""
}

func merged(under, over map[string]any) map[string]any {
	out := maps.Clone(under)
	if out == nil {
		out = map[string]any{}
	}
	maps.Copy(out, over)
	return out
}

// freeName returns an entry's name, with a random suffix where a container has it already.
func (r *run) freeName(ctx context.Context, name string) (string, error) {
	if err := r.connect(ctx); err != nil {
		return "", err
	}
	defer func() { _ = r.client.Close() }() // nothing was written
	containers, err := r.client.Containers(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range containers {
		if c.Name == name {
			return name + "-" + randomSuffix(replacement.SuffixLength), nil
		}
	}
	return name, nil
}

// debugCommand is the podman command of an entry as a person runs it: one that is not to stay goes by itself.
func debugCommand(e config.Entry, name string, labels map[string]string) []string {
	words := spec.CommandLine(e, name, labels)
	if e.Remove && e.Kind != config.Exec {
		words = slices.Insert(words, 2, "--rm")
	}
	return words
}
