package quadlet

import (
	"slices"
	"strings"

	"github.com/containers/podman/v5/pkg/systemd/parser"
)

// Writer writes the text of one unit.
type Writer struct{ unit *parser.UnitFile }

func (w *Writer) file() *parser.UnitFile {
	if w.unit == nil {
		w.unit = parser.NewUnitFile()
	}
	return w.unit
}

// Raw adds a value as it is.
func (w *Writer) Raw(section, key, value string) { w.file().Add(section, key, value) }

// Words adds words, quoted so that systemd takes each as it is.
func (w *Writer) Words(section, key string, words ...string) {
	escaped := make([]string, len(words))
	for i, word := range words {
		escaped[i] = strings.NewReplacer("%", "%%", "$", "$$").Replace(word)
	}
	w.file().AddCmdline(section, key, escaped)
}

// String is the unit's text.
func (w *Writer) String() string {
	text, err := w.file().ToString()
	if err != nil { // a buffer takes everything
		return err.Error()
	}
	return text
}

// KeptInUnits reports whether a key of [Service] is read back as one of systemd_exec_flags.
func KeptInUnits(key string) bool { return slices.Contains(kept(), key) }
