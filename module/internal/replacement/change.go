package replacement

import (
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// Procedure is how a change is made.
type Procedure string

// The procedures.
const (
	Nothing Procedure = ""
	// Make creates a container where nothing gives way to it.
	Make Procedure = "create"
	// Replace creates a container, and what gives way to it comes back if it does not become ready.
	Replace Procedure = "replace"
	// RemoveFirst replaces a container that has nothing to return to: it is removed before the new one is started.
	RemoveFirst Procedure = "remove first"
	// Verify completes a replacement that an interrupted run began: the new container has its place already.
	Verify Procedure = "verify"
	// These leave the container that is there.
	StartIt     Procedure = "start"
	RestartIt   Procedure = "restart"
	StopIt      Procedure = "stop"
	UnpauseIt   Procedure = "unpause"
	RenameIt    Procedure = "rename"
	RepairUnit  Procedure = "repair unit"
	AddToRecord Procedure = "add to record"
	UpdateIt    Procedure = "update in place"
	Await       Procedure = "await" // the end of a job that an earlier run left running
	PassGate    Procedure = "await health"
	PutBackIt   Procedure = "put back" // into its load balancer
	// Execute runs a command in another container.
	Execute Procedure = "exec"
	// RemoveIt removes what is in no entry's use, ForgetIt a job that has completed and is not to stay, of which a
	// placeholder remains.
	RemoveIt       Procedure = "remove"
	ForgetIt       Procedure = "forget"
	AwaitAndForget Procedure = "await, forget"
	// SetAside stops a previous container that others still need.
	SetAside Procedure = "set aside"
)

// Aside is a container that gives way to another one and can come back.
type Aside struct {
	Container observed.Container
	Name      string // that it has when it comes back
	Unit      string // of systemd, which it runs under; "" when there is none
	Ran       bool   // it was running: it is started when it comes back
	// Orphan means that it is in no entry's use: its own removal follows when the new one is ready.
	Orphan bool
	// Follows is the entry that the container serves, whose own op replaces it later; "" where there is none.
	Follows string
}

// Unit is what is to be done about the unit of an entry.
type Unit struct {
	Name string
	// Existed means that there is a file of this name, perhaps of a container that is gone: systemd may hold it for active.
	Existed               bool
	Write, Enable, Reload bool
	Start                 bool // although its container runs: outside of it
}

// Change is what is known of a change to an entry's container before its first call.
type Change struct {
	Procedure Procedure
	Name      string // of the entry, or the container_name of what is removed
	Kind      config.Kind
	Current   *observed.Container
	// Asides are those that give way: the entry's own container first, where it is protected.
	Asides []Aside
	// Suffix means that the entry's name belongs to another container.
	Suffix bool
	// NameTaken means so of a placeholder that is created in the end.
	NameTaken bool
	RenameTo  string
	// StaysStopped means that a new container is not started.
	StaysStopped bool
	// AwaitCurrent means that Current is a job at work, which is waited for before it is replaced.
	AwaitCurrent bool
	// TryOut means that the preparation of a container like the new one can be tried beside those that give way.
	TryOut bool
	// AskHealthcheck means that the entry waits for a health that only its image may have a check for; Gate that it waits
	// for its health at all.
	AskHealthcheck, Gate bool
	// Forget means that a job is not to stay when it has completed.
	Forget bool
	// Kept are the ids of replaced containers that others still need. Late means that what is replaced is removed when
	// all waves are done.
	Kept []string
	Late bool

	Unit      *Unit // nil where Podman restarts the container, or nothing does
	OldUnit   string
	DropUnits []string
	// DropChecks are units of healthchecks: they are removed for the whole wave, and stopped with DropUnits.
	DropChecks []string

	// Notes are placeholders about Current, or about what it replaced; Noted means that one is added about Current.
	Notes []observed.Container
	Noted bool
	// Updates are the options that Current gets new values for while it runs, before all else.
	Updates []string
}

// makesNew reports whether the change makes a container.
func (c Change) makesNew() bool {
	return c.Procedure == Make || c.Procedure == Replace || c.Procedure == RemoveFirst
}

// starts reports whether a new container is started.
func (c Change) starts() bool { return !c.StaysStopped && c.Kind != config.StoppedOnly }

// movesUnit reports whether the container that is kept changes its unit.
func (c Change) movesUnit() bool {
	return c.OldUnit != "" && (c.Unit == nil || c.Unit.Name != c.OldUnit)
}

// temporary is the name that a new container has until it gets the entry's, or for good where that is taken.
func (c Change) temporary() string { return c.Name + "-" + randomNew }

// unitName is the name of the unit of the new container, or of the one that is kept.
func (c Change) unitName() string {
	if prefix, ok := strings.CutSuffix(c.Unit.Name, "_"+c.Name+".service"); ok && c.Suffix && c.makesNew() {
		return prefix + "_" + c.temporary() + ".service"
	}
	return c.Unit.Name
}

// finalName is the real name of the entry's container when the change is made.
func (c Change) finalName() string {
	switch {
	case c.Suffix:
		return c.temporary()
	case c.RenameTo != "" || c.Current == nil || c.makesNew():
		return c.Name
	}
	return c.Current.Name
}

// droppedNotes returns the notes that go with the container that they are about.
func (c Change) droppedNotes() []observed.Container {
	var all []observed.Container
	for _, n := range c.Notes {
		stays := c.Current != nil && n.Labels[record.LabelAbout] == c.Current.ID && c.keepsCurrent()
		if !stays || c.Noted && n.Labels[record.LabelHashes] != "" || len(c.Updates) > 0 && IsOfUpdate(n) {
			all = append(all, n)
		}
	}
	return all
}

// keepsCurrent reports whether Current is the entry's container when the change is made.
func (c Change) keepsCurrent() bool {
	switch c.Procedure {
	case Nothing, Verify, StartIt, StopIt, RestartIt, UnpauseIt, RenameIt, RepairUnit, AddToRecord, UpdateIt, Await, PassGate, PutBackIt:
		return true
	default:
		return false
	}
}

// isKept reports whether a replaced container stays, stopped.
func (c Change) isKept(id string) bool { return slices.Contains(c.Kept, id) }
