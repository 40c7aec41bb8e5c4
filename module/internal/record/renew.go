package record

import (
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
)

// Renewed returns the labels of a note that a container was changed in place: its recorded config, with the values that
// an entry has for some of the keys. The rest of the record goes on as it is, in its format and with its salt. The error
// is of a record that cannot be read.
func (d *Digester) Renewed(e config.Entry, labels map[string]string, keys []string, secrets Finder) (map[string]string, error) {
	recorded, err := Parse(labels[LabelConfig])
	if err != nil {
		return nil, err
	}
	sealed := Of(e, true).Sealed(d, labels[LabelSalt], e.Name, secrets)
	for _, key := range keys {
		if values, set := sealed[key]; set {
			recorded[key] = values
		} else {
			delete(recorded, key)
		}
	}
	return map[string]string{LabelConfig: recorded.String()}, nil
}

// Updating returns the text of LabelUpdating for the keys of a record.
func Updating(keys []string) string { return strings.Join(slices.Sorted(slices.Values(keys)), ",") }

// UpdatingKeys returns the keys that a text of LabelUpdating names.
func UpdatingKeys(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// HasToken reports whether a recorded value holds the digest of a secret, so that it cannot be told.
func HasToken(values []string) bool { return hasToken(values) }
