package plan_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/redact"
	"github.com/overcloud/paunch/module/internal/release"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

var update = flag.Bool("update", false, "write the golden plans")

// fixture is one testdata file: a config, what is on the host, options, and the plan that follows.
// Host containers say with "made_from" which config they were made from; "same" means the entry of
// the config itself.
type fixture struct {
	Options struct {
		ManagedBy      string   `yaml:"managed_by"`
		ConfigID       string   `yaml:"config_id"`
		Adopt          []string `yaml:"adopt"`
		KeepOrphans    bool     `yaml:"keep_orphans"`
		Containers     []string `yaml:"containers"`
		LeaveStopped   bool     `yaml:"leave_stopped"`
		ExecPolicy     string   `yaml:"exec_policy"`
		Pull           string   `yaml:"pull"`
		LogPath        string   `yaml:"log_path"`
		Absent, Pruned bool
		Verb           plan.Verb // stop, start or restart
		Keep           []string  `yaml:"keep_config_ids"`
		UnitPrefix     string    `yaml:"unit_prefix"`
		// OptionsChanged are the step's options that are others than at the last apply, by the key of a record.
		OptionsChanged map[string][]string `yaml:"options_changed"`
		Podman         string              // its version
		NoUnits        bool                `yaml:"no_units"` // systemd: never
		Ordered        bool                `yaml:"systemd_order"`
		Remote         bool
		Predict        bool
		VolumePolicy   string                       `yaml:"volume_policy"`
		PruneVolumes   bool                         `yaml:"prune_volumes"`
		Hashes         map[string]map[string]string // of config files now: by entry, by path
	}
	Host struct {
		Images map[string]string
		// ImageVolumes are the VOLUMEs of those of the images that are present.
		ImageVolumes map[string][]string `yaml:"image_volumes"`
		Leftovers    []hostLeftover
		Resources    []hostResource
		Containers   []hostContainer
		// Units, where systemd runs, are by name: "as wanted" is the file that an apply of the config writes.
		Units map[string]hostUnit
	}
}

// hostLeftover is a storage-only container: of a name, or of a unique name that a manager made for an entry.
type hostLeftover struct {
	Name      string
	Of        string
	ManagedBy string `yaml:"managed_by"`
	Abandoned bool
}

func (l hostLeftover) name(o plan.Options) string {
	if l.Of == "" {
		return l.Name
	}
	managedBy := o.ManagedBy
	if l.ManagedBy != "" {
		managedBy = l.ManagedBy
	}
	return l.Of + "-" + plan.Suffix("abcd", managedBy, o.ConfigID, l.Of)
}

type hostUnit struct {
	Text     string // "as wanted" is the text that an apply would write
	Of       string // the entry that its file names
	ConfigID string `yaml:"config_id"`
	Disabled bool
	Masked   bool
	Stale    bool
	Active   string // default active
	Restarts int
}

type hostContainer struct {
	Name       string // real name
	Image      string // it was created from
	ID         string
	Of         string // container_name label
	MadeFrom   any    `yaml:"made_from"`
	Format     string // ours (default), paunch, python, none
	ManagedBy  string `yaml:"managed_by"`
	ConfigID   string `yaml:"config_id"`
	ImageID    string `yaml:"image_id"`
	Status     observed.Status
	Exit       int
	Health     string
	Unattended bool
	EndUnknown bool `yaml:"end_unknown"`
	Age        int  // seconds
	Done       string
	Target     string
	Unit       string            // it was made for
	Hashes     map[string]string // recorded, or noted
	About      string            // of a note: the id
	Updating   string            // of a note: the keys that are being changed in place
	Renewed    any               // of a note: the config that the container was changed to
	TimedOut   bool              `yaml:"timed_out"`
	Labels     map[string]string // further ones; "" = without it
	// Namespaces are its process's, Begun and Started (seconds before the look) are when that was started.
	Namespaces map[string]string
	Begun      uint64
	Started    int
	Refers     map[string]string // the ids that its references meant
	Volumes    []hostMount
	Ports      []string // as in publish
	Listens    []uint16 // of those in the host's network
	Networks   []string
	Secrets    map[string]any // content of the secrets that it was made with
	Broken     string         // why its mounts cannot be read
	Restarts   uint
	Counted    int           // what an inspection says of restarts
	Exited     int           // seconds before the look; 0 = never
	RunningFor time.Duration `yaml:"running_for"` // default a day
}

