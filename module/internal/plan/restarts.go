package plan

import (
	"fmt"
	"slices"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
)

// Uptime is what is known of how long a service keeps running, of which nothing else is to be done.
type Uptime struct {
	// Young means that it was started less than the settle time ago, and what restarts it hides whether it keeps running: it
	// is looked at once more.
	Young bool
	// Restarts is how often it was restarted after it exited, where the last time is not long ago.
	Restarts int
	asked    bool // the listing does not have the restarts
}

// uptimeOf settles how a service is looked at that runs and of which nothing is to be done: again, where it was
// started less than the settle time ago; and for restarts, where it exited not long ago and runs again. Of one that
// is found exited it is of interest how often it was restarted before that.
func uptimeOf(d decision, settle observed.SettleTime) Uptime {
	c := d.current
	switch {
	case d.entry.Kind != config.Service || c == nil:
		return Uptime{}
	case d.action == Started && c.Ended():
		return Uptime{Restarts: int(c.Restarts), asked: c.Restarts == 0} //nolint:gosec // a small number
	case c.Status != observed.Running || !d.keepsRunning():
		return Uptime{}
	}
	up := Uptime{Young: settle.Ahead(*c)}
	if !c.Recovered() {
		up.Restarts = int(c.Restarts) //nolint:gosec // a small number
		up.asked = !c.ExitedAt.IsZero() && c.Restarts == 0
	}
	return up
}

// RestartQueries returns the containers and units whose restarts have to be asked for before WithRestarts: of
// services that exited not long ago and run again, which a person may have caused as well.
func (p Plan) RestartQueries() (containers, units []string) {
	for _, op := range p.Ops() {
		switch {
		case !op.Uptime.asked:
		case op.Unit != nil:
			units = append(units, op.Unit.Unit)
		default:
			containers = append(containers, op.Current.ID)
		}
	}
	return containers, units
}

// WithRestarts returns the plan with what is known of services that were restarted not long ago, by Podman's
// restart policy or by their units, in their reasons; counts has the answers by container id or unit.
func (p Plan) WithRestarts(counts map[string]int) Plan {
	p.Waves = slices.Clone(p.Waves)
	for w := range p.Waves {
		p.Waves[w].Ops = slices.Clone(p.Waves[w].Ops)
		for i := range p.Waves[w].Ops {
			p.Waves[w].Ops[i].count(counts)
		}
	}
	return p
}

// count adds the restarts of the op's container to its reason.
func (op *Op) count(counts map[string]int) {
	switch {
	case !op.Uptime.asked:
	case op.Unit != nil:
		op.Uptime.Restarts = counts[op.Unit.Unit]
	default:
		op.Uptime.Restarts = counts[op.Current.ID]
	}
	switch {
	case op.Uptime.Restarts == 0:
	case op.Action == Started:
		op.Reason += fmt.Sprintf(addRestarts, times(op.Uptime.Restarts, "a restart", "restarts"))
		op.Uptime.Restarts = 0 // it is not running
	case op.Reason == "":
		op.Reason = restartReason(*op.Current, op.Uptime.Restarts)
	default:
		op.Reason += "; " + restartReason(*op.Current, op.Uptime.Restarts)
	}
}

// restartReason describes the restarts of a service that runs now.
func restartReason(c observed.Container, restarts int) string {
	last := c.StartedAt.UTC().Format("2006-01-02T15:04:05Z")
	if c.CrashLooping(restarts) {
		return fmt.Sprintf(reasonCrashLooping, times(restarts, "a restart", "restarts"), last)
	}
	return fmt.Sprintf(reasonRestarted, times(restarts, "once", "times"), last)
}

func times(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(wordTimes, n, many)
}
