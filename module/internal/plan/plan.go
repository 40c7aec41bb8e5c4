package plan

import (
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/replacement"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// Action is what is planned for, or was done to, one container.
type Action string

// The actions, in the words of the result.
const (
	Unchanged  Action = "unchanged"
	Created    Action = "created"
	Recreated  Action = "recreated"
	Started    Action = "started"
	Restarted  Action = "restarted"
	Repaired   Action = "repaired" // its unit was put right; the container runs on
	Updated    Action = "updated"  // changed in place: its options, or what is recorded about it; the container runs on
	Renamed    Action = "renamed"
	Removed    Action = "removed"
	Stopped    Action = "stopped" // a previous container that others still need
	Executed   Action = "executed"
	Failed     Action = "failed"
	NotReached Action = "not_reached"
)

// Changes reports whether the action changes the host.
func (a Action) Changes() bool {
	switch a {
	case Created, Recreated, Started, Restarted, Repaired, Updated, Renamed, Removed, Stopped, Executed:
		return true
	case Unchanged, Failed, NotReached:
		return false
	}
	return false
}

// Aside is a container that gives way to another one and can come back.
type Aside = replacement.Aside

// Op is what is to be done about one entry, or about one container that has none.
type Op struct {
	Name   string // the entry's, or the container_name of what is removed
	Action Action
	Reason string // in words: why
	// Changed are the keys that differ from the record, when that is the reason.
	Changed []string
	// Before is the recorded config of the container that is replaced, secrets sealed; nil when there
	// is none that can be read.
	Before map[string][]string

	// Procedure is how the op is done, Steps are its calls in order, each with its way back.
	Procedure replacement.Procedure
	Steps     []replacement.Step

	Entry *config.Entry // nil for a removal
	// Current is the current container of the entry; nil when there is none.
	Current *observed.Container
	// StoppedByRun means that Current ran until an interrupted run stopped it.
	StoppedByRun bool
	// Notes are placeholders that add to the record of Current or Previous: each goes with its container.
	Notes []observed.Container
	// Unwatched are the config files of which Current has no record; their hashes are put into a note.
	Unwatched []string
	// Updates are the keys of Changed that the running container gets new values for, by a call to Podman.
	Updates []string
	// Uptime is how long a service keeps running, where that is of interest.
	Uptime Uptime
	// Carried are the anonymous volumes of Current that the new container mounts at the same paths, Left those
	// that it does not; set by Carry.
	Carried []config.AnonymousVolume
	Left    []LeftVolume
	// VolumesOf is the orphan whose anonymous volumes they are instead, where the entry was renamed.
	VolumesOf *observed.Container
	// VolumesFrom are the ids of the containers that the entry takes volumes from (volumes_from).
	VolumesFrom []string
	// RenameTo is the entry's name when the container holds another one and its own is free.
	RenameTo string
	// Previous is the container that Current replaced in a run that was interrupted: it is kept until what
	// represents the entry is ready, and takes its place back if that fails.
	Previous *observed.Container
	// Asides are the containers that give way to a new one, or gave way to Current where that is to be proved: they
	// are kept until it is ready, and come back if it is not. The first one comes back under the name of the new one.
	Asides []Aside
	// TakesFrom are the entries whose containers have something that the op's container needs, and give it up before:
	// they could not come back beside it.
	TakesFrom []string
	// Joins is how many containers of this step must be there first, each of which the next one refers to. Of a
	// removal it is how many are removed first, each of which depends on the next one.
	Joins int
	// Bound are the ids of the containers that podman binds Current and Previous to: it starts those with them.
	Bound []string
	// Kept are the ids, of Current and Previous, of those that stay when they are replaced: what depends on them is
	// not re-created by this plan.
	Kept []string
	// Dependents are the running containers that share a namespace of the container that a roll-back returns to,
	// in the order in which they have to be restarted then.
	Dependents []Op
	// Targets are what the references of a new container mean.
	Targets []Target
	// TakenOut are the notes of interrupted runs that had taken the service out of its load balancer.
	TakenOut []observed.Container
	// Surplus is what a removal is of.
	Surplus Surplus
	// Unit is the service's systemd unit; nil where Podman restarts the container, or nothing does.
	Unit *Unit
	// OldUnit is the unit that Current runs under, "" when it has none.
	OldUnit string
	// DropUnits are the units that go: those of an orphan, or others than Unit that stood for the entry.
	DropUnits []string
	// DropChecks are the healthcheck units that paunch made. Its services require their timers, so these go
	// before anything else, or stopping one would stop the service.
	DropChecks []string
	// Target is the container that an exec runs in, when it exists already and is not replaced by
	// this plan; otherwise the target is the outcome of the op of that name.
	Target *observed.Container
}

// IsNew reports whether the op makes a new container.
func (op Op) IsNew() bool {
	switch op.Procedure {
	case replacement.Make, replacement.Replace, replacement.RemoveFirst:
		return true
	default:
		return false
	}
}

// IsUnique reports whether what the op makes keeps a unique name, as another container has the entry's.
func (op Op) IsUnique() bool {
	return (op.IsNew() || op.Procedure == replacement.Execute) && replacement.KeepsUniqueName(op.Steps)
}

// IsLate reports whether what the op replaces is removed when all waves are done, as other containers depended on it.
func (op Op) IsLate() bool {
	return slices.ContainsFunc(op.Steps, func(s replacement.Step) bool { return s.Late })
}

// Has reports whether the op makes a call on an object of some kind.
func (op Op) Has(call replacement.Call, object replacement.Object) bool {
	return slices.ContainsFunc(op.Steps, func(s replacement.Step) bool { return s.Call == call && s.Object == object && !s.Made })
}

// StartsNew reports whether the op starts the container that it creates.
func (op Op) StartsNew() bool {
	return op.Has(replacement.Start, replacement.New) || op.Has(replacement.StartUnit, replacement.New)
}

// WayBack returns the calls that a failure at the last step that can be undone leads to.
func (op Op) WayBack() []replacement.Step {
	last := slices.IndexFunc(op.Steps, func(s replacement.Step) bool { return s.Final })
	if last < 0 {
		last = len(op.Steps)
	}
	return replacement.WayBack(op.Steps, last-1)
}

// realName is what the op is about, as the host calls it: a container, or a unit without one.
func (op Op) realName() string {
	switch {
	case op.Current != nil:
		return op.Current.Name
	case len(op.DropUnits) > 0:
		return op.DropUnits[0]
	}
	return op.Name
}

// Unit is a systemd unit as it is to be.
type Unit struct {
	unitfile.Service
	Text string
	Was  string // the text of its file now, for a roll-back; "" when there is none
	// Write the file; Enable it; Reload because systemd has not read the file as it is. They are done
	// for a whole wave at once, before its containers.
	Write, Enable, Reload bool
	// Start it although its container runs: outside of it.
	Start bool
}

// Pull is one image to fetch before anything is touched.
type Pull struct {
	Image  string
	Policy string // missing, always or newer
}

// Wave is the ops of one start order; they run at the same time.
type Wave struct {
	Order int
	Ops   []Op
}

// Plan is everything an apply does, in order: pulls, removals, waves.
type Plan struct {
	Pulls []Pull
	// Removals come before the waves: what killed runs left, half-made replacements, storage without a container
	// that holds a name. LastRemovals come after them: orphans, units (Current is nil) without a container among them, and
	// what the waves' containers depended on before.
	Removals, LastRemovals []Op
	// Validations come when the resources are there, all of them before the first wave.
	Validations []Validation
	Waves       []Wave
	// Resources are the volumes, networks and secrets that come before the waves, ResourceRemovals those that go when
	// all else has succeeded.
	Resources, ResourceRemovals []ResourceOp
	// OrderFiles are those of systemd_order that have to be written, by their path below the directory of
	// units.
	OrderFiles map[string]string
	Warnings   []string
}

// Changes reports whether executing the plan changes the host.
func (p Plan) Changes() bool {
	for _, pull := range p.Pulls {
		if pull.Policy == PullMissing {
			return true
		}
	}
	if len(p.OrderFiles) > 0 || len(p.ResourceRemovals) > 0 {
		return true
	}
	for _, op := range p.Resources {
		if op.Action.Changes() {
			return true
		}
	}
	return slices.ContainsFunc(slices.Concat(p.Removals, p.Ops(), p.LastRemovals), func(op Op) bool { return op.Action.Changes() })
}

// AllRemovals returns the removals before and after the waves, by the names of what is removed.
func (p Plan) AllRemovals() []Op {
	all := slices.Concat(p.Removals, p.LastRemovals)
	slices.SortStableFunc(all, func(a, b Op) int { return strings.Compare(a.realName(), b.realName()) })
	return all
}

// Ops returns the ops of all waves in order.
func (p Plan) Ops() []Op {
	var ops []Op
	for _, w := range p.Waves {
		ops = append(ops, w.Ops...)
	}
	return ops
}
