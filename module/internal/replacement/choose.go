package replacement

import (
	"slices"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// Choice is what the containers that carry the labels of one entry are to it.
type Choice struct {
	// Current serves the entry; nil when none does.
	Current *observed.Container
	// Previous are the containers that current replaced in a run that was interrupted before current was known to
	// be ready. The first is the one to return to.
	Previous []observed.Container
	// Leftovers are what interrupted runs created and did not come to use, known by their labels.
	Leftovers []observed.Container
	// Copies carry the entry's labels, and nothing shows that they were created for it.
	Copies []observed.Container
}

// Surroundings is what a choice depends on beside the candidates.
type Surroundings struct {
	Exists func(id string) bool // whether a container is still there
	Taken  bool                 // another entry's or a foreign container has the entry's name
	// TimedOut reports whether a job was stopped at its timeout: its exit code is not its own word.
	TimedOut func(observed.Container) bool
	// MadeRoom reports whether an earlier run gave a container its name to make room for another one of the entry.
	MadeRoom func(observed.Container) bool
}

// Choose decides what each candidate, a container with the labels of the entry, is to it. What interrupted runs
// left is known by labels and ids alone: a name proves nothing, and a copy has the labels but not the id.
func Choose(e config.Entry, candidates []observed.Container, s Surroundings) Choice {
	var out Choice
	var rest []observed.Container
	kept, known := map[string]bool{}, map[string]bool{}
	newestFirst := slices.Clone(candidates)
	slices.SortStableFunc(newestFirst, func(a, b observed.Container) int { return b.CreatedAt.Compare(a.CreatedAt) })
	for i, c := range newestFirst {
		replaced := unfinished(c, s)
		switch {
		case kept[c.ID]:
		case isTryOut(c), len(replaced) > 0 && !tookPlace(e, c, s):
			out.Leftovers = append(out.Leftovers, c)
			for _, r := range replaced {
				known[r.ID] = true
			}
		case len(replaced) > 0 && out.Current == nil:
			out.Current, out.Previous = &newestFirst[i], byIDs(candidates, replaced)
			for _, r := range replaced {
				kept[r.ID] = true
			}
		default:
			rest = append(rest, c)
		}
	}
	slices.SortStableFunc(rest, func(a, b observed.Container) int { return better(e, known, a, b) })
	if out.Current == nil && len(rest) > 0 {
		out.Current, rest = &rest[0], rest[1:]
		if !known[out.Current.ID] && !IsGenuine(*out.Current) && isCopy(e, *out.Current) && !s.MadeRoom(*out.Current) {
			rest, out.Current = append(rest, *out.Current), nil // it has another name than it was created under
		}
	}
	out.Copies = rest
	return out
}

// isTryOut reports whether a container was created to see whether another one like it can be started, or takes its
// configuration.
func isTryOut(c observed.Container) bool {
	return hasCreatedName(c) && c.Labels[record.LabelTryOut] != ""
}

// hasCreatedName reports whether a container has the name, other than the entry's, that it was created under.
func hasCreatedName(c observed.Container) bool {
	return c.Labels[record.LabelCreatedAs] != "" && c.Labels[record.LabelCreatedAs] == c.Name
}

// IsGenuine reports whether a container can be the one that its labels were written for: a copy has another name.
func IsGenuine(c observed.Container) bool {
	return hasCreatedName(c) || c.Name == c.Labels[record.LabelContainerName]
}

// unfinished returns the containers that gave way to this one and are still there.
func unfinished(c observed.Container, s Surroundings) []record.Replaced {
	if !IsGenuine(c) {
		return nil
	}
	return slices.DeleteFunc(record.Replaces(c.Labels), func(r record.Replaced) bool { return !s.Exists(r.ID) || r.ID == c.ID })
}

// tookPlace reports whether a new container came to use: it has the entry's name, and was started.
func tookPlace(e config.Entry, c observed.Container, s Surroundings) bool {
	if c.Name != e.Name && !s.Taken {
		return false
	}
	switch {
	case c.Status == observed.Running, c.Status == observed.Paused:
		return true
	case e.Kind == config.Service:
		return RestartsOnFailure(e) && Completed(c)
	}
	return c.Ended() && !s.TimedOut(c)
}

func byIDs(containers []observed.Container, wanted []record.Replaced) []observed.Container {
	var out []observed.Container
	for _, r := range wanted {
		for _, c := range containers {
			if c.ID == r.ID {
				out = append(out, c)
			}
		}
	}
	return out
}

// better orders containers that are not the new one of a replacement. What a leftover was to replace is known by its
// id, and comes first. Then a name decides: the entry's own, one that the container was created under, one of those
// that we give, before those that people choose. Then what runs comes before what ran, and that before what never
// ran; and then age: a copy is younger.
func better(e config.Entry, known map[string]bool, a, b observed.Container) int {
	for _, first := range []func(observed.Container) bool{
		func(c observed.Container) bool { return known[c.ID] },
		func(c observed.Container) bool { return c.Name == e.Name },
		hasCreatedName,
		func(c observed.Container) bool { return isNameOf(e.Name, c.Name) },
	} {
		if fa, fb := first(a), first(b); fa != fb {
			return trueFirst(fa)
		}
	}
	if ra, rb := Rank(a), Rank(b); ra != rb {
		return rb - ra
	}
	return a.CreatedAt.Compare(b.CreatedAt)
}

func trueFirst(v bool) int {
	if v {
		return -1
	}
	return 1
}

// Rank orders containers by what they did: what runs before what ran, and that before what never ran.
func Rank(c observed.Container) int {
	switch c.Status {
	case observed.Running, observed.Paused:
		return 2
	case observed.Exited, observed.Stopped, observed.Stopping, observed.Dead:
		return 1
	default:
		if c.Labels[record.LabelDone] != "" {
			return 1 // a placeholder is the record of something that ran
		}
		return 0
	}
}
