package plan_test

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/release"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// model is a host on which the steps of plans take effect at once: no runtime, no executor.
type model struct {
	t          *testing.T
	containers []observed.Container
	units      map[string]observed.Unit // nil without systemd
	serial     int
	made       map[string]string // ids of what the plan at work has made, by op and object
}

func (m *model) clone() *model {
	c := *m
	c.containers = slices.Clone(m.containers)
	c.units, c.made = maps.Clone(m.units), map[string]string{}
	return &c
}

func (m *model) options() plan.Options {
	return plan.Options{
		ManagedBy: "paunch", ConfigID: "step1", CleanOrphans: true, RestartStopped: true, Units: m.units != nil,
		Settle: observed.SettleTime(time.Second), Digests: record.NewDigester(), Podman: release.New(5, 4),
	}
}

func (m *model) plan(raw map[string]any) plan.Plan {
	m.t.Helper()
	step, err := config.Load(config.Options{Inline: raw})
	if err != nil {
		m.t.Fatal(err)
	}
	state := observed.State{Containers: slices.Clone(m.containers), Units: m.units, Images: map[string]string{"web:1": "w1", "web:2": "w2"}}
	p, err := plan.Compute(step, state, m.options())
	if err != nil {
		m.t.Fatal(err)
	}
	m.made = map[string]string{}
	return p
}

// call is one step of a plan, with its op.
type call struct {
	op plan.Op
	replacement.Step
	index int // in the op's steps
}

// calls returns the steps of a plan in the order in which a run makes them.
func calls(p plan.Plan) (all []call) {
	var late, last []call
	add := func(op plan.Op, inWave bool, to *[]call) {
		for i, s := range op.Steps {
			switch {
			case s.InWave != inWave || s.Made:
			case s.Late:
				late = append(late, call{op, s, i})
			default:
				*to = append(*to, call{op, s, i})
			}
		}
	}
	for _, op := range slices.SortedStableFunc(slices.Values(p.Removals), byJoins) {
		add(op, false, &all)
	}
	for _, w := range p.Waves {
		for _, op := range w.Ops {
			add(op, true, &all)
		}
		for _, op := range slices.SortedStableFunc(slices.Values(w.Ops), byJoins) {
			add(op, false, &all)
		}
	}
	for _, op := range slices.SortedStableFunc(slices.Values(p.LastRemovals), byJoins) {
		add(op, false, &last)
	}
	slices.SortStableFunc(late, func(a, b call) int { return b.op.Joins - a.op.Joins })
	return slices.Concat(all, late, last)
}

// byJoins orders ops as a wave does: execs last.
func byJoins(a, b plan.Op) int {
	isExec := func(op plan.Op) int {
		if op.Procedure == replacement.Execute {
			return 1
		}
		return 0
	}
	return cmp.Or(isExec(a)-isExec(b), a.Joins-b.Joins)
}

func (m *model) find(id string) *observed.Container {
	for i := range m.containers {
		if m.containers[i].ID == id {
			return &m.containers[i]
		}
	}
	return nil
}

func (m *model) named(name string) *observed.Container {
	for i := range m.containers {
		if m.containers[i].Name == name {
			return &m.containers[i]
		}
	}
	return nil
}

var angled = regexp.MustCompile(`<[a-z-]+>`)

// name gives the random parts of a name a value of their own for each op and object.
func (m *model) name(op plan.Op, name string) string {
	return angled.ReplaceAllStringFunc(name, func(part string) string {
		key := op.Name + part
		if m.made[key] == "" {
			m.serial++
			m.made[key] = fmt.Sprintf("%08d", m.serial)
		}
		return m.made[key]
	})
}

// do makes one call.
func (m *model) do(op plan.Op, s replacement.Step) {
	m.t.Helper()
	c := m.object(op, s)
	switch s.Call {
	case replacement.Create, replacement.Record, replacement.Note:
		m.create(op, s)
	case replacement.StartUnit:
		m.startUnit(op, m.name(op, s.Name))
	case replacement.StopUnit:
		m.stopUnit(m.name(op, s.Name))
	case replacement.WriteUnit:
		u := m.units[m.name(op, s.Name)]
		u.Name, u.Text = m.name(op, s.Name), op.Unit.Text
		m.units[u.Name] = u
	case replacement.EnableUnit:
		u := m.units[m.name(op, s.Name)]
		u.Enabled = true
		m.units[u.Name] = u
	case replacement.DropUnit:
		for _, name := range strings.Fields(m.name(op, s.Name)) {
			delete(m.units, name)
		}
	default:
		if c != nil {
			m.with(op, s, c)
		}
	}
}

// object returns the container that a step is about, nil where it is gone or was never made.
func (m *model) object(op plan.Op, s replacement.Step) *observed.Container {
	if s.Container != nil {
		return m.find(s.Container.ID)
	}
	return m.find(m.made[op.Name+string(s.Object)])
}

