package replacement

// stop stops the container that is there, and its unit first, which would start it again. Nothing is undone: what stands on
// it was stopped before.
func (c Change) stop() []Step {
	stop := Step{Call: Stop, Object: Current, Container: c.Current, Name: c.Current.Name, Final: true}
	if c.OldUnit == "" {
		return []Step{stop}
	}
	stop.Quiet = true // it may run outside of its unit
	return []Step{{Call: StopUnit, Object: Current, Container: c.Current, Name: c.OldUnit, Final: true}, stop}
}
