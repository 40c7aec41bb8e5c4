package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// chooseContainers settles what the containers that carry an entry's labels are to it.
func (p *planner) chooseContainers(e config.Entry) {
	var candidates []observed.Container
	taken := false
	for _, c := range p.state.Containers {
		if c.Labels[record.LabelContainerName] == e.Name && (p.owned(c) || p.succeeded(c)) && !isPrevious(c) {
			candidates = append(candidates, c)
		} else if c.Name == e.Name {
			taken = true
		}
	}
	found := choose(e, candidates, surroundings{exists: p.exists, taken: taken, timedOut: p.timedOut})
	switch {
	case found.current == nil:
	case found.doubtful && isCopy(e, *found.current) && !p.madeRoom(e, *found.current):
		found.copies = append(found.copies, *found.current)
	default:
		p.currents[e.Name] = found.current
	}
	p.previous[e.Name] = found.previous
	for _, c := range found.leftovers {
		p.remove(e.Name, c, reasonLeft)
	}
	for _, c := range found.copies {
		if p.madeRoom(e, c) && !c.Alive() {
			p.remove(e.Name, c, reasonLeft)
			continue
		}
		p.warnings = append(p.warnings, fmt.Sprintf(warnDuplicate, c.Name, e.Name))
	}
}

// madeRoom reports whether a container has the name that a run gave it when it made room for another one of the
// entry. That one may be gone: a run was killed after it had removed it, and before it gave the name back.
func (p *planner) madeRoom(e config.Entry, c observed.Container) bool {
	return p.madeUnder(c.Name) == e.Name && c.Labels[record.LabelCreatedAs] != c.Name
}

// isCopy reports whether a container with a name that we do not give is no renamed container of the entry. What is
// removed when it has ended was not renamed before.
func isCopy(e config.Entry, c observed.Container) bool {
	kind := config.Kind(c.Labels[record.LabelKind])
	switch {
	case isOfAnotherImage(c):
		return true
	case kind == "":
		return false
	case e.Kind == config.OneShot:
		return e.Remove || kind != config.OneShot || c.Alive()
	}
	return e.Kind == config.Exec
}

// isOfAnotherImage reports whether a container was created from another image than its record says: it was committed
// and run by a person then, and is no renamed container of the entry.
func isOfAnotherImage(c observed.Container) bool {
	recorded, err := record.Parse(c.Labels[record.LabelConfig])
	if err != nil || len(recorded["image"]) != 1 || c.Image == "" {
		return false
	}
	name := recorded["image"][0]
	isID := strings.Trim(strings.TrimPrefix(name, "sha256:"), "0123456789abcdef") == ""
	return !isID && !strings.Contains(name, "@") && !strings.HasSuffix("/"+c.Image, "/"+name) && !strings.HasSuffix("/"+c.Image, "/"+name+":latest")
}

// exists reports whether a container is there, other than as a previous one that is kept for what depends on it.
func (p *planner) exists(id string) bool {
	return slices.ContainsFunc(p.state.Containers, func(c observed.Container) bool { return c.ID == id && !isPrevious(c) })
}

// findStopped notes which containers ran until an interrupted run stopped them for a replacement that it did not
// finish.
func (p *planner) findStopped() {
	for _, c := range p.state.Containers {
		if !p.owned(c) || !isGenuine(c) {
			continue
		}
		for _, r := range record.Replaces(c.Labels) {
			if r.Ran {
				p.stopped[r.ID] = true
			}
		}
	}
}

// choice is what the containers that carry the labels of one entry are to it.
type choice struct {
	// current serves the entry; nil when none does.
	current *observed.Container
	// previous are the containers that current replaced in a run that was interrupted before current was known to
	// be ready. The first is the one to return to.
	previous []observed.Container
	// leftovers are what interrupted runs created and did not come to use, known by their labels.
	leftovers []observed.Container
	// copies carry the entry's labels, and nothing shows that they were created for it.
	copies []observed.Container
	// doubtful means that current has another name than it was created under: it was renamed, or is a copy.
	doubtful bool
}

