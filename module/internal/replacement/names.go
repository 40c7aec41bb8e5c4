package replacement

import (
	"fmt"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
)

// SuffixLength is the length of the last part of a unique name, after a dash.
const SuffixLength = 8

// PreviousName is what a container of an entry is called that was replaced and that others still depend on. It holds
// the beginning of the container's id, so that no copy of it has such a name by chance.
func PreviousName(entry, id string) string { return fmt.Sprintf("%s-previous-%.8s", entry, id) }

// IsPrevious reports whether a container was replaced and is kept for what depends on it.
func IsPrevious(c observed.Container) bool {
	return c.Name == PreviousName(c.Labels[record.LabelContainerName], c.ID)
}

// NeverUsed reports whether a container never came to use: it never ran, or ran only to validate a configuration. A
// placeholder is in use as it is.
func NeverUsed(c observed.Container) bool {
	return c.Labels[record.LabelDone] == "" && c.NeverRan() || isTryOut(c)
}

// RestartsOnFailure reports whether only a failure starts a service again.
func RestartsOnFailure(e config.Entry) bool {
	policy, _, _ := strings.Cut(e.Restart, ":")
	return policy == "on-failure"
}

// Completed reports whether a container ended with exit code 0.
func Completed(c observed.Container) bool { return c.Ended() && !c.EndUnknown && c.ExitCode == 0 }

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

// KeepsUniqueName reports whether what steps create has a unique name in the end.
func KeepsUniqueName(steps []Step) bool {
	isUnique := false
	for _, s := range steps {
		switch {
		case s.Object == New && s.Call == Create, s.Object == Placeholder && s.Call == Record:
			isUnique = strings.HasSuffix(s.Name, randomNew)
		case s.Object == New && s.Call == Rename:
			isUnique = strings.HasSuffix(s.To, randomNew)
		}
	}
	return isUnique
}
