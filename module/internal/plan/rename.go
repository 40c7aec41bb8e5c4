package plan

import (
	"slices"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// An entry that was renamed in the config is a new entry and an orphan. What shows that they are one is their config:
// the orphan's is that of one new entry, and of no other orphan. The new container then takes over the orphan's
// anonymous volumes, and the orphan gives way to it, as two containers must not use one of them.

// Orphans returns the ids of the containers that the plan removes because the config no longer has them: where they
// have anonymous volumes, the plan has to be computed again with these. Successors are those that an interrupted run
// put in the place of orphans, and that may have taken their volumes over already.
func (p Plan) Orphans() (orphans, successors []string) {
	for _, op := range p.AllRemovals() {
		if op.Surplus == Orphan && op.Current != nil && op.Current.Labels[record.LabelDone] == "" {
			orphans = append(orphans, op.Current.ID)
		}
	}
	for _, op := range p.Ops() {
		if op.Procedure == replacement.Verify && slices.ContainsFunc(op.Asides, func(a Aside) bool { return a.Orphan }) {
			successors = append(successors, op.Current.ID)
		}
	}
	return orphans, successors
}

// findRenamed notes which new entry takes over the anonymous volumes of which orphan, and says what becomes of those
// of the others.
func (y *yielding) findRenamed() {
	entriesOf, orphansOf := map[int][]int{}, map[int][]int{}
	for at, r := range y.removals {
		for i := range y.list {
			if y.isRename(i, r) {
				entriesOf[at], orphansOf[i] = append(entriesOf[at], i), append(orphansOf[i], at)
			}
		}
	}
	for at, r := range y.removals {
		if r.current == nil {
			continue
		}
		if entries := entriesOf[at]; len(entries) == 1 && len(orphansOf[entries[0]]) == 1 {
			y.renamed[entries[0]] = at
			continue
		}
		for _, m := range r.current.Anonymous {
			y.warn(warnOrphanVolume, r.name, m.Volume, m.Path, m.Volume)
		}
	}
}

// isRename reports whether an entry without a container of its own has the config of an orphan that has anonymous
// volumes. A job at work is left alone. The path of a log may follow the name.
func (y *yielding) isRename(i int, r removal) bool {
	e, c := *y.list[i].entry, r.current
	if c == nil || r.of != Orphan || len(c.Anonymous) == 0 || y.list[i].action != Created || e.Kind == config.Exec || e.RenewAnonVolumes || y.isRunningJob(e, *c) {
		return false
	}
	if kind := y.kindOf(e, *c); kind != "" && kind != e.Kind {
		return false
	}
	e.Name = nameOf(*c) // its secrets were digested with it
	compared, err := y.o.Digests.Compare(e, c.Labels, y.o.Decode)
	return err == nil && !slices.ContainsFunc(compared.Changed, func(key string) bool { return key != keyLogOpt })
}

// keyLogOpt holds the path of a container's log.
const keyLogOpt = "log-opt"

// givers returns the orphans that may have what an entry needs, in their order.
func (y *yielding) givers(i int) []int {
	all := y.holdings().orphansWith(y.holdings().needs(i), y.list[i].entry.Name)
	if at, renamed := y.renamed[i]; renamed && !slices.Contains(all, at) {
		all = append(all, at)
	}
	return all
}

// takesOver reports whether an entry takes over the anonymous volumes of an orphan, and notes it.
func (y *yielding) takesOver(i, at int) bool {
	if orphan, renamed := y.renamed[i]; !renamed || orphan != at {
		return false
	}
	y.ways[i].volumesOf = y.removals[at].current
	return true
}

// former returns the container whose anonymous volumes the op's new container takes over, if it has any.
func (op Op) former() *observed.Container {
	if op.VolumesOf != nil {
		return op.VolumesOf
	}
	return op.Current
}
