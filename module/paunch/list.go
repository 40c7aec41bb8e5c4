package paunch

import (
	"context"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/podman"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/redact"
)

// ListRequest says which containers to list.
type ListRequest struct {
	ManagedBy string   // "" = every manager's
	ConfigIDs []string // empty = all
	PodmanURL string
	// Engine is used in place of Podman, as in a Request; nil = Podman.
	Engine Engine

	SensitiveKeys, SensitiveValues []string // as in a Request
}

// Listed is one container that is managed.
type Listed struct {
	ConfigID  string `json:"config" yaml:"config"`
	Name      string `json:"name" yaml:"name"`           // the entry's
	RealName  string `json:"container" yaml:"container"` // podman's
	ManagedBy string `json:"managed_by" yaml:"managed_by"`
	Image     string `json:"image" yaml:"image"`
	Command   string `json:"command" yaml:"command"`
	Status    string `json:"status" yaml:"status"` // podman's word, or "done"
	// Wanted is the state that it was created for: running, done or stopped; "" where that is not recorded.
	Wanted string `json:"wanted,omitempty" yaml:"wanted,omitempty"`
	// Done reports that it is a job or an exec that completed: it is not to run on.
	Done bool `json:"done,omitempty" yaml:"done,omitempty"`
	// ExitCode is of its last run, where that ended.
	ExitCode  *int   `json:"exit_code,omitempty" yaml:"exit_code,omitempty"`
	Health    string `json:"health,omitempty" yaml:"health,omitempty"`
	StartedAt string `json:"started_at,omitempty" yaml:"started_at,omitempty"` // of its last run, in UTC (RFC 3339)
}

// List returns the managed containers, sorted by config_id and name. Secrets in commands are masked.
// Placeholder containers of execs and of one-shots that were removed have the status "done".
func List(ctx context.Context, req ListRequest) ([]Listed, error) {
	rules := redact.NewRules(req.SensitiveKeys)
	all := redact.NewMasker(rules, redact.Known{Told: req.SensitiveValues})
	client, err := dial(ctx, req.Engine, podman.Options{URL: req.PodmanURL})
	if err != nil {
		return nil, leaveError(all, err)
	}
	defer func() { _ = client.Close() }() // nothing was written
	containers, err := client.Containers(ctx)
	if err != nil {
		return nil, leaveError(all, err)
	}
	listed := []Listed{}
	for _, c := range containers {
		if !req.wants(c.Labels) {
			continue
		}
		recorded, masker := recordedSecrets(rules, c.Labels, req.SensitiveValues)
		l := listedOf(c)
		if l.Status != statusDone {
			l.Command = listedCommand(c.Command, recorded, masker)
		}
		leave(masker, &l)
		listed = append(listed, l)
	}
	sort.Slice(listed, func(i, j int) bool {
		if listed[i].ConfigID != listed[j].ConfigID {
			return listed[i].ConfigID < listed[j].ConfigID
		}
		return listed[i].RealName < listed[j].RealName
	})
	return listed, nil
}

// statusDone is the status of a placeholder container.
const statusDone = "done"

// listedOf returns a container without its command.
func listedOf(c observed.Container) Listed {
	l := Listed{
		ConfigID: c.Labels[record.LabelConfigID], Name: c.Labels[record.LabelContainerName], RealName: c.Name, ManagedBy: c.Labels[record.LabelManagedBy],
		Image: c.Image, Status: string(c.Status), Health: c.Health, StartedAt: rfc3339(c.StartedAt),
	}
	if c.Labels[record.LabelDone] != "" {
		l.Status, l.Wanted, l.Done, l.Health, l.StartedAt = statusDone, statusDone, true, "", ""
		return l
	}
	kind := config.Kind(c.Labels[record.LabelKind])
	if kind != "" && c.Labels[record.LabelLeftStopped] == "" {
		l.Wanted = wanted(&config.Entry{Kind: kind})
	}
	if c.Ended() && !c.EndUnknown {
		code := c.ExitCode
		l.ExitCode = &code
		l.Done = code == 0 && (kind == config.OneShot || kind == config.FireAndExit)
	}
	return l
}

// rfc3339 is a time in UTC, "" where it is unknown.
func rfc3339(t time.Time) string {
	if t.IsZero() || t.Unix() <= 0 {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// wants reports whether a container with these labels is to be listed.
func (q ListRequest) wants(labels map[string]string) bool {
	managedBy, configID := labels[record.LabelManagedBy], labels[record.LabelConfigID]
	switch {
	case labels[record.LabelAbout] != "": // a note about one that is listed
		return false
	case managedBy == "" || configID == "" || q.ManagedBy != "" && managedBy != q.ManagedBy:
		return false
	}
	return len(q.ConfigIDs) == 0 || slices.Contains(q.ConfigIDs, configID)
}

// recordedSecrets returns what a container's labels record of its entry, and a masker of the secrets that are
// readable in them: those of an older tool's label, and what an older version did not take for a secret.
func recordedSecrets(rules redact.Rules, labels map[string]string, told []string) (record.Record, *redact.Masker) {
	recorded, err := record.Parse(labels[record.LabelConfig])
	if err != nil {
		recorded = record.Record{} // what cannot be read tells nothing
	}
	k := redact.Known{Told: told, Found: rules.Raw(labels[record.LabelLegacyConfig])}
	for key, values := range recorded {
		values = sealedAs(values, redact.Mask)
		recorded[key] = values
		k.Found = append(k.Found, rules.Record(key, values)...)
	}
	return recorded, redact.NewMasker(rules, k)
}

// listedCommand is a container's command without its secrets. The recorded one has masks also where a secret was
// known by its name elsewhere in the entry.
func listedCommand(command []string, recorded record.Record, m *redact.Masker) string {
	if words := recorded[record.KeyCommand]; len(words) == len(command) {
		command = words
	}
	return strings.Join(m.Words(command), " ")
}
