package plan

// Warnings and problems of a plan. What is in reasons.go is true of these as well: a golden plan for each.

// Warnings: what was found, what was done about it, what to do.
const (
	warnForeign        = "container %q (%s, config_id %s) is managed by %q and was left alone; list that manager in adopt to take its containers over"
	warnDuplicate      = "container %q is a duplicate for entry %q and was ignored: it carries the entry's labels and was not created for it; remove it if it is not needed"
	warnVolumesUnread  = "container %q: the volumes of %s cannot be read (%s); anonymous ones are not carried over, nor removed"
	warnVolumeLeft     = "container %q: the anonymous volume %s at %s is not carried over: %s; it is not removed"
	warnOrphanVolume   = "container %q is not in the config any more; its anonymous volume %s at %s is not carried over, and is not removed: podman volume rm %s removes it"
	warnTargetStopped  = "container %q: %s: %q is %s: %s"
	warnRefersPrevious = "container %q refers to the previous container of %q (%s): apply %s, which re-creates it%s"
	warnOrphanKept     = "container %q is not in the config and is left running, because other containers depend on it: %s; apply those without it, then this step again"
	warnMasked         = "container %q was left as it is: its unit %s is masked; systemctl unmask %s, then apply again"
	// warnUnless is a problem that a prediction only warns about.
	warnUnless = "container %q: %s; the run fails unless that has changed by then"

	untilRecreated = "; until then that one is kept, stopped"
	startIt        = "start it"
	applyStep      = "apply %s"
	stepByID       = "config_id %s"
	stepByManager  = "config_id %s of managed_by %s"
	dependentWords = "%q (%s, %s)"
)

// Problems: contradictions between the config and the host. The run is refused, and nothing is touched.
const (
	problemOf         = "container %q: %s"
	problemPullNever  = "image %q is not on this host and pull is never: load or pull it first (podman pull %s)"
	problemNoTarget   = "%s: %q is neither in this step nor a container of this host"
	problemNoExec     = "its exec target %q is neither in this step nor a container that %q manages"
	problemExecState  = "its exec target %q is %s: apply the step it belongs to first"
	problemRemote     = "systemd runs it on its host (%s), and this is no connection to that host's own Podman: apply there, without naming a Podman"
	problemMadeByUnit = "the container %q is run by the unit %s, which makes it again at each start, as Quadlet does; it cannot be adopted as it runs: take its .container file out of Quadlet's directory, run systemctl daemon-reload and systemctl stop %s, and apply again; or give the entry another name"
	problemUnit       = "the unit %s is there and not ours: remove it, or choose another unit_prefix"
)
