package quadlet

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containers/podman/v5/pkg/systemd/parser"
	"github.com/containers/podman/v5/pkg/systemd/quadlet"
)

// Extension is that of the files that define containers.
const Extension = ".container"

// File is one file of a directory of units.
type File struct {
	Path string // absolute: relative paths in the file are below its directory
	Text string
	// Dropins are the files of its .d directories, in the order in which they apply.
	Dropins []File
}

// Option is one option of podman run.
type Option struct{ Flag, Value string }

// Container is what one .container file defines.
type Container struct {
	Name    string // the name that podman run gives it
	File    string
	Image   string
	Command []string
	Options []Option       // in the order of the command line
	Keys    map[string]any // keys of a step config that are no options of podman
}

// Problem is one thing that is wrong with a file, or that has no effect.
type Problem struct {
	Container string // its file name where its name is not known
	File      string
	Line      int // 0 when unknown
	Text      string
}

// Companion reports whether a file may be referred to by a .container file, or defines containers in another way.
func Companion(name string) bool {
	_, known := quadlet.SupportedExtensions[filepath.Ext(name)]
	return known && filepath.Ext(name) != Extension
}

// unit is one file as Podman's parser reads it.
type unit struct {
	*parser.UnitFile
	text string
	name string // of a container
	info *quadlet.UnitInfo
}

// reading is a directory being read.
type reading struct {
	units    []*unit
	infos    map[string]*quadlet.UnitInfo
	names    map[string]string // container by its file name, and by its service's name
	order    map[string]map[string]bool
	warnings []Problem
	problems []Problem
	// resources are the volumes and networks that the step is to make.
	resources []Resource
}

// Directory is what the files of one directory define.
type Directory struct {
	Containers []Container
	Resources  []Resource
	Warnings   []Problem
	Problems   []Problem
}

// Convert turns the files of one directory into containers and what they use, sorted by file. It lists every problem of
// every file, and what has no effect under a step as warnings.
func Convert(files []File) Directory {
	var containers []Container
	r := &reading{infos: map[string]*quadlet.UnitInfo{}, names: map[string]string{}, order: map[string]map[string]bool{}}
	for _, f := range files {
		r.parse(f)
	}
	slices.SortFunc(r.units, func(a, b *unit) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Filename, b.Filename))
	})
	for _, u := range r.units {
		r.resource(u)
	}
	for _, u := range r.units {
		if filepath.Ext(u.Filename) == Extension {
			containers = append(containers, r.container(u))
		}
	}
	r.startOrders(containers)
	slices.SortFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return Directory{containers, r.resources, r.warnings, r.problems}
}

// rank is the order in which names become known: those of images, volumes and networks first.
func rank(u *unit) int { return quadlet.SupportedExtensions[filepath.Ext(u.Filename)] }

// parse reads one file and its drop-ins.
func (r *reading) parse(f File) {
	u := &unit{UnitFile: parser.NewUnitFile(), text: f.Text, name: filepath.Base(f.Path)}
	u.Path, u.Filename = f.Path, filepath.Base(f.Path)
	if why := unsupported(u.Filename); why != "" {
		r.problem(u, 0, "%s", why)
		return
	}
	if err := u.Parse(f.Text); err != nil {
		r.problem(u, 0, "cannot be read: %v", err)
		return
	}
	for _, d := range f.Dropins {
		more := parser.NewUnitFile()
		if err := more.Parse(d.Text); err != nil {
			r.problem(u, 0, "the drop-in %s cannot be read: %v", d.Path, err)
			continue
		}
		u.Merge(more)
		u.text += "\n" + d.Text
	}
	r.units = append(r.units, u)
}

// unsupported says why a file cannot be part of a step; "" when it can.
func unsupported(name string) string {
	switch filepath.Ext(name) {
	case ".pod":
		return "pods of Quadlet are not supported: keep this pod and its containers under Quadlet, or write the containers without Pod="
	case ".kube":
		return "Kubernetes YAML is not supported in a step: keep this unit under Quadlet"
	case ".build":
		return "a step builds no images: build the image first and write its name in Image="
	case ".artifact":
		return "artifacts are not supported in a step: keep this unit under Quadlet"
	}
	if strings.Contains(name, "@") {
		return "template units (@) are not supported: write one file per instance"
	}
	return ""
}

// resource finds out what podman calls the image, volume, network or container of a file.
func (r *reading) resource(u *unit) {
	service, err := quadlet.GetUnitServiceName(u.UnitFile)
	if err != nil {
		r.problem(u, 0, "%v", err)
		return
	}
	u.info = &quadlet.UnitInfo{ServiceName: service}
	r.infos[u.Filename] = u.info
	switch filepath.Ext(u.Filename) {
	case Extension:
		name, problem := resolve(cmp.Or(lookup(u, quadlet.ContainerGroup, quadlet.KeyContainerName), "systemd-%N"), service)
		if problem != "" {
			r.problem(u, u.line(quadlet.ContainerGroup, quadlet.KeyContainerName), "ContainerName=: %s", problem)
			name = u.Filename
		}
		u.name, u.info.ResourceName = name, name
		r.names[u.Filename], r.names[service+".service"] = name, name
	case ".volume":
		made, warned, err := quadlet.ConvertVolume(u.UnitFile, r.infos, false)
		r.made(u, made, "volume", errorsOf(err, warned))
	case ".network":
		made, warned, err := quadlet.ConvertNetwork(u.UnitFile, r.infos, false)
		r.made(u, made, "network", errorsOf(err, warned))
	case ".image":
		_, err := quadlet.ConvertImage(u.UnitFile, r.infos, false)
		r.made(u, nil, "image", errorsOf(err))
	}
}

func errorsOf(all ...error) []error {
	return slices.DeleteFunc(all, func(err error) bool { return err == nil })
}

// made takes the name of what a unit makes, and says how to make it where the step does not.
func (r *reading) made(u *unit, service *parser.UnitFile, kind string, errs []error) {
	for _, err := range errs {
		r.problem(u, 0, "%v", err)
	}
	name, problem := resolve(u.info.ResourceName, u.info.ServiceName)
	if problem != "" {
		r.problem(u, 0, "the name of the %s: %s", kind, problem)
	}
	u.info.ResourceName = name
	if service == nil || len(errs) > 0 || problem != "" {
		return
	}
	r.define(u, service, kind)
}

// define takes what a unit makes into the config of the step, or says how to make it where the step cannot.
func (r *reading) define(u *unit, service *parser.UnitFile, kind string) {
	words, _, _ := service.LookupLastArgs(quadlet.ServiceGroup, "ExecStart")
	for i, word := range words {
		text, problem := argument(word, u.info.ServiceName)
		if problem != "" {
			r.problem(u, 0, "the options of the %s: %s", kind, problem)
			return
		}
		words[i] = text
	}
	if len(words) < 4 {
		return
	}
	words[0], words[len(words)-1] = "podman", u.info.ResourceName
	switch res := resourceOf(u, kind, words); {
	case res != nil:
		r.resources = append(r.resources, *res)
	case len(words) > 5:
		r.warn(u, 0, "the options of the %s are not applied by the step; create it first: %s", kind, strings.Join(words, " "))
	}
}

func lookup(u *unit, section, key string) string {
	s, _ := u.Lookup(section, key)
	return s
}