// surroundings is what a choice depends on beside the candidates.
type surroundings struct {
	exists func(id string) bool // whether a container is still there
	taken  bool                 // another entry's or a foreign container has the entry's name
	// timedOut reports whether a job was stopped at its timeout: its exit code is not its own word.
	timedOut func(observed.Container) bool
}

// choose decides what each candidate, a container with the labels of the entry, is to it. What interrupted runs
// left is known by labels and ids alone: a name proves nothing, and a copy has the labels but not the id.
func choose(e config.Entry, candidates []observed.Container, s surroundings) choice {
	var out choice
	var rest []observed.Container
	kept, known := map[string]bool{}, map[string]bool{}
	newestFirst := slices.Clone(candidates)
	slices.SortStableFunc(newestFirst, func(a, b observed.Container) int { return b.CreatedAt.Compare(a.CreatedAt) })
	for i, c := range newestFirst {
		replaced := unfinished(c, s)
		switch {
		case kept[c.ID]:
		case isTryOut(c), len(replaced) > 0 && !tookPlace(e, c, s):
			out.leftovers = append(out.leftovers, c)
			for _, r := range replaced {
				known[r.ID] = true
			}
		case len(replaced) > 0 && out.current == nil:
			out.current, out.previous = &newestFirst[i], byIDs(candidates, replaced)
			for _, r := range replaced {
				kept[r.ID] = true
			}
		default:
			rest = append(rest, c)
		}
	}
	slices.SortStableFunc(rest, func(a, b observed.Container) int { return better(e, known, a, b) })
	if out.current == nil && len(rest) > 0 {
		out.current, rest = &rest[0], rest[1:]
		out.doubtful = !known[out.current.ID] && !isGenuine(*out.current)
	}
	out.copies = rest
	return out
}

// isTryOut reports whether a container was created to see whether another one like it can be started.
func isTryOut(c observed.Container) bool {
	return hasCreatedName(c) && c.Labels[record.LabelTryOut] != ""
}

// hasCreatedName reports whether a container has the name, other than the entry's, that it was created under.
func hasCreatedName(c observed.Container) bool {
	return c.Labels[record.LabelCreatedAs] != "" && c.Labels[record.LabelCreatedAs] == c.Name
}

// isGenuine reports whether a container can be the one that its labels were written for: a copy has another name.
func isGenuine(c observed.Container) bool {
	return hasCreatedName(c) || c.Name == c.Labels[record.LabelContainerName]
}

// unfinished returns the containers that gave way to this one and are still there.
func unfinished(c observed.Container, s surroundings) []record.Replaced {
	if !isGenuine(c) {
		return nil
	}
	return slices.DeleteFunc(record.Replaces(c.Labels), func(r record.Replaced) bool { return !s.exists(r.ID) || r.ID == c.ID })
}

// tookPlace reports whether a new container came to use: it has the entry's name, and was started.
func tookPlace(e config.Entry, c observed.Container, s surroundings) bool {
	if c.Name != e.Name && !s.taken {
		return false
	}
	switch {
	case c.Status == observed.Running, c.Status == observed.Paused:
		return true
	case e.Kind == config.Service:
		return RestartsOnFailure(e) && Completed(c)
	}
	return c.Ended() && !s.timedOut(c)
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
	if ra, rb := rank(a), rank(b); ra != rb {
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

func rank(c observed.Container) int {
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

// isNameOf reports whether a real name is the entry's own or one of its unique names.
func isNameOf(entry, name string) bool {
	if name == entry {
		return true
	}
	suffix, ok := strings.CutPrefix(name, entry+"-")
	if !ok || len(suffix) != SuffixLength {
		return false
	}
	return strings.IndexFunc(suffix, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) < 0
}
