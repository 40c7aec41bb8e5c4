package record

// The labels on every container that we make. The first three have the names and meanings that paunch
// gave them; the others are ours.
const (
	LabelManagedBy     = "managed_by"
	LabelConfigID      = "config_id"
	LabelContainerName = "container_name" // the entry's name, whatever the container is called

	// LabelConfig holds the recorded keys as JSON: flag -> values, secrets as digests.
	LabelConfig = "paunch_config"
	// LabelFormat is the format of LabelConfig. Absent is format 1: the values of all but a few keys are sorted,
	// and the values of inherited variables are not recorded.
	LabelFormat = "paunch_format"
	// LabelSalt is the salt of those digests.
	LabelSalt = "paunch_salt"
	// LabelDone marks a placeholder: a container that is never started and only records that something
	// was done; its value says what (DoneExec, DoneOneShot, DoneNote).
	LabelDone = "paunch_done"
	// LabelExecTarget is the id of the container that a recorded exec ran in.
	LabelExecTarget = "paunch_exec_target"

	// LabelAbout marks a note: a placeholder that adds to the record of another container, whose id is the
	// value. A container's own labels cannot be changed, so what is learned later stands in a note.
	LabelAbout = "paunch_about"
	// LabelHashes holds, in a note, the hashes of the config files of a container that was created without a
	// record of them, as a JSON list of path=hash.
	LabelHashes = "paunch_config_hash"
	// LabelDrained says, in a note, that the service was taken out of its load balancer, which it names.
	LabelDrained = "paunch_drained"
	// LabelUpdating names, in a note, the keys that a run began to change in place: while it is there, the container may have
	// the old values or the new ones. The note that the run is done has LabelConfig, which counts instead of the container's.
	LabelUpdating = "paunch_updating"
	// LabelTimedOut says, in a note, that a job was stopped at its timeout; its exit code does not count.
	LabelTimedOut = "paunch_timed_out"

	// LabelKind is the kind of the entry: service, one-shot, fire-and-exit, stopped.
	LabelKind = "paunch_kind"
	// LabelCreatedAs is the name that a container was created under, where that is not the entry's: a temporary
	// name for the time of a replacement, or one for good where the entry's is taken. A copy has another name.
	LabelCreatedAs = "paunch_created_as"
	// LabelTryOut marks a container that is only to show whether another one like it can be started, or whether it takes
	// its configuration (TryOutValidation).
	LabelTryOut = "paunch_try_out"
	// LabelReplaces names the containers that give way to this one, by id, and whether they ran: ID=running or
	// ID=stopped, separated by commas. While one of them is there, the replacement is not finished.
	LabelReplaces = "paunch_replaces"

	// LabelLeftStopped marks the container of a service that was created for one that a cluster manager had
	// stopped, and was left stopped too.
	LabelLeftStopped = "paunch_left_stopped"

	// LabelUnit is the systemd unit that a service was made for; it has no restart policy of Podman's then,
	// and conmon's process id is in PIDFile of it.
	LabelUnit = "paunch_unit"

	// LabelReferences holds the ids of the containers that an entry's references meant when its container was
	// created: NAME=ID, separated by commas.
	LabelReferences = "paunch_references"

	// LabelStartOrder is the start_order of the entry, LabelWait its health gate, as they were when the container was
	// created: for what is done to a step without its config. Absent: 0, and no gate.
	LabelStartOrder = "paunch_start_order"
	LabelWait       = "paunch_wait"

	// LabelResource is the name that a step's config gives to a volume, network or secret.
	LabelResource = "paunch_resource"
	// LabelOptions holds, as JSON, the options that the step was applied with when the container was created, where they
	// differ from the defaults: the newest one counts. Absent: nothing is remembered.
	LabelOptions = "paunch_options"

	// LabelLegacyConfig is where paunch (JSON), tripleo_container_manage (a Python literal) and
	// edpm_container_manage kept an entry, secrets included.
	LabelLegacyConfig = "config_data"
)

// ConfigIDDebug is the config_id of containers that a person made from a config to look at them, as with paunch.
// They stand for no entry.
const ConfigIDDebug = "debug"

// Values of LabelDone.
const (
	DoneExec    = "exec"
	DoneOneShot = "one-shot"
	DoneNote    = "note"
)

// TryOutValidation is the value of LabelTryOut of a container that runs a validation.
const TryOutValidation = "validation"

// Known managers of the tools before this one.
const (
	ManagedByPaunch  = "paunch"
	ManagedByTripleo = "tripleo_ansible"
	ManagedByEdpm    = "edpm_ansible"
)
