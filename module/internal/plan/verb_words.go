package plan

// Reasons of what a verb does, or leaves.
const (
	reasonStopAsked       = "stop was asked for"
	reasonRestartAsked    = "restart was asked for"
	reasonTargetIsStopped = "%s: %s is stopped"
	reasonNotRepeated     = "no service: only an apply runs it again"
	reasonStaysCreated    = "it is not to be started (state: stopped)"
)

// Warnings and problems of a verb.
const (
	warnLosesNamespace = "container %q (%s: %q) is no service of this manager: it is left alone, and cut off by the %s"

	problemNoContainer   = "it has no container: apply its step first"
	problemUnfinished    = "an interrupted run has not finished its replacement: apply its step, which completes it or returns to the previous container"
	problemUnitMissing   = "its unit %s is missing: apply its step, which writes it"
	problemTargetStopped = "%s: %q is %s, and podman would start it without its unit and gate: start it first"
)
