package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// Prefixes of the units' names that the tools before this one used.
const (
	PrefixTripleo = "tripleo"
	PrefixEdpm    = "edpm"
)

// byUnits reports whether systemd runs an entry's container.
func (p *planner) byUnits(e config.Entry) bool {
	return p.o.Units && p.state.Units != nil && e.Kind == config.Service
}

// changed leaves out what is the unit's, not the container's: the restart policy.
func (p *planner) changed(e config.Entry, current observed.Container, keys []string) []string {
	if !p.byUnits(e) || current.Labels[record.LabelUnit] == "" && !legacy(current) {
		return keys
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == "restart" })
}

// legacy reports whether an older tool made the container, which then has no restart policy of Podman's.
func legacy(c observed.Container) bool {
	_, ours := c.Labels[record.LabelConfig]
	return !ours && c.Labels[record.LabelLegacyConfig] != ""
}

// stranded reports whether a service was made for a unit and has none any more.
func (p *planner) stranded(e config.Entry, current observed.Container) bool {
	if e.Kind != config.Service || p.byUnits(e) || p.o.Remote {
		return false
	}
	return current.Labels[record.LabelUnit] != "" || p.unitOf(current) != ""
}

// unitOf returns the unit that a container runs under, "" when there is none: the one whose file says
// so, the one it was made for, or the one that the older tool which made it would have written.
func (p *planner) unitOf(c observed.Container) string {
	if kind := config.Kind(c.Labels[record.LabelKind]); kind != "" && kind != config.Service {
		return "" // a unit of its name is for a service that an interrupted run was to create in its place
	}
	marked := p.unitsFor(c.Labels[record.LabelContainerName], c.Labels[record.LabelConfigID])
	for _, name := range marked {
		if strings.HasSuffix(name, "_"+c.Name+".service") {
			return name
		}
	}
	made := c.Labels[record.LabelUnit]
	if _, here := p.state.Units[made]; made != "" && (here || len(marked) == 0) {
		return made
	}
	if made != "" {
		return marked[0] // it was moved there, and then renamed by hand
	}
	name := legacyPrefix(c) + "_" + c.Name + ".service"
	if _, here := p.state.Units[name]; here && legacy(c) {
		return name
	}
	return ""
}

func legacyPrefix(c observed.Container) string {
	if c.Labels[record.LabelManagedBy] == record.ManagedByEdpm {
		return PrefixEdpm
	}
	return PrefixTripleo
}

// unitsFor returns the units whose files say that they are ours and run this entry, sorted.
func (p *planner) unitsFor(entry, configID string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(p.state.Units)) {
		o, ok := unitfile.OwnerOf(p.state.Units[name].Text)
		if ok && p.ownManager(o.ManagedBy) && o.ConfigID == configID && o.Entry == entry {
			names = append(names, name)
		}
	}
	return names
}

// removeWithUnits plans the removal of a container with the units that run it or look after it.
func (p *planner) removeWithUnits(name string, c observed.Container, reason string) {
	p.remove(name, c, reason)
	op := &p.surplus[len(p.surplus)-1]
	if p.state.Units == nil {
		return
	}
	op.OldUnit = p.unitOf(c)
	op.DropUnits = withChecks(p.state.Units, append(p.unitsFor(c.Labels[record.LabelContainerName], c.Labels[record.LabelConfigID]), op.OldUnit))
}

// withChecks returns the healthcheck units that paunch gave to units, and those of the units that exist.
func withChecks(all map[string]observed.Unit, names []string) []string {
	return append(checks(all, names), existing(all, names)...)
}

func checks(all map[string]observed.Unit, names []string) []string {
	var out []string
	for _, name := range names {
		base := strings.TrimSuffix(name, ".service") + "_healthcheck"
		out = append(out, base+".timer", base+".service")
	}
	return existing(all, out)
}

