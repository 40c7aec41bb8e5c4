package apply

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/plan"
)

// ErrInUse is of the removal of a volume or network: containers use it.
var ErrInUse = errors.New("is in use")

// ResourceRequest is one volume, network or secret to create.
type ResourceRequest struct {
	Resource config.Resource
	Name     string            // the real name
	Labels   map[string]string // ours, in addition to its own
}

// Resources is what the executor needs of the engine beside containers.
type Resources interface {
	// CreateResource makes a volume, network or secret. One of that name with these labels, which a call whose answer
	// was lost has made, is no error.
	CreateResource(ctx context.Context, r ResourceRequest) error
	// RemoveResource removes one, unless containers use it (ErrInUse). Removing what is gone is no error.
	RemoveResource(ctx context.Context, kind config.ResourceKind, name string) error
}

// ResourceOutcome is what came of one ResourceOp.
type ResourceOutcome struct {
	Kind     config.ResourceKind
	Name     string
	RealName string
	Action   plan.Action
	Reason   string
	Changed  bool // the host is not as it was
	// Undone means that it was created and removed again, as nothing came to use it.
	Undone   bool
	Err      error
	Warnings []string
	Commands [][]string
	users    []string
}

func beginResource(op plan.ResourceOp) ResourceOutcome {
	out := ResourceOutcome{Kind: op.Kind, Name: op.Name, RealName: op.Real, Action: op.Action, Reason: op.Reason}
	if op.Resource != nil {
		out.users = op.Resource.Users
	}
	return out
}

// makeResources creates what the waves need, until one fails.
func (x *Executor) makeResources(ctx context.Context, ops []plan.ResourceOp, stopped string) []ResourceOutcome {
	outcomes := make([]ResourceOutcome, len(ops))
	for i, op := range ops {
		outcomes[i] = beginResource(op)
		o := &outcomes[i]
		switch {
		case !op.Action.Changes():
		case stopped != "" || ctx.Err() != nil:
			o.Action, o.Reason = plan.NotReached, stopped
		default:
			x.makeResource(o, op)
			stopped = failedResource(outcomes[i : i+1])
		}
	}
	return outcomes
}

func (x *Executor) makeResource(o *ResourceOutcome, op plan.ResourceOp) {
	if op.Action == plan.Recreated {
		x.dropResource(o, "remove the previous one")
	}
	if o.Err != nil {
		return
	}
	req := x.resourceRequest(op)
	if err := x.bounded(func(ctx context.Context) error { return x.rt.CreateResource(ctx, req) }); err != nil {
		o.fail(fmt.Errorf("create: %w", err), "no container was touched; fix the cause and apply again")
		return
	}
	o.Changed = true
	o.Commands = append(o.Commands, createResourceCommand(req))
}

// resourceRequest is how an op's volume, network or secret is created.
func (x *Executor) resourceRequest(op plan.ResourceOp) ResourceRequest {
	req := ResourceRequest{Resource: *op.Resource, Name: op.Real}
	if x.o.ResourceLabels != nil {
		req.Labels = x.o.ResourceLabels(*op.Resource, op.Salt)
	}
	return req
}

func (o *ResourceOutcome) fail(err error, next string) {
	o.Action, o.Err = plan.Failed, &Failure{Cause: err, Next: next}
}

// bounded makes a call with the limit of one call.
func (x *Executor) bounded(call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(x.firm, x.callLimit())
	defer cancel()
	return call(ctx)
}

// dropResource removes one resource.
func (x *Executor) dropResource(o *ResourceOutcome, doing string) {
	if err := x.removeResource(o); err != nil {
		o.fail(fmt.Errorf("%s: %w", doing, err), fmt.Sprintf("remove it by hand: podman %s rm %s", o.Kind, o.RealName))
		return
	}
	o.Changed = true
}

// removeResource removes the resource of an outcome, and notes the command.
func (x *Executor) removeResource(o *ResourceOutcome) error {
	err := x.bounded(func(ctx context.Context) error { return x.rt.RemoveResource(ctx, o.Kind, o.RealName) })
	if err == nil {
		o.Commands = append(o.Commands, removeResourceCommand(o.Kind, o.RealName))
	}
	return err
}

// dropResources removes what the config no longer has, when all else has succeeded.
func (x *Executor) dropResources(ops []plan.ResourceOp, stopped string) []ResourceOutcome {
	outcomes := make([]ResourceOutcome, len(ops))
	for i, op := range ops {
		o := beginResource(op)
		if stopped != "" {
			o.Action, o.Reason = plan.NotReached, stopped
		} else {
			x.dropResource(&o, "remove")
			if errors.Is(o.Err, ErrInUse) {
				o.Warnings = []string{fmt.Sprintf("%s %q: %s; it is kept, because containers use it", o.Kind, o.RealName, op.Reason)}
				o.Action, o.Reason, o.Err = plan.Unchanged, "in use", nil
			}
		}
		outcomes[i] = o
	}
	return outcomes
}

// undoResources removes what this run created and nothing came to use, because the entries that asked for it failed or
// were not reached. What containers use is kept, and so is what was there before.
func (x *Executor) undoResources(created []ResourceOutcome, outcomes []Outcome) {
	failed, succeeded := map[string]bool{}, map[string]bool{}
	for _, o := range outcomes {
		if o.Err != nil || o.Action == plan.NotReached {
			failed[o.Name] = true
		} else {
			succeeded[o.Name] = true
		}
	}
	for i := range created {
		o := &created[i]
		if o.Action != plan.Created || !o.Changed || slices.ContainsFunc(o.users, func(u string) bool { return succeeded[u] }) ||
			!slices.ContainsFunc(o.users, func(u string) bool { return failed[u] }) {
			continue
		}
		if x.removeResource(o) == nil {
			o.Changed, o.Undone, o.Reason = false, true, o.Reason+"; removed again, as what uses it failed"
		}
	}
}

// failedResource reports why no wave may begin, "" when one may.
func failedResource(outcomes []ResourceOutcome) string {
	for _, o := range outcomes {
		if o.Err != nil {
			return fmt.Sprintf("%s %s could not be created", o.Kind, o.Name)
		}
	}
	return ""
}

func removeResourceCommand(kind config.ResourceKind, name string) []string {
	return []string{"podman", string(kind), "rm", name}
}

// createResourceCommand is the podman command that a request represents, with the labels that name its owner. A
// secret's content is read from its standard input.
func createResourceCommand(r ResourceRequest) []string {
	res := r.Resource
	words := []string{"podman", string(res.Kind), "create"}
	flag := func(name, value string) {
		if value != "" {
			words = append(words, "--"+name+"="+value)
		}
	}
	for _, l := range []string{"managed_by", "config_id", "paunch_resource"} {
		flag("label", l+"="+r.Labels[l])
	}
	if res.Kind == config.Secret {
		return append(words, r.Name, "-")
	}
	flag("driver", res.Driver)
	for _, k := range slices.Sorted(maps.Keys(res.Options)) {
		flag("opt", k+"="+res.Options[k])
	}
	for _, k := range slices.Sorted(maps.Keys(res.Labels)) {
		flag("label", k+"="+res.Labels[k])
	}
	for _, s := range res.Subnets {
		flag("subnet", s.Subnet)
		flag("gateway", s.Gateway)
		flag("ip-range", s.Range)
	}
	for _, on := range []struct {
		flag string
		set  bool
	}{{"internal", res.Internal}, {"ipv6", res.IPv6}, {"disable-dns", res.DisableDNS}} {
		if on.set {
			words = append(words, "--"+on.flag)
		}
	}
	return append(words, r.Name)
}
