package replacement

// Call is one call to Podman or systemd, or one wait.
type Call string

// The calls. Those of units name a unit, all others a container.
const (
	Create  Call = "create"
	Prepare Call = "prepare" // podman init: everything of a start but the process
	Start   Call = "start"
	Unpause Call = "unpause"
	Stop    Call = "stop"
	Rename  Call = "rename"
	Remove  Call = "remove"
	Discard Call = "discard" // remove what did not come to use
	Exec    Call = "exec"
	Record  Call = "record" // create a placeholder: something was done
	Note    Call = "note"   // create a placeholder that adds to the record of a container
	// Update changes options of a container that runs.
	Update     Call = "update"
	StartUnit  Call = "start unit"
	StopUnit   Call = "stop unit"
	DropUnit   Call = "remove unit"
	WriteUnit  Call = "write unit"
	EnableUnit Call = "enable unit"
	ReloadUnit Call = "reload unit"
	TakeOut    Call = "take out of"
	PutBack    Call = "put back into"

	// Wait is for the end of a job, AwaitHealth for a health gate, AwaitReady for what makes a new container ready: its
	// gate, and the settle time.
	Wait        Call = "wait for"
	AwaitHealth Call = "await health of"
	AwaitReady  Call = "await ready"
	// AwaitDrained is for the end of what is open.
	AwaitDrained Call = "await drained"

	// What is asked before anything gives way.
	CheckHealthcheck Call = "check healthcheck of"
	CheckRoom        Call = "check free space for"
	CheckStopped     Call = "check that nobody started"
)

// Changes reports whether the call changes the host.
func (c Call) Changes() bool {
	switch c {
	case Wait, AwaitHealth, AwaitReady, AwaitDrained, CheckHealthcheck, CheckRoom, CheckStopped:
		return false
	default:
		return true
	}
}

// Object is what a step is about.
type Object string

// The objects of steps.
const (
	New         Object = "new container"
	TryOut      Object = "try-out"
	Current     Object = "current container"
	AsideOf     Object = "aside"       // Step.Aside says which
	Placeholder Object = "placeholder" // that records what was done
	NoteOf      Object = "note"        // Step.Container says which, nil = a new one
	MarkOf      Object = "mark"        // a note that an update has begun
	RenewedOf   Object = "new record"  // a note of what an update has changed
	UnitOf      Object = "unit"
	Balancer    Object = "load balancer"
	Throwaway   Object = "throw-away container" // that validates a configuration
)
