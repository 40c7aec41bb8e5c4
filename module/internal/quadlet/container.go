package quadlet

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/containers/podman/v5/pkg/systemd/parser"
	"github.com/containers/podman/v5/pkg/systemd/quadlet"
)

// StepSection is a section that Quadlet passes over. Its StepKeys= holds, as a JSON object, the keys of a step config
// that Quadlet has no words for; they win over what the other sections say.
const (
	StepSection = "X-Paunch"
	StepKeys    = "Keys"
)

// container converts one .container file, and collects what is wrong with it.
func (r *reading) container(u *unit) Container {
	c := Container{Name: u.name, File: u.Path, Keys: map[string]any{}}
	r.sections(u)
	if service := r.converted(u); service != nil {
		words, _, err := service.LookupLastArgs(quadlet.ServiceGroup, "ExecStart")
		if err != nil {
			r.problem(u, 0, "%v", err)
		}
		r.command(u, words, &c)
	}
	r.systemd(u, &c)
	r.stepKeys(u, &c)
	return c
}

// sections finds the sections that neither Quadlet nor a step knows.
func (r *reading) sections(u *unit) {
	known := []string{quadlet.ContainerGroup, quadlet.UnitGroup, quadlet.ServiceGroup, quadlet.InstallGroup, quadlet.QuadletGroup}
	for _, name := range u.ListGroups() {
		if name != "" && !slices.Contains(known, name) && !strings.HasPrefix(name, "X-") {
			r.problem(u, u.line(name, ""), "unknown section [%s]%s", name, nearest(name, known))
		}
	}
	if !u.HasGroup(quadlet.ContainerGroup) {
		r.problem(u, 0, "has no section [Container]")
	}
}

// converted has Podman convert the unit. Its converter stops at the first unknown key: each is named, and left out.
func (r *reading) converted(u *unit) *parser.UnitFile {
	if !u.HasGroup(quadlet.ContainerGroup) {
		return nil
	}
	left := u.Dup()
	left.Path, left.Filename = u.Path, u.Filename
	dropDependencies(left)
	for _, section := range []string{quadlet.ContainerGroup, quadlet.QuadletGroup} {
		for _, key := range u.ListKeys(section) {
			if !knownKey(section, key) {
				r.problem(u, u.line(section, key), "unknown key %s= in [%s]", key, section)
				left.Unset(section, key)
			}
		}
	}
	service, warned, err := quadlet.ConvertContainer(left, r.infos, false)
	for _, err := range errorsOf(err, warned) {
		r.problem(u, 0, "%v", err)
	}
	return service
}

// knownKey reports whether Podman's converter knows a key: it takes a unit that has it, without a value.
func knownKey(section, key string) bool {
	const name = "x" + Extension
	probe := parser.NewUnitFile()
	probe.Filename = name
	probe.Add(quadlet.ContainerGroup, quadlet.KeyImage, "x")
	if key != quadlet.KeyImage {
		probe.Add(section, key, "")
	}
	_, _, err := quadlet.ConvertContainer(probe, map[string]*quadlet.UnitInfo{name: {ServiceName: "x"}}, false)
	return err == nil
}

// dropDependencies leaves out the references to other units, which are looked at by dependencies: Podman's converter
// would stop at the first that does not exist.
func dropDependencies(u *parser.UnitFile) {
	for _, key := range []string{"After", "Before", "Wants", "Requires", "BindsTo", "PartOf"} {
		u.Unset(quadlet.UnitGroup, key)
	}
}

// command reads the words that Podman's converter gives.
func (r *reading) command(u *unit, words []string, c *Container) {
	line := split(words)
	for _, w := range line.global {
		r.problem(u, 0, "the option %s of podman itself cannot be set for one container", w)
	}
	expand := func(what, word string) string {
		text, problem := argument(word, u.info.ServiceName)
		if problem != "" {
			r.problem(u, 0, "%s: %s", what, problem)
		}
		return text
	}
	c.Image = expand("Image=", line.image)
	for _, w := range line.command {
		c.Command = append(c.Command, expand("Exec=", w))
	}
	for _, o := range line.options {
		o.Value = expand("--"+o.Flag, o.Value)
		r.option(u, o, c)
	}
}

// option keeps an option of podman run, unless it is Quadlet's own way of running a container.
func (r *reading) option(u *unit, o Option, c *Container) {
	switch o.Flag {
	case "name", "replace", "rm", "detach": // how a step does these is its own
	case "sdnotify":
		r.notify(u, o.Value, c)
	case "cgroups":
		if o.Value != "split" { // so that systemd follows Quadlet's containers
			c.Options = append(c.Options, o)
		}
	case "pull":
		c.Keys["pull"] = o.Value
	case "restart":
		r.problem(u, u.line(quadlet.ContainerGroup, "PodmanArgs"), "--restart contradicts --rm, which Quadlet adds: write Restart= in [Service]")
	case "label":
		r.label(u, o, c)
	case "cap-add", "cap-drop":
		o.Value = strings.ToUpper(o.Value) // as podman does; the converter writes them in small letters
		c.Options = append(c.Options, o)
	default:
		c.Options = append(c.Options, o)
	}
}

func (r *reading) notify(u *unit, mode string, c *Container) {
	switch mode {
	case "healthy":
		c.Keys["wait"] = "healthy"
	case "container":
		r.warn(u, u.line(quadlet.ContainerGroup, "Notify"), "Notify=yes has no effect: a step waits for a healthcheck (Notify=healthy), not for READY=1 of the program")
	}
}

// label leaves out those by which other tools, and paunch, know their containers.
func (r *reading) label(u *unit, o Option, c *Container) {
	name, _, _ := strings.Cut(o.Value, "=")
	if slices.Contains([]string{"managed_by", "config_id", "container_name", "config_data"}, name) {
		r.warn(u, u.line(quadlet.ContainerGroup, "Label"), "the label %s is left out: the step sets its own", name)
		return
	}
	if name == "io.containers.autoupdate" {
		r.warn(u, u.line(quadlet.ContainerGroup, "AutoUpdate"), "podman auto-update does not restart containers of a step: Pull=newer has each apply look for a newer image")
	}
	c.Options = append(c.Options, o)
}

// stepKeys reads the keys that Quadlet has no words for.
func (r *reading) stepKeys(u *unit, c *Container) {
	text, ok := u.Lookup(StepSection, StepKeys)
	if !ok {
		return
	}
	var keys map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&keys); err != nil || keys == nil {
		r.problem(u, u.line(StepSection, StepKeys), "%s= in [%s] must be a JSON object of keys of a step config", StepKeys, StepSection)
		return
	}
	for key, v := range keys {
		if n, isNumber := v.(json.Number); isNumber {
			v = n.String()
		}
		if v == nil {
			delete(c.Keys, key)
			continue
		}
		c.Keys[key] = v
	}
}