func existing(all map[string]observed.Unit, names []string) []string {
	var out []string
	for _, name := range names {
		if u, here := all[name]; here && (u.Text != "" || u.Active != "") && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// findOrphanUnits plans the removal of units of ours whose containers are gone.
func (p *planner) findOrphanUnits(reason string, orphan func(unitfile.Owner) bool) {
	dropped := map[string]bool{}
	for _, op := range p.surplus {
		for _, name := range op.DropUnits {
			dropped[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.state.Units)) {
		o, ok := unitfile.OwnerOf(p.state.Units[name].Text)
		if ok && p.ownManager(o.ManagedBy) && orphan(o) && !dropped[name] {
			p.surplus = append(p.surplus, Op{Name: o.Entry, Action: Removed, Reason: reason, DropUnits: withChecks(p.state.Units, []string{name})})
		}
	}
}

// withUnit settles what is to be done about an entry's unit, and what that means for its container.
func (p *planner) withUnit(e config.Entry, op Op) Op {
	if p.state.Units == nil {
		if c := op.Current; p.o.Remote && c != nil && c.Labels[record.LabelUnit] != "" {
			p.problem(e.Name, problemRemote, c.Labels[record.LabelUnit])
		}
		return op
	}
	if op.Current != nil {
		op.OldUnit = p.unitOf(*op.Current)
	}
	name := ""
	if p.byUnits(e) {
		var err error
		if name, err = unitfile.Name(p.prefix(op), finalName(e, op)); err != nil {
			p.problem(e.Name, "%v", err)
			return op
		}
	}
	if name == "" {
		return p.withoutUnit(e, op)
	}
	op.DropUnits, op.DropChecks = p.others(e, op, name)
	return p.wantUnit(e, op, name)
}

// withoutUnit has the units go of an entry that needs none any more.
func (p *planner) withoutUnit(e config.Entry, op Op) Op {
	if p.state.Units == nil {
		return op
	}
	if op.Current != nil {
		op.OldUnit = p.unitOf(*op.Current)
	}
	op.DropUnits, op.DropChecks = p.others(e, op, "")
	if drop := append(slices.Clone(op.DropChecks), op.DropUnits...); len(drop) > 0 && op.Action == Unchanged {
		op.Action, op.Reason = Repaired, fmt.Sprintf(reasonUnitNotNeeded, strings.Join(drop, ", "))
	}
	return op
}

// others returns the units that stand for the entry and are not the wanted one, and paunch's healthchecks.
func (p *planner) others(e config.Entry, op Op, wanted string) (units, healthchecks []string) {
	names := append(p.unitsFor(e.Name, p.o.ConfigID), op.OldUnit, wanted)
	units = slices.DeleteFunc(existing(p.state.Units, names), func(n string) bool { return n == wanted })
	return units, checks(p.state.Units, names)
}

// prefix returns what the unit's name begins with: what is asked for, what it begins with now, or what
// the older tool that made the container used.
func (p *planner) prefix(op Op) string {
	if p.o.UnitPrefix != "" {
		return p.o.UnitPrefix
	}
	if op.Current != nil {
		for _, name := range []string{op.Current.Name, op.Name} {
			if prefix, ok := strings.CutSuffix(op.OldUnit, "_"+name+".service"); ok {
				return prefix
			}
		}
		return legacyPrefix(*op.Current)
	}
	if units := p.unitsFor(op.Name, p.o.ConfigID); len(units) > 0 {
		if prefix, ok := strings.CutSuffix(units[0], "_"+op.Name+".service"); ok {
			return prefix
		}
	}
	return PrefixTripleo
}

// finalName is the container's real name after the op; where it gets a random suffix, the executor
// settles it.
func finalName(e config.Entry, op Op) string {
	if op.Current == nil || op.RenameTo != "" || isNew(op) {
		return e.Name
	}
	return op.Current.Name
}

// isNew reports whether the op makes a new container.
func isNew(op Op) bool { return op.Action == Created || op.Action == Recreated && !op.prove }

// wantUnit compares the wanted unit with what is there.
func (p *planner) wantUnit(e config.Entry, op Op, name string) Op {
	now := p.state.Units[name]
	switch {
	case now.Masked:
		return p.masked(e, op, name)
	case !p.mayWrite(e, op, now):
		p.problem(e.Name, problemUnit, name)
		return op
	}
	s := unitfile.Of(e)
	s.Unit, s.Container, s.PIDFile, s.Ordered = name, finalName(e, op), p.pidFile(op, name, now), p.o.Ordered
	s.Owner = unitfile.Owner{ManagedBy: p.o.ManagedBy, ConfigID: p.o.ConfigID, Entry: e.Name}
	s.DependsOn, s.PartOf = p.unitsNamed(s.DependsOn), p.unitsNamed(s.PartOf)
	earlier := s
	earlier.DependsOn = append(slices.Clone(s.DependsOn), p.targetUnits(e, p.joinedBefore)...)
	s.DependsOn = append(slices.Clone(s.DependsOn), p.targetUnits(e, config.Reference.Binds)...)
	if p.restarts(e) {
		s.PartOf = append(slices.Clone(s.PartOf), p.targetUnits(e, p.ownsNamespace)...)
	}
	text, err := unitfile.Render(s)
	if err != nil {
		p.problem(e.Name, "%v", err)
		return op
	}
	if before, err := unitfile.Render(earlier); err == nil && op.Action == Unchanged && unitfile.Equal(now.Text, before) {
		text = before // of an earlier version: it is written again with the container's next change
	}
	op.Unit = &Unit{Service: s, Text: text, Was: now.Text, Write: !unitfile.Equal(now.Text, text) || op.Suffix, Reload: now.Stale}
	op.Unit.Enable = !now.Enabled && (p.restarts(e) || now.Text == "")
	return p.drift(e, op, now)
}

// mayWrite reports whether a unit of this name is ours to write: there is none, it says so itself, it runs
// our container, or it is what an older tool left of a container of this name.
func (p *planner) mayWrite(e config.Entry, op Op, now observed.Unit) bool {
	o, marked := unitfile.OwnerOf(now.Text)
	switch {
	case now.Text == "":
		return true
	case marked:
		return p.ownManager(o.ManagedBy)
	case now.Name == op.OldUnit:
		return true
	}
	return strings.Contains(now.Text, "podman start "+e.Name+"\n")
}

// PIDDir is where conmon writes the process id of a container that a unit runs, as paunch had it.
const PIDDir = "/run/"

// pidFile returns where conmon writes, or wrote, its process id. Of a container that was not made for a unit
// only an inspection tells; an executor that writes its unit has made sure, so what a unit of ours says holds.
func (p *planner) pidFile(op Op, unit string, now observed.Unit) string {
	_, ours := unitfile.OwnerOf(now.Text)
	switch c := op.Current; {
	case c == nil, isNew(op):
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
func (p *planner) unitsNamed(names []string) []string {
	var units []string
	for _, name := range names {
		if entry, ok := strings.CutSuffix(name, containerEnding); ok {
			name = p.targetUnit(config.Reference{Name: entry})
		}
		if name != "" {
			units = append(units, name)
		}
	}
	return units
}

// targetUnits are the units that run what certain references of the entry mean, in this step or another one.
func (p *planner) targetUnits(e config.Entry, which func(config.Reference) bool) []string {
	var units []string
	for _, ref := range e.References() {
		if !which(ref) {
			continue
		}
		if unit := p.targetUnit(ref); unit != "" && !slices.Contains(units, unit) {
			units = append(units, unit)
		}
	}
	return units
}

// targetUnit returns the unit that runs what a reference means, "" where there is none.
func (p *planner) targetUnit(ref config.Reference) string {
	t := p.lookup(ref.Name)
	target, here := p.entries[t.Entry]
	switch {
	case here && p.byUnits(target):
		unit, err := unitfile.Name(p.prefix(p.ops[t.Entry]), finalName(target, p.ops[t.Entry]))
		if err != nil {
			return "" // its own op says so
		}
		return unit
	case here || t.Current == nil:
		return ""
	}
	if unit := p.unitOf(*t.Current); p.state.Units[unit].Text != "" {
		return unit
	}
	return ""
}

// ownsNamespace reports whether what a reference means has a namespace of its own to share, which ends with it: not
// the host's.
func (p *planner) ownsNamespace(ref config.Reference) bool {
	t := p.lookup(ref.Name)
	var values []string
	if target, here := p.entries[t.Entry]; here {
		values = target.Option(ref.Flag)
	} else if t.Current != nil {
		values = record.Values(t.Current.Labels, ref.Flag)
	}
	return ref.SharesNamespace() && !slices.Contains(values, "host")
}

// joinedBefore reports whether units of earlier versions were ordered after what a reference means.
func (p *planner) joinedBefore(ref config.Reference) bool {
	_, here := p.entries[ref.Name]
	return here && ref.SharesNamespace() && ref.Flag != "cgroupns"
}

// masked leaves an entry alone whose unit an operator masked: that is how an operator says "not now".
func (p *planner) masked(e config.Entry, op Op, name string) Op {
	p.warnings = append(p.warnings, fmt.Sprintf(warnMasked, e.Name, name, name))
	return Op{Name: op.Name, Action: Unchanged, Reason: fmt.Sprintf(reasonUnitMasked, name), Current: op.Current}
}

// drift decides what a unit that is not as it should be means for a container that otherwise is.
func (p *planner) drift(e config.Entry, op Op, now observed.Unit) Op {
	moved := op.OldUnit != "" && op.OldUnit != op.Unit.Unit && p.state.Units[op.OldUnit].Running()
	runs := op.Current != nil && op.Current.Status == observed.Running && p.restarts(e)
	switch op.Action {
	case Unchanged, Renamed:
	case Recreated:
		op.Unit.Start = op.prove && !starting(now)
		return op
	default:
		return op
	}
	if moved && op.Action == Unchanged {
		op.Action, op.Reason = Restarted, fmt.Sprintf(reasonUnitMoved, op.Unit.Unit, op.OldUnit)
		return op
	}
	op.Unit.Start = runs && !starting(now)
	if reasons := p.unitReasons(op, now); len(reasons) > 0 && op.Action == Unchanged {
		op.Action, op.Reason = Repaired, strings.Join(reasons, "; ")
		if a := p.adopted(*op.Current); a != "" {
			op.Reason = a + ": " + op.Reason
		}
	}
	return op
}

// starting reports whether systemd has started the unit or is about to.
func starting(u observed.Unit) bool { return u.Running() || u.Active == "activating" }

// unitReasons say in words what is to be repaired about the unit of a container that is as it should be.
func (p *planner) unitReasons(op Op, now observed.Unit) []string {
	var reasons []string
	say := func(when bool, format string, args ...any) {
		if when {
			reasons = append(reasons, fmt.Sprintf(format, args...))
		}
	}
	name := op.Unit.Unit
	say(now.Text == "", reasonUnitMissing, name)
	say(now.Text != "" && op.Unit.Write, reasonUnitEdited, name)
	say(now.Text != "" && op.Unit.Enable, reasonUnitDisabled, name)
	say(op.Unit.Reload && !op.Unit.Write, reasonUnitStale, name)
	say(now.Text != "" && op.Unit.Start, reasonUnitStopped, name)
	drop := append(slices.Clone(op.DropChecks), op.DropUnits...)
	say(len(drop) > 0, reasonUnitsOlder, strings.Join(drop, ", "))
	return reasons
}

// restarts reports whether a service that an operator stopped is started again.
func (p *planner) restarts(e config.Entry) bool {
	if e.RestartStopped != nil {
		return *e.RestartStopped
	}
	return p.o.RestartStopped
}

// orderFiles returns the files of systemd_order that do not exist as they should be.
func (p *planner) orderFiles() map[string]string {
	if !p.o.Ordered || !p.o.Units || p.state.Units == nil {
		return nil
	}
	out := map[string]string{}
	for path, text := range unitfile.OrderFiles() {
		if p.state.OrderFiles[path] != text {
			out[path] = text
		}
	}
	return out
}
