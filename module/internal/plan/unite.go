package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// united are the joined decisions with what is to be done about systemd's units: the fourth stage of a plan.
type united struct {
	joined
	units []unitWork // by entry, as the decisions
	boot  bootOrder
}

// unitWork is what is to be done about the units of one entry.
type unitWork struct {
	unit *Unit // nil where Podman restarts the container, or nothing does
	// dropUnits are the units that go, dropChecks those of paunch's healthchecks.
	dropUnits, dropChecks []string
}

// drops returns all units that go.
func (w unitWork) drops() []string { return append(slices.Clone(w.dropChecks), w.dropUnits...) }

// unite settles what is to be done about each entry's unit, and what that means for its container.
func unite(j joined) united {
	u := united{joined: j, units: make([]unitWork, len(j.list))}
	u.list = slices.Clone(j.list)
	u.boot = u.bootOrder()
	for i, d := range u.list {
		u.list[i], u.units[i] = u.withUnit(d)
	}
	return u
}

func (u *united) withUnit(d decision) (decision, unitWork) {
	switch c := d.current; {
	case d.masked:
		return d, unitWork{}
	case u.state.Units == nil:
		if u.o.Remote && c != nil && d.entry.Kind != config.Exec && c.Labels[record.LabelUnit] != "" {
			u.problem(d.entry.Name, problemRemote, c.Labels[record.LabelUnit])
		}
		return d, unitWork{}
	case !u.byUnits(*d.entry):
		return u.withoutUnit(d)
	}
	name, err := unitfile.Name(u.prefix(d), d.finalName())
	if err != nil {
		u.problem(d.entry.Name, "%v", err)
		return d, unitWork{}
	}
	return u.wantUnit(d, name)
}

// withoutUnit has the units go of an entry that needs none any more.
func (u *united) withoutUnit(d decision) (decision, unitWork) {
	w := u.others(d, "")
	if drop := w.drops(); len(drop) > 0 && d.action == Unchanged {
		d.action, d.reason = Repaired, fmt.Sprintf(reasonUnitNotNeeded, strings.Join(drop, ", "))
	}
	return d, w
}

// others returns the units that represent the entry and are not the wanted one, and paunch's healthchecks.
func (u *united) others(d decision, wanted string) unitWork {
	names := append(slices.Clone(u.unitsFor(d.entry.Name, u.o.ConfigID)), d.oldUnit, wanted)
	isWanted := func(n string) bool { return n == wanted }
	return unitWork{dropUnits: slices.DeleteFunc(existing(u.state.Units, names), isWanted), dropChecks: checks(u.state.Units, names)}
}

// wantUnit compares the wanted unit with what is there.
func (u *united) wantUnit(d decision, name string) (decision, unitWork) {
	e, now, w := *d.entry, u.state.Units[name], u.others(d, name)
	if !u.mayWrite(d, now) {
		u.problem(e.Name, problemUnit, name)
		return d, w
	}
	s := unitfile.Of(e)
	s.Unit, s.Container, s.PIDFile, s.Ordered = name, d.finalName(), u.pidFile(d, name, now), u.o.Ordered
	if s.StopTimeout == nil {
		s.StopTimeout = u.o.StopTimeout
	}
	s.Owner = unitfile.Owner{ManagedBy: u.o.ManagedBy, ConfigID: u.o.ConfigID, Entry: e.Name}
	s.DependsOn, s.PartOf = u.unitsNamed(s.DependsOn), u.unitsNamed(s.PartOf)
	earlier := s
	earlier.DependsOn = append(slices.Clone(s.DependsOn), u.targetUnits(e, u.joinedBefore)...)
	s.DependsOn = append(slices.Clone(s.DependsOn), u.targetUnits(e, config.Reference.Binds)...)
	if u.restarts(e) {
		s.PartOf = append(slices.Clone(s.PartOf), u.targetUnits(e, u.ownsNamespace)...)
	}
	unordered := []unitfile.Service{earlier, s}
	s.AfterWave, s.ReadyWithin = u.afterWave(d, now), u.readyWithin(e)
	earlier.AfterWave, earlier.ReadyWithin = s.AfterWave, s.ReadyWithin
	text, err := unitfile.Render(s)
	if err != nil {
		u.problem(e.Name, "%v", err)
		return d, w
	}
	versions := []unitfile.Service{earlier}
	if !unitfile.KnowsWaves(now.Text) {
		versions = append(versions, unordered...)
	}
	for _, version := range versions {
		if before, err := unitfile.Render(version); err == nil && d.action == Unchanged && unitfile.Equal(now.Text, before) {
			text = before // of an earlier version: it is written again with the container's next change
		}
	}
	w.unit = &Unit{Service: s, Text: text, Was: now.Text, Write: !unitfile.Equal(now.Text, text) || d.naming == unique, Reload: now.Stale}
	w.unit.Enable = !now.Enabled && (u.restarts(e) || now.Text == "")
	return u.drift(d, w, now)
}

// mayWrite reports whether a unit of this name is ours to write: there is none, it says so itself, it runs
// our container, or it is what an older tool left of a container of this name.
func (u *united) mayWrite(d decision, now observed.Unit) bool {
	o, marked := unitfile.OwnerOf(now.Text)
	switch {
	case now.Text == "":
		return true
	case marked:
		return u.ownManager(o.ManagedBy)
	case now.Name == d.oldUnit:
		return true
	}
	return strings.Contains(now.Text, "podman start "+d.entry.Name+"\n")
}

// PIDDir is where conmon writes the process id of a container that a unit runs, as paunch had it.
const PIDDir = "/run/"