type hostMount struct {
	Path, Volume string
	Named, Gone  bool
}

func TestPlansMatchTheirGoldenFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := computeFixture(t, archive)
			want := section(archive, "plan")
			if *update {
				setSection(archive, "plan", got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func setSection(a *txtar.Archive, name, data string) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = []byte(data)
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(data)})
}

func computeFixture(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	var f fixture
	mustYAML(t, section(a, "options"), &f.Options)
	mustYAML(t, section(a, "host"), &f.Host)
	var raw map[string]any
	mustYAML(t, section(a, "config"), &raw)
	if f.Options.ConfigID == "" {
		f.Options.ConfigID = "step1"
	}
	if f.Options.ManagedBy == "" {
		f.Options.ManagedBy = "paunch"
	}
	load := config.Options{Inline: raw, Containers: f.Options.Containers, LogPath: f.Options.LogPath}
	if raw == nil {
		load.Inline = map[string]any{}
	}
	step, err := config.Load(load)
	if err != nil {
		t.Fatal(err)
	}
	for i := range step.Entries {
		step.Entries[i].ConfigHashes = f.Options.Hashes[step.Entries[i].Name]
	}
	options := plan.Options{
		ManagedBy: f.Options.ManagedBy, ConfigID: f.Options.ConfigID, Adopt: f.Options.Adopt,
		CleanOrphans: !f.Options.KeepOrphans, Selected: len(f.Options.Containers) > 0,
		RestartStopped: !f.Options.LeaveStopped, Settle: observed.SettleTime(3 * time.Second), ExecPolicy: f.Options.ExecPolicy, Pull: f.Options.Pull,
		Units: !f.Options.NoUnits, UnitPrefix: f.Options.UnitPrefix, OptionsChanged: f.Options.OptionsChanged, Ordered: f.Options.Ordered, Remote: f.Options.Remote, Predict: f.Options.Predict,
		Decode: load, Digests: record.NewDigester(), VolumePolicy: f.Options.VolumePolicy, PruneVolumes: f.Options.PruneVolumes, Salt: fixtureSalt, Podman: release.Of(f.Options.Podman),
	}
	state := f.state(t, raw, options)
	f.wantedTexts(t, step, state, options)
	switch {
	case f.Options.Absent:
		return plan.ComputeAbsent(state, options, f.Options.Containers).String()
	case f.Options.Pruned:
		return plan.ComputePruned(state, options, f.Options.Keep).String()
	case f.Options.Verb != "":
		return verbPlan(f.Options.Verb, step, state, options, f.Options.Containers)
	}
	p, err := plan.Compute(step, state, options)
	if orphans, _ := p.Orphans(); err == nil && f.orphanVolumes(state, orphans) {
		p, err = plan.Compute(step, state, options)
	}
	if err != nil {
		return fmt.Sprintf("refused: %v\n", err)
	}
	restarts := map[string]int{}
	containers, units := p.RestartQueries()
	for _, unit := range units {
		restarts[unit] = f.Host.Units[unit].Restarts
	}
	for i, c := range state.Containers {
		if slices.Contains(containers, c.ID) {
			restarts[c.ID] = f.Host.Containers[i].Counted
		}
	}
	return p.Carry(f.volumes(state, p)).WithRestarts(restarts).String()
}

