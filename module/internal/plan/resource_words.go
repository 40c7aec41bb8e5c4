package plan

// Reasons, warnings and problems of volumes, networks and secrets: a golden plan for each, as for those of containers.
const (
	resourceNew          = "does not exist"
	resourceNewUsed      = "does not exist; used by %s"
	resourceUnknown      = "its content is not known yet: %s"
	resourceChanged      = "content changed"
	resourceSuperseded   = "its content changed"
	resourceConfig       = "config changed: %s"
	problemOfResource    = "%s %q: %s"
	problemExternal      = "is external and does not exist: podman %s create %s"
	problemVolumeChanged = "config changed: %s; Podman cannot change a volume, and a new one would not have its data. Undo the change, or copy the data into a volume of another name"
	problemNetworkUsed   = "config changed: %s; Podman cannot change a network that containers are attached to (%s). Remove them first, or declare a network of another name"
	problemNotOurs       = "exists with another configuration (%s) and was not made by this step: use another name, or external: true"
	problemNameTaken     = "the name %s is taken by a secret that this step did not make: podman secret rm %s"
	warnVolumeKept       = "volume %q: %s; it is kept with its data (prune_volumes: true removes it)"
	warnNetworkKept      = "network %q: %s; it is kept, because container %s is attached to it"
)