func (m *model) with(op plan.Op, s replacement.Step, c *observed.Container) {
	m.t.Helper()
	switch s.Call {
	case replacement.Start, replacement.Unpause:
		m.start(op, c)
	case replacement.Stop:
		m.end(c, 143)
	case replacement.Rename:
		to := m.name(op, s.To)
		if other := m.named(to); other != nil && other.ID != c.ID {
			m.t.Fatalf("%s: rename to %s, which %s has", op.Name, to, other.ID)
		}
		c.Name = to
	case replacement.Remove, replacement.Discard:
		for _, d := range m.containers {
			if strings.Contains(d.Labels[record.LabelReferences], c.ID) && d.Labels[record.LabelDone] == "" {
				m.t.Fatalf("%s: %s is removed, and %s depends on it", op.Name, c.Name, d.Name)
			}
		}
		m.containers = slices.DeleteFunc(m.containers, func(d observed.Container) bool { return d.ID == c.ID })
	case replacement.Wait:
		m.end(c, 0)
	default: // a question, or a wait for what is so already
	}
}

func (m *model) start(op plan.Op, c *observed.Container) {
	m.serial++
	c.Status, c.RunningFor, c.Begun = observed.Running, time.Hour, uint64(m.serial)
	for _, t := range op.Targets {
		if target := m.target(t); target != nil && !target.Alive() {
			m.t.Fatalf("%s is started in a namespace of %s, which does not run", c.Name, target.Name)
		}
	}
}

func (m *model) end(c *observed.Container, code int) {
	if c.Alive() {
		c.Status, c.ExitCode = observed.Exited, code
	}
}

func (m *model) startUnit(op plan.Op, name string) {
	u, here := m.units[name]
	if !here {
		return
	}
	u.Active = "active"
	m.units[name] = u
	if c := m.ofUnit(name); c != nil && !c.Alive() {
		m.start(op, c)
	}
}

func (m *model) stopUnit(name string) {
	u, here := m.units[name]
	if !here {
		return
	}
	u.Active = "inactive"
	m.units[name] = u
	if c := m.ofUnit(name); c != nil {
		m.end(c, 143)
	}
}

// ofUnit returns the container that a unit runs, by its name.
func (m *model) ofUnit(unit string) *observed.Container {
	return m.named(strings.TrimSuffix(strings.TrimPrefix(unit, "tripleo_"), ".service"))
}

// create makes a container with the labels that the executor would give it.
func (m *model) create(op plan.Op, s replacement.Step) {
	m.serial++
	name := m.name(op, s.Name)
	if m.named(name) != nil {
		m.t.Fatalf("%s: create %s, which exists", op.Name, name)
	}
	labels := m.options().Digests.Labels(*op.Entry, "paunch", "step1", "salt", nil)
	if name != op.Name {
		labels[record.LabelCreatedAs] = name
	}
	image := map[string]string{"web:1": "w1", "web:2": "w2"}[op.Entry.Image]
	switch {
	case s.Call == replacement.Record:
		labels[record.LabelDone] = record.DoneOneShot
		if op.Entry.Kind == config.Exec {
			labels[record.LabelDone], labels[record.LabelExecTarget] = record.DoneExec, m.execTarget(op)
		}
	case s.Call == replacement.Note:
		m.note(op, s, labels)
	case s.Object == replacement.TryOut:
		labels[record.LabelTryOut] = "true"
		labels[record.LabelReplaces] = m.replaces(op)
	case s.Object == replacement.New:
		labels[record.LabelReplaces] = m.replaces(op)
		ids := map[string]string{}
		for _, t := range op.Targets {
			ids[t.Name] = m.target(t).ID
		}
		labels[record.LabelReferences] = record.ReferencesLabel(ids)
	}
	if op.Unit != nil {
		labels[record.LabelUnit] = m.name(op, op.Unit.Unit)
	}
	id := fmt.Sprintf("%064d", m.serial)
	m.containers = append(m.containers, observed.Container{
		ID: id, Name: name, Image: op.Entry.Image, ImageID: image, Labels: labels, Status: observed.Created,
		CreatedAt: time.Unix(int64(m.serial), 0), Ports: ports(*op.Entry),
	})
	m.made[op.Name+string(s.Object)] = id
}

// note gives the labels of a note about a change in place.
func (m *model) note(op plan.Op, s replacement.Step, labels map[string]string) {
	m.t.Helper()
	delete(labels, record.LabelConfig)
	labels[record.LabelDone], labels[record.LabelAbout] = record.DoneNote, op.Current.ID
	if s.Object == replacement.MarkOf {
		labels[record.LabelUpdating] = record.Updating(op.Updates)
		return
	}
	now := map[string]string{record.LabelSalt: "salt", record.LabelConfig: record.Record(op.Before).String()}
	renewed, err := m.options().Digests.Renewed(*op.Entry, now, op.Updates, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	maps.Copy(labels, renewed)
}

func ports(e config.Entry) (all []observed.Port) {
	for _, v := range e.Option("publish") {
		all = append(all, plan.PublishedPorts(v)...)
	}
	return all
}

func (m *model) replaces(op plan.Op) string {
	var all []record.Replaced
	for _, a := range op.Asides {
		all = append(all, record.Replaced{ID: a.Container.ID, Ran: a.Ran})
	}
	if op.Procedure == replacement.RemoveFirst {
		all = []record.Replaced{{ID: op.Current.ID}}
	}
	return record.ReplacesLabel(all)
}

// target returns what a reference means now.
func (m *model) target(t plan.Target) *observed.Container {
	if id := m.made[t.Entry+string(replacement.New)]; id != "" {
		return m.find(id)
	}
	if t.Current == nil {
		return nil
	}
	return m.find(t.Current.ID)
}

func (m *model) execTarget(op plan.Op) string {
	if op.Target != nil {
		return op.Target.ID
	}
	return m.made[op.Entry.ExecTarget+string(replacement.New)]
}