// pidFile returns where conmon writes, or wrote, its process id. Of a container that was not made for a unit
// only an inspection tells; an executor that writes its unit has made sure, so what a unit of ours says holds.
func (u *united) pidFile(d decision, unit string, now observed.Unit) string {
	_, ours := unitfile.OwnerOf(now.Text)
	switch c := d.current; {
	case c == nil, d.isNew():
		return PIDFile(unit)
	case c.Labels[record.LabelUnit] != "":
		return PIDFile(c.Labels[record.LabelUnit])
	case ours && unitfile.PIDFileOf(now.Text) != "":
		return unitfile.PIDFileOf(now.Text)
	case legacy(*c):
		return PIDDir + c.Name + ".pid"
	default: // made without systemd: where podman's generated units look
		return "/run/containers/storage/overlay-containers/" + c.ID + "/userdata/conmon.pid"
	}
}

// PIDFile is where conmon writes its process id for a container made for a unit. It is named after the
// unit, as a container may well be called like a daemon of the host.
func PIDFile(unit string) string { return PIDDir + strings.TrimSuffix(unit, ".service") + ".pid" }

// containerEnding marks the name of an entry among names of units, as Quadlet does: the unit that runs it is meant,
// whatever its prefix.
const containerEnding = ".container"

// unitsNamed returns names of units, with those of entries replaced by their units. What has no unit, as a job, is
// left out: nothing is to be started for it at boot.
func (u *united) unitsNamed(names []string) []string {
	var units []string
	for _, name := range names {
		if entry, ok := strings.CutSuffix(name, containerEnding); ok {
			name = u.targetUnit(config.Reference{Name: entry})
		}
		if name != "" {
			units = append(units, name)
		}
	}
	return units
}

// targetUnits are the units that run what certain references of the entry mean, in this step or another one.
func (u *united) targetUnits(e config.Entry, which func(config.Reference) bool) []string {
	var units []string
	for _, ref := range e.References() {
		if !which(ref) {
			continue
		}
		if unit := u.targetUnit(ref); unit != "" && !slices.Contains(units, unit) {
			units = append(units, unit)
		}
	}
	return units
}

// targetUnit returns the unit that runs what a reference means, "" where there is none.
func (u *united) targetUnit(ref config.Reference) string {
	t := u.lookup(ref.Name)
	target, here := u.of(t.Entry)
	switch {
	case here && u.byUnits(*target.entry):
		return u.unitName(target)
	case here || t.Current == nil:
		return ""
	}
	if unit := u.unitOf(*t.Current); u.state.Units[unit].Text != "" {
		return unit
	}
	return ""
}

// ownsNamespace reports whether what a reference means has a namespace of its own to share, which ends with it: not
// the host's.
func (u *united) ownsNamespace(ref config.Reference) bool {
	t := u.lookup(ref.Name)
	var values []string
	if target, here := u.entries[t.Entry]; here {
		values = target.Option(ref.Flag)
	} else if t.Current != nil {
		values = record.Values(t.Current.Labels, ref.Flag)
	}
	return ref.SharesNamespace() && !slices.Contains(values, "host")
}

// joinedBefore reports whether units of earlier versions were ordered after what a reference means.
func (u *united) joinedBefore(ref config.Reference) bool {
	_, here := u.entries[ref.Name]
	return here && ref.SharesNamespace() && ref.Flag != "cgroupns"
}

// drift decides what a unit that is not as it should be means for a container that otherwise is.
func (u *united) drift(d decision, w unitWork, now observed.Unit) (decision, unitWork) {
	runs := d.current != nil && d.current.Status == observed.Running && u.restarts(*d.entry)
	switch d.action {
	case Unchanged, Renamed, Updated:
		w.unit.Start = runs && !starting(now)
	case Recreated:
		w.unit.Start = d.isVerified() && !starting(now)
	default:
	}
	if d.action != Unchanged {
		return d, w
	}
	if reasons := w.reasons(now); len(reasons) > 0 {
		d.action, d.reason = Repaired, strings.Join(reasons, "; ")
		if a := adopted(*d.current); a != "" {
			d.reason = a + ": " + d.reason
		}
	}
	return d, w
}

// starting reports whether systemd has started the unit or is about to.
func starting(u observed.Unit) bool { return u.Running() || u.Active == "activating" }

// reasons say in words what is to be repaired about the unit of a container that is as it should be.
func (w unitWork) reasons(now observed.Unit) []string {
	var reasons []string
	say := func(when bool, format string, args ...any) {
		if when {
			reasons = append(reasons, fmt.Sprintf(format, args...))
		}
	}
	name := w.unit.Unit
	say(now.Text == "", reasonUnitMissing, name)
	say(now.Text != "" && w.unit.Write, reasonUnitEdited, name)
	say(now.Text != "" && w.unit.Enable, reasonUnitDisabled, name)
	say(w.unit.Reload && !w.unit.Write, reasonUnitStale, name)
	say(now.Text != "" && w.unit.Start, reasonUnitStopped, name)
	drop := w.drops()
	say(len(drop) > 0, reasonUnitsOlder, strings.Join(drop, ", "))
	return reasons
}

// orderFiles returns the files of systemd_order that do not exist as they should be.
func (h *host) orderFiles() map[string]string {
	if !h.o.Ordered || !h.o.Units || h.state.Units == nil {
		return nil
	}
	out := map[string]string{}
	for path, text := range unitfile.OrderFiles() {
		if now := h.state.OrderFiles[path]; now != text && !unitfile.IsEarlierOrderFile(path, now) {
			out[path] = text
		}
	}
	return out
}
