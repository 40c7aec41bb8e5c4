package plan

// The reasons of all decisions, as the result and check mode show them: noun phrases and short sentences to search for.
// A test demands a golden plan for each of them, and that no other file of the planner has words of its own.

// Reasons of what is done about an entry.
const (
	reasonNew           = "new"
	reasonReported      = "podman reports it as %s"
	reasonOtherKind     = "it was of another kind before"
	reasonNoRecord      = "it carries no record of its config"
	reasonConfig        = "config changed: %s"
	alsoOptions         = " (not as at the last apply: %s)"
	reasonConfigFiles   = "config files changed: %s"
	reasonWasDetached   = "it was not waited for before (detach)"
	reasonStranded      = "it was made for a systemd unit, and nothing would restart it"
	reasonImageAbsent   = "image %s is not on this host and may come back as another one"
	reasonImageMoved    = "image %s is now %.12s"
	reasonAdopted       = "adopted as it is from %s"
	reasonUnverified    = "an interrupted run replaced it, and the new container is not verified yet"
	reasonStoppedByRun  = "an interrupted run stopped it"
	reasonUnattended    = "its conmon was killed: nothing would note its end"
	reasonUnhealthy     = "it is unhealthy"
	reasonPaused        = "it is paused"
	reasonStopping      = "it is being stopped"
	reasonCompleted     = "completed with exit code 0 (restart: on-failure)"
	reasonActivating    = "%s, and systemd was about to restart it"
	reasonHostDown      = "it ran when the host went down"
	reasonFoundEnded    = "it was found %s (exit code %d)"
	reasonJobRuns       = "an earlier run left it running"
	reasonJobRunsRemove = "an earlier run left it running, and it is not to stay"
	reasonJobStopping   = "it is being stopped before its end"
	reasonTimedOut      = "it was stopped at its timeout"
	reasonJobCompleted  = "it completed and remove is set"
	reasonExitCode      = "its last exit code %d is not accepted"
	reasonTakenOut      = "an interrupted run had taken it out of its load balancer"
	reasonOwnName       = "its own name is free"
	reasonExecTarget    = "its target %s is another container than before"
	reasonExecAlways    = "exec_policy is always"
	reasonWatched       = "config files are watched from now on: %s"
	reasonCrashLooping  = "crash looping: %s, last started %s"
	reasonRestarted     = "restarted %s after it exited, last started %s"

	// A container that never ran has nothing to lose, and cannot always be started: a run that is killed in
	// the middle of a start leaves the runtime a container that Podman does not know of.
	reasonNeverStarted = "it was created and never started"
	// Not every Podman can start such a container again.
	reasonKilled = "it was killed together with its conmon, which podman did not see"
)

// Reasons that follow from what is done about another container: the kind of reference, and the other's name.
const (
	reasonTargetIsRecreated  = "%s: %s is re-created"
	reasonTargetWasRecreated = "%s: %s was re-created"
	reasonTargetIsRestarted  = "%s: %s is restarted"
	reasonTargetWasRestarted = "%s: %s was restarted"
	// reasonTargetRolledBack is of a restart that only a roll-back asks for; no plan shows it.
	reasonTargetRolledBack = "%s: %s was rolled back"
)

// Reasons about the unit of an entry.
const (
	reasonUnitMasked    = "its unit %s is masked"
	reasonUnitMoved     = "its unit is %s instead of %s"
	reasonUnitMissing   = "its unit %s is missing"
	reasonUnitEdited    = "its unit %s is not as its entry asks for"
	reasonUnitDisabled  = "its unit %s is disabled"
	reasonUnitStale     = "systemd has not read its unit %s since it was changed"
	reasonUnitStopped   = "it runs, and its unit %s does not"
	reasonUnitsOlder    = "older units go: %s"
	reasonUnitNotNeeded = "it needs no unit any more: %s"
)

// Reasons of removals, and of stops.
const (
	reasonNotInConfig       = "no longer in the config"
	reasonLeft              = "left by an interrupted run"
	reasonLeftStorage       = "left by an interrupted run: storage without a container holds the name"
	reasonAbsent            = "config_id %s is wanted absent"
	reasonPruned            = "its config_id is not kept"
	reasonNoteOfNothing     = "note about a container that is gone"
	reasonNoDrain           = "an interrupted run had taken it out of its load balancer (%s), and it has no drain any more: put it back by hand"
	reasonNoteReplaced      = "note that a newer one replaced"
	reasonPreviousReleased  = "replaced, and nothing depends on it any more"
	reasonPreviousRestarted = "replaced; podman started it again for what depends on it"
)

// What is added to a reason.
const (
	addNameTaken   = "; the name %s belongs to another container"
	addLeftStopped = "; it is left stopped (restart_stopped is off)"
	addLeftAlone   = ", and left so (restart_stopped is off)"
	addAwaitOld    = "; its earlier run is waited for"
	addRecordStays = "; that it was done stays on record"
	addNeededBy    = "; %s needs %s"
	addGivesWay    = "; %s gives way to it: %s"
	addAfter       = "; after %s, which has %s"
	addFirstTo     = "; it gives way to %s first: %s"
	addRestarts    = ", after %s"
	addHalfChanged = "; an interrupted run was changing %s"
	addOlderPodman = " (Podman %s cannot change that in place; %s can)"
)

// Words within reasons.
const (
	wordName           = "its name"
	wordVolumes        = "its anonymous volumes, as the entry was renamed"
	wordTimes          = "%d %s"
	wordPort           = "port %d/%s"
	wordAddress        = "address %s"
	wordOnNetwork      = "%s on %s"
	wordDefaultNetwork = "the default network"
)

// Why an anonymous volume is not carried over.
const (
	volumeGone       = "it no longer exists"
	volumeMounted    = "the entry mounts something else there"
	volumeByImage    = "image_volume is %s"
	volumeUndeclared = "neither the entry nor its image has a volume there any more"
)

// Why a validation cannot be made in check mode.
const (
	notYetImage    = "its image is not on this host"
	notYetResource = "a secret or network that it uses is yet to be created"
)
