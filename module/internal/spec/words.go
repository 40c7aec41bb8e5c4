package spec

import (
	"maps"
	"slices"
	"sort"

	"github.com/overcloud/paunch/module/internal/config"
)

// word is one option as it stands on the command line, and the key that it came from.
type word struct {
	flag  string
	value string
	key   string
}

func (w word) String() string { return "--" + w.flag + "=" + w.value }

func texts(words []word) []string {
	all := make([]string, 0, len(words))
	for _, w := range words {
		all = append(all, w.String())
	}
	return all
}

// Flags returns the options of "podman create" for an entry, as --flag=value words without image and
// command: the name first, then sorted by flag, the values of one flag in the entry's order.
func Flags(e config.Entry, name string) []string {
	return texts(wordsOf(e, name))
}

func wordsOf(e config.Entry, name string) []word {
	var words []word
	for _, o := range e.Options {
		for _, v := range o.Values {
			words = append(words, word{flag: o.Flag, value: v, key: o.Key})
		}
	}
	if e.Restart != "" {
		words = append(words, word{flag: "restart", value: e.Restart, key: "restart"})
	}
	sort.SliceStable(words, func(i, j int) bool { return words[i].flag < words[j].flag })
	return append([]word{{flag: "name", value: name}}, words...)
}

func labelWords(labels map[string]string) []word {
	words := make([]word, 0, len(labels))
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		words = append(words, word{flag: "label", value: k + "=" + labels[k], key: "labels"})
	}
	return words
}

// CommandLine returns the whole podman command for an entry, ready for Quote. It shows secrets: the
// caller masks them before anyone sees it.
func CommandLine(e config.Entry, name string, labels map[string]string) []string {
	if e.Kind == config.Exec {
		return execLine(e, name)
	}
	line := []string{"podman", "create"}
	switch e.Kind {
	case config.Service, config.FireAndExit:
		line = []string{"podman", "run", "--detach"}
	case config.OneShot:
		line = []string{"podman", "run"}
	case config.StoppedOnly, config.Exec:
	}
	line = append(line, Flags(e, name)...)
	line = append(line, texts(labelWords(labels))...)
	line = append(line, e.Image)
	return append(line, e.Command...)
}

// execLine is "podman exec" in the container of the given name; the target's own where it is empty.
func execLine(e config.Entry, name string) []string {
	line := []string{"podman", "exec"}
	for _, v := range e.ExecEnv {
		line = append(line, "--env="+v)
	}
	if e.ExecPrivileged {
		line = append(line, "--privileged")
	}
	if e.ExecUser != "" {
		line = append(line, "--user="+e.ExecUser)
	}
	if e.ExecWorkdir != "" {
		line = append(line, "--workdir="+e.ExecWorkdir)
	}
	if name == "" {
		name = e.ExecTarget
	}
	return append(append(line, name), e.Command...)
}
