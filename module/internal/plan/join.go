package plan

import (
	"fmt"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
)

// joinFlags are the options by which a container lives in another one's namespaces.
var joinFlags = []string{"network", "ipc", "pid", "uts", "userns"}

// joined returns the names of the containers whose namespaces an entry joins.
func joined(e config.Entry) []string {
	var names []string
	for _, flag := range joinFlags {
		for _, v := range e.Option(flag) {
			if name, ok := strings.CutPrefix(v, "container:"); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

// followJoins lets containers follow those whose namespaces they live in: they are made anew when those
// are, because a namespace goes with its container, and started anew with them.
func (p *planner) followJoins() {
	for range p.step.Entries { // a chain is at most as long
		moved := false
		for _, e := range p.step.Entries {
			for _, name := range joined(e) {
				moved = p.followJoin(e, name) || moved
			}
		}
		if !moved {
			return
		}
	}
}

// followJoin does so for one entry and one container that it joins; it tells whether that changed a
// decision.
func (p *planner) followJoin(e config.Entry, target string) bool {
	op, before := p.ops[e.Name], p.ops[e.Name]
	if to, here := p.ops[target]; here {
		op.Joins = max(op.Joins, to.Joins+1)
		if !to.Joined {
			to.Joined = true
			p.ops[target] = to
		}
		switch {
		case op.Current == nil:
		case to.Action == Created, to.Action == Recreated && !to.Prove:
			p.leave(e, &op, fmt.Sprintf("it joins %s, which is made anew", target))
		case to.Current != nil && op.Current.CreatedAt.Before(to.Current.CreatedAt):
			p.leave(e, &op, fmt.Sprintf("it joins %s, which is newer", target))
		case (to.Action == Started || to.Action == Restarted) && op.Action == Unchanged && op.Current.Status == observed.Running && e.Kind == config.Service:
			op.Action, op.Reason = Restarted, fmt.Sprintf("it joins %s, which is started anew", target)
		}
	} else if c := p.managed(target); c != nil && op.Current != nil && op.Current.CreatedAt.Before(c.CreatedAt) {
		p.leave(e, &op, fmt.Sprintf("it joins %s, which is newer", target))
	}
	p.ops[e.Name] = op
	return op.Action != before.Action || op.Joins != before.Joins && op.Joins <= len(p.step.Entries)
}

// leave has an entry leave the namespaces of a container that goes: a service is made anew; of a job that
// is done only the record stays.
func (p *planner) leave(e config.Entry, op *Op, reason string) {
	switch {
	case op.Action == Created, op.Action == Recreated && !op.Prove, op.Action == Removed, op.Await:
		return
	case e.Kind == config.OneShot && op.Action == Unchanged:
		if op.Current.Ended() {
			op.Action, op.Reason = Removed, reason+"; that it was done stays on record"
		}
		return
	}
	op.Action, op.Reason, op.Prove, op.RenameTo = Recreated, reason, false, ""
	p.name(e, op)
}