// volumes is what a look at the containers that the plan asks for finds.
func (f fixture) volumes(state observed.State, p plan.Plan) observed.Volumes {
	seen := observed.Volumes{Mounts: map[string][]observed.Mount{}, ImageVolumes: f.Host.ImageVolumes, Unknown: map[string]string{}}
	containers, _ := p.Inspections()
	for i, h := range f.Host.Containers {
		id := state.Containers[i].ID
		if !slices.Contains(containers, id) {
			continue
		}
		if h.Broken != "" {
			seen.Unknown[id] = h.Broken
		}
		for _, m := range h.Volumes {
			seen.Mounts[id] = append(seen.Mounts[id], observed.Mount{Volume: m.Volume, Path: m.Path, Anonymous: !m.Named, Gone: m.Gone})
		}
	}
	return seen
}

func mustYAML(t *testing.T, text string, into any) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil && err.Error() != "EOF" {
		t.Fatalf("fixture: %v in:\n%s", err, text)
	}
}

// state builds the host as it is observed.
func (f fixture) state(t *testing.T, raw map[string]any, o plan.Options) observed.State {
	t.Helper()
	state := observed.State{Images: f.Host.Images, Resources: f.resourcesOf(t, o)}
	for i, l := range f.Host.Leftovers {
		state.Leftovers = append(state.Leftovers, observed.Leftover{ID: fmt.Sprintf("leftover%d", i), Name: l.name(o), Abandoned: l.Abandoned})
	}
	epoch := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, h := range f.Host.Containers {
		c := observed.Container{
			ID: h.ID, Name: h.Name, Image: h.Image, ImageID: h.ImageID, Status: h.Status, ExitCode: h.Exit, Health: h.Health, Unattended: h.Unattended, EndUnknown: h.EndUnknown,
			CreatedAt: epoch.Add(-time.Duration(h.Age) * time.Second), Labels: map[string]string{},
			StartedAt: epoch.Add(-time.Duration(h.Started) * time.Second), Namespaces: h.Namespaces, Begun: h.Begun,
		}
		if c.ID == "" {
			c.ID = fmt.Sprintf("id%d", i)
		}
		c.Listens, c.Networks = h.Listens, h.Networks
		for _, port := range h.Ports {
			c.Ports = append(c.Ports, plan.PublishedPorts(port)...)
		}
		if h.Of != "" {
			h.label(t, &c, raw, o)
		}
		if h.Unit != "" {
			c.Labels[record.LabelUnit] = h.Unit
		}
		if h.Refers != nil {
			c.Labels[record.LabelReferences] = record.ReferencesLabel(h.Refers)
		}
		if h.Exited > 0 {
			c.ExitedAt = epoch.Add(-time.Duration(h.Exited) * time.Second)
		}
		if c.Restarts = h.Restarts; c.Status == observed.Running {
			if c.RunningFor = h.RunningFor; c.RunningFor == 0 {
				c.RunningFor = 24 * time.Hour
			}
		}
		state.Containers = append(state.Containers, c)
	}
	if f.Host.Units != nil {
		state.Units = map[string]observed.Unit{}
	}
	for name, u := range f.Host.Units {
		state.Units[name] = u.observed(name, o)
	}
	return state
}

// asWanted is what a fixture writes for the text that an apply would write.
const asWanted = "as wanted"

func (u hostUnit) observed(name string, o plan.Options) observed.Unit {
	out := observed.Unit{Name: name, Text: u.Text, Enabled: !u.Disabled, Masked: u.Masked, Stale: u.Stale, Active: u.Active}
	if u.Text == asWanted {
		out.Text = "" // until it is known
	}
	if u.Of != "" {
		configID := u.ConfigID
		if configID == "" {
			configID = o.ConfigID
		}
		out.Text, _ = unitfile.Render(unitfile.Service{
			Unit: name, Container: u.Of, PIDFile: "/run/x.pid", Restart: "always",
			Owner: unitfile.Owner{ManagedBy: o.ManagedBy, ConfigID: configID, Entry: u.Of},
		})
	}
	if u.Active == "" {
		out.Active = "active"
	}
	return out
}

