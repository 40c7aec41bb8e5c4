package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
)

// ErrNoRecord means that a container carries no config that could be compared.
var ErrNoRecord = errors.New("no recorded config")

// Compared is the outcome of holding an entry against a container's labels.
type Compared struct {
	// Changed are the keys that differ, in podman's words; empty = the container is what the entry
	// asks for.
	Changed []string
	// Files are the paths of config files whose contents differ; they are not among Changed.
	Files []string
	// Unwatched are the paths of config files of which there is no record: a change of them cannot be seen
	// until there is.
	Unwatched []string
	// Legacy names the format when the record is an older tool's: "paunch" or "python".
	Legacy string
}

// Compare holds an entry against what a container's labels record, ours or an older tool's. Options
// of the decoding (overrides, log path) are already in the entry; o tells how an older tool's
// config is decoded. Errors: ErrNoRecord, or why the record cannot be read.
func (d *Digester) Compare(e config.Entry, labels map[string]string, o config.Options) (Compared, error) {
	if label, ok := labels[LabelConfig]; ok {
		recorded, err := Parse(label)
		if err != nil {
			return Compared{}, err
		}
		return d.compareOwn(e, recorded, labels), nil
	}
	label, ok := labels[LabelLegacyConfig]
	if !ok {
		return Compared{}, ErrNoRecord
	}
	raw, format, err := legacy(label)
	if err != nil {
		return Compared{}, err
	}
	old, _, err := config.DecodeEntry(e.Name, e.File, raw, config.Options{HealthcheckDisabled: o.HealthcheckDisabled})
	if err != nil {
		return Compared{Legacy: format}, fmt.Errorf("the config that an older tool recorded is not valid: %w", err)
	}
	clear := Of(e, false)
	c := compareFiles(clear[keyHashes], notedHashes(labels))
	delete(clear, keyHashes)
	delete(clear, KeyInherited)
	clear, then := withoutInjected(clear, Of(old, false))
	c.Changed, c.Legacy = d.Differ(clear, then, "", e.Name), format
	return c, nil
}

// compareOwn compares the options, and apart from them the config files. What a note says about those is newer
// than the record.
func (d *Digester) compareOwn(e config.Entry, recorded Record, labels map[string]string) Compared {
	clear := Of(e, true)
	c := compareFiles(clear[keyHashes], append(recorded[keyHashes], notedHashes(labels)...))
	delete(clear, keyHashes)
	delete(recorded, keyHashes)
	if labels[LabelFormat] == "" {
		clear, recorded = likeBefore(clear, recorded, e.File)
	}
	clear, recorded = withoutInjected(clear, recorded)
	c.Changed = d.Differ(clear, recorded, labels[LabelSalt], e.Name)
	return c
}

// likeBefore brings an entry's record and one of format 1 into one form, so that a container that an earlier
// version made is unchanged: what that record cannot tell is not compared.
func likeBefore(clear, recorded Record, file string) (Record, Record) {
	now, was := Record{}, Record{}
	for key, values := range clear {
		if key != KeyInherited {
			now[key] = formatOne(key, config.AsBefore(key, values, file))
		}
	}
	for key, values := range recorded {
		was[key] = config.AsBefore(key, values, file)
		if !hasToken(values) {
			was[key] = formatOne(key, was[key])
		}
	}
	return now, was
}

// formatOne returns the values of a key in the order of format 1.
func formatOne(key string, values []string) []string {
	if orderedBefore[key] {
		return values
	}
	return slices.Sorted(slices.Values(values))
}

// compareFiles compares config files by path: those that are watched now with what is recorded, the last record
// of a path being the one that counts.
func compareFiles(now, then []string) (c Compared) {
	before := map[string]string{}
	for _, h := range then {
		path, sum := splitHash(h)
		before[path] = sum
	}
	for _, h := range now {
		path, sum := splitHash(h)
		switch recorded, known := before[path]; {
		case !known:
			c.Unwatched = append(c.Unwatched, path)
		case recorded != sum:
			c.Files = append(c.Files, path)
		}
	}
	return c
}

// splitHash splits path=hash; a path may hold an equals sign.
func splitHash(h string) (path, sum string) {
	at := strings.LastIndexByte(h, '=')
	if at < 0 {
		return h, ""
	}
	return h[:at], h[at+1:]
}

// notedHashes reads what Hashes wrote. What cannot be read is no record, and gets a new one.
func notedHashes(labels map[string]string) []string {
	var hashes []string
	if err := json.Unmarshal([]byte(labels[LabelHashes]), &hashes); err != nil {
		return nil
	}
	return hashes
}

// Hashes returns the text of LabelHashes for the config files of an entry.
func Hashes(e config.Entry) string {
	text, err := json.Marshal(Of(e, true)[keyHashes])
	if err != nil { // a list of strings always marshals
		return fmt.Sprintf("%q", err.Error())
	}
	return string(text)
}

// legacy reads an older tool's label: JSON as paunch wrote it, or the repr() of a Python dict as
// tripleo_container_manage and edpm_container_manage did.
func legacy(label string) (map[string]any, string, error) {
	var raw map[string]any
	decoder := json.NewDecoder(strings.NewReader(label))
	decoder.UseNumber()
	if err := decoder.Decode(&raw); err == nil && raw != nil {
		return config.WithoutReserved(raw), "paunch", nil
	}
	v, err := ParseLiteral(label)
	if err != nil {
		return nil, "", fmt.Errorf("label %s is neither JSON nor a Python literal: %w", LabelLegacyConfig, err)
	}
	raw, ok := v.(map[string]any)
	if !ok {
		return nil, "", fmt.Errorf("label %s is not a mapping", LabelLegacyConfig)
	}
	return config.WithoutReserved(raw), "python", nil
}
