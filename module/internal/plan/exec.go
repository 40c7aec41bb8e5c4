package plan

import (
	"fmt"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// decideExec decides about an exec entry, now that it is known what happens to its target, and returns the container that
// it runs in as well.
func (j *joined) decideExec(d decision) (decision, *observed.Container) {
	target := j.execTarget(*d.entry)
	d.action, d.reason = j.compareExec(&d, target)
	if d.action == Executed {
		j.checkTarget(*d.entry, target)
	}
	return j.named(d), target
}

func (j *joined) compareExec(d *decision, target *observed.Container) (Action, string) {
	e, current := *d.entry, d.current
	if current == nil {
		return Executed, reasonNew
	}
	if current.Labels[record.LabelDone] != record.DoneExec {
		return Executed, reasonOtherKind
	}
	compared, err := j.o.Digests.Compare(e, current.Labels, j.o.Decode)
	d.before = recordOf(current.Labels)
	switch {
	case err != nil:
		return Executed, err.Error()
	case len(compared.Changed) > 0:
		d.changed = compared.Changed
		return Executed, fmt.Sprintf(reasonConfig, strings.Join(compared.Changed, ", "))
	case target == nil || target.ID != current.Labels[record.LabelExecTarget]:
		return Executed, fmt.Sprintf(reasonExecTarget, e.ExecTarget)
	case first(e.ExecPolicy, j.o.ExecPolicy) == ExecAlways:
		return Executed, reasonExecAlways
	}
	return Unchanged, ""
}

// execTarget returns the container that an exec would run in now; nil when this plan makes a new one, or
// when there is none.
func (j *joined) execTarget(e config.Entry) *observed.Container {
	to, here := j.of(e.ExecTarget)
	switch {
	case !here:
		return j.managed(e.ExecTarget)
	case to.isNew():
		return nil
	}
	return to.current
}

// checkTarget refuses an exec that could only fail.
func (j *joined) checkTarget(e config.Entry, target *observed.Container) {
	if _, here := j.entries[e.ExecTarget]; here {
		return // package config has checked it
	}
	switch {
	case target == nil:
		j.unlessPredicting(j.o, e.Name, problemNoExec, e.ExecTarget, j.o.ManagedBy)
	case target.Status != observed.Running:
		j.unlessPredicting(j.o, e.Name, problemExecState, e.ExecTarget, target.Status)
	}
}