// wantedTexts fills in the unit files that are as an apply would write them.
func (f fixture) wantedTexts(t *testing.T, step config.Step, state observed.State, o plan.Options) {
	t.Helper()
	p, err := plan.Compute(step, state, o)
	if err != nil {
		return // the fixture is about that
	}
	for _, op := range p.Ops() {
		if op.Unit == nil {
			continue
		}
		if u, here := state.Units[op.Unit.Unit]; here && f.Host.Units[u.Name].Text == asWanted {
			u.Text = op.Unit.Text
			state.Units[op.Unit.Unit] = u
		}
	}
}

func (h hostContainer) label(t *testing.T, c *observed.Container, raw map[string]any, o plan.Options) {
	t.Helper()
	managedBy, configID := h.ManagedBy, h.ConfigID
	if managedBy == "" {
		managedBy = o.ManagedBy
	}
	if configID == "" {
		configID = o.ConfigID
	}
	c.Labels[record.LabelManagedBy], c.Labels[record.LabelConfigID], c.Labels[record.LabelContainerName] = managedBy, configID, h.Of
	from, _ := h.MadeFrom.(map[string]any)
	if h.MadeFrom == "same" {
		from, _ = raw[h.Of].(map[string]any)
	}
	switch h.Format {
	case "note":
		h.note(c)
		h.noteOfUpdate(t, c, o)
	case "none":
	case "paunch":
		text, err := json.Marshal(from)
		if err != nil {
			t.Fatal(err)
		}
		c.Labels[record.LabelLegacyConfig] = string(text)
	case "python":
		c.Labels[record.LabelLegacyConfig] = python(from)
	default:
		e, _, err := config.DecodeEntry(h.Of, "", from, config.Options{LogPath: o.Decode.LogPath})
		if err != nil {
			t.Fatalf("made_from of %s: %v", h.Of, err)
		}
		e = secretConfig(e, h.Secrets, o.Digests)
		e.ConfigHashes = h.Hashes
		secrets := redact.NewMasker(redact.NewRules(nil), redact.Known{Found: redact.NewRules(nil).Secrets(e)})
		for k, v := range o.Digests.Labels(e, managedBy, configID, "0123456789abcdef", secrets.Find) {
			c.Labels[k] = v
		}
	}
	if h.Done != "" {
		c.Labels[record.LabelDone] = h.Done
	}
	if h.Target != "" {
		c.Labels[record.LabelExecTarget] = h.Target
	}
	for k, v := range h.Labels {
		if c.Labels[k] = v; v == "" {
			delete(c.Labels, k)
		}
	}
}

func (h hostContainer) note(c *observed.Container) {
	c.Labels[record.LabelDone], c.Labels[record.LabelAbout] = record.DoneNote, h.About
	if len(h.Hashes) > 0 {
		c.Labels[record.LabelHashes] = record.Hashes(config.Entry{ConfigHashes: h.Hashes})
	}
	if h.TimedOut {
		c.Labels[record.LabelTimedOut] = "true"
	}
}

// noteOfUpdate is a note about a change in place.
func (h hostContainer) noteOfUpdate(t *testing.T, c *observed.Container, o plan.Options) {
	t.Helper()
	if h.Updating != "" {
		c.Labels[record.LabelUpdating] = h.Updating
	}
	from, renewed := h.Renewed.(map[string]any)
	if !renewed {
		return
	}
	e, _, err := config.DecodeEntry(h.Of, "", from, config.Options{LogPath: o.Decode.LogPath})
	if err != nil {
		t.Fatal(err)
	}
	c.Labels[record.LabelConfig] = record.Of(e, true).String()
}

// python prints a value as Python's repr would.
func python(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for k, x := range v {
			parts = append(parts, python(k)+": "+python(x))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = python(x)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(v) + "'"
	case bool:
		return map[bool]string{true: "True", false: "False"}[v]
	case nil:
		return "None"
	}
	return fmt.Sprint(v)
}
