package plan

import (
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// decision is what is to be done about an entry, as far as its own container shows it.
type decision struct {
	entry  *config.Entry
	action Action
	reason string
	// procedure is how it is done, where more than the action tells: a container of an interrupted run is verified, a
	// job at work is awaited.
	procedure    replacement.Procedure
	naming       naming
	changed      []string            // the keys that differ from the record, when that is the reason
	before       map[string][]string // the recorded config
	unwatched    []string            // config files of which the container has no record
	updates      []string            // those of the keys that get their new values in place, for updateReason
	updateReason string
	current      *observed.Container
	previous     *observed.Container
	notes        []observed.Container
	oldUnit      string // that current runs under, "" when it has none
	// moved means that the unit is the reason of a restart; masked that an operator has masked it: nothing is done.
	moved, masked bool
	volumesFrom   []string
}

// naming is the name that an entry's container has in the end.
type naming int

const (
	asItIs  naming = iota // that of the container that is kept, or the entry's for a new one
	unique                // the entry's with a random suffix, for a new one, as another container has the entry's
	renamed               // the entry's, for the container that is kept
)

// isNew reports whether a new container is made.
func (d decision) isNew() bool {
	return d.action == Created || d.action == Recreated && d.procedure != replacement.Verify
}

// isVerified reports whether the container is what an interrupted run put in the place of another one.
func (d decision) isVerified() bool { return d.procedure == replacement.Verify }

// isAwaited reports whether the container is a job at work that stays until its end.
func (d decision) isAwaited() bool {
	return d.procedure == replacement.Await || d.procedure == replacement.AwaitAndForget
}

// keepsRunning reports whether a running container is left as it is.
func (d decision) keepsRunning() bool {
	return d.action == Unchanged || d.action == Renamed || d.action == Repaired || d.action == Updated
}

// replaced returns the containers that are replaced.
func (d decision) replaced() []*observed.Container {
	var all []*observed.Container
	if d.isNew() && d.current != nil {
		all = append(all, d.current)
	}
	if d.previous != nil {
		all = append(all, d.previous)
	}
	return all
}

// finalName is the container's real name in the end; where it gets a random suffix, the executor settles it.
func (d decision) finalName() string {
	if d.current == nil || d.naming == renamed || d.isNew() {
		return d.entry.Name
	}
	return d.current.Name
}

// leftAlone is the reason of a service that restart_stopped: false keeps as it was found.
func leftAlone(reason string) string { return reason + addLeftAlone }
