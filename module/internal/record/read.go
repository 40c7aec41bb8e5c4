package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
)

// ErrNoRecord tells that a container carries no config that could be compared.
var ErrNoRecord = errors.New("no recorded config")

// Compared is the outcome of holding an entry against a container's labels.
type Compared struct {
	// Changed are the keys that differ, in podman's words; empty = the container is what the entry
	// asks for.
	Changed []string
	// Files are the paths of config files whose contents differ; they are not among Changed.
	Files []string
	// Unwatched tells that the container was made without a record of its config files: a change of
	// them cannot be seen until it is replaced for another reason.
	Unwatched bool
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
		return d.compareOwn(Of(e, true), recorded, labels[LabelSalt], e.Name), nil
	}
	label, ok := labels[LabelLegacyConfig]
	if !ok {
		return Compared{}, ErrNoRecord
	}
	raw, format, err := legacy(label)
	if err != nil {
		return Compared{}, err
	}
	old, _, err := config.DecodeEntry(e.Name, "", raw, config.Options{HealthcheckDisabled: o.HealthcheckDisabled})
	if err != nil {
		return Compared{Legacy: format}, fmt.Errorf("the config that an older tool recorded is not valid: %w", err)
	}
	clear := Of(e, false)
	unwatched := len(clear[keyHashes]) > 0
	delete(clear, keyHashes)
	return Compared{Changed: d.Differ(clear, Of(old, false), "", e.Name), Legacy: format, Unwatched: unwatched}, nil
}

// compareOwn compares config files apart from the options: by path, and only where both sides know them.
func (d *Digester) compareOwn(clear, recorded Record, salt, entry string) Compared {
	now, then := clear[keyHashes], recorded[keyHashes]
	delete(clear, keyHashes)
	delete(recorded, keyHashes)
	c := Compared{Changed: d.Differ(clear, recorded, salt, entry), Unwatched: len(now) > 0 && len(then) == 0}
	if len(then) == 0 || len(now) == 0 {
		return c
	}
	before := map[string]bool{}
	for _, sum := range then {
		before[sum] = true
	}
	for _, sum := range now {
		if !before[sum] {
			c.Files = append(c.Files, sum[:strings.LastIndexByte(sum, '=')])
		}
	}
	return c
}

// legacy reads an older tool's label: JSON as paunch wrote it, or the repr() of a Python dict as
// tripleo_container_manage and edpm_container_manage did.
func legacy(label string) (map[string]any, string, error) {
	var raw map[string]any
	decoder := json.NewDecoder(strings.NewReader(label))
	decoder.UseNumber()
	if err := decoder.Decode(&raw); err == nil && raw != nil {
		return raw, "paunch", nil
	}
	v, err := ParseLiteral(label)
	if err != nil {
		return nil, "", fmt.Errorf("label %s is neither JSON nor a Python literal: %w", LabelLegacyConfig, err)
	}
	raw, ok := v.(map[string]any)
	if !ok {
		return nil, "", fmt.Errorf("label %s is not a mapping", LabelLegacyConfig)
	}
	return raw, "python", nil
}

// Labels returns the labels of a container that is made from an entry.
func (d *Digester) Labels(e config.Entry, managedBy, configID, salt string, secrets []string) map[string]string {
	return map[string]string{
		LabelManagedBy:     managedBy,
		LabelConfigID:      configID,
		LabelContainerName: e.Name,
		LabelConfig:        Of(e, true).Sealed(d, salt, e.Name, secrets).String(),
		LabelSalt:          salt,
	}
}
