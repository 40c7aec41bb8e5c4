package paunch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/hostfile"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/redact"
)

// Resource is what came of one volume, network or secret.
type Resource struct {
	Kind     string `json:"kind"` // volume, network or secret
	Name     string `json:"name"` // in the config
	RealName string `json:"real_name"`
	Action   string `json:"action"`
	Reason   string `json:"reason,omitempty"`
	Error    string `json:"error,omitempty"`
}

// wantedResources returns the kinds of resource that have to be looked at: those that the config has, those that
// containers of this step have, and all that may have been made for the step and are no longer in the config, whether
// containers use them or not.
func (r *run) wantedResources(containers []observed.Container) map[config.ResourceKind]bool {
	switch r.req.State {
	case StatePulled:
		return nil
	case StateAbsent, StatePruned:
		return map[config.ResourceKind]bool{config.Volume: true, config.Network: true, config.Secret: true}
	}
	all := r.req.CleanOrphans && !r.req.selected() && !r.factsOnly
	wanted := map[config.ResourceKind]bool{config.Network: all, config.Secret: all, config.Volume: all && r.req.PruneVolumes}
	for kind := range r.step.Sections {
		wanted[kind] = true
	}
	for _, res := range r.step.Resources {
		wanted[res.Kind] = true
	}
	for _, e := range r.step.Entries {
		for _, use := range e.Uses() {
			wanted[use.Kind] = wanted[use.Kind] || use.Kind != config.Network
		}
	}
	for _, c := range containers {
		if c.Labels[record.LabelManagedBy] != r.req.ManagedBy || c.Labels[record.LabelConfigID] != r.req.ConfigID {
			continue
		}
		recorded := c.Labels[record.LabelConfig]
		wanted[config.Network] = wanted[config.Network] || slices.ContainsFunc(c.Networks, func(n string) bool { return n != "podman" })
		wanted[config.Secret] = wanted[config.Secret] || strings.Contains(recorded, `"secret":`)
		wanted[config.Volume] = wanted[config.Volume] || r.req.PruneVolumes && strings.Contains(recorded, `"volume":`)
	}
	return wanted
}

// requiredVolumes are the volumes that exist, where those that do not are refused; nil where they are created.
func (r *run) requiredVolumes(there map[string]bool) map[string]bool {
	if r.req.VolumePolicy == VolumesRequired {
		required := make(map[string]bool, len(there))
		for name := range there {
			required[name] = true
		}
		for _, res := range r.step.Resources { // the step makes those that it declares
			required[res.Name] = required[res.Name] || res.Kind == config.Volume && res.Declared
		}
		return required
	}
	return nil
}

// readSecrets reads the content of secrets that stands in files. What is missing ends a run; a prediction goes on.
func (r *run) readSecrets() error {
	var all []error
	for i := range r.step.Resources {
		res := &r.step.Resources[i]
		if res.Kind != config.Secret || res.SourceFile == "" || res.Content != nil {
			continue
		}
		content, err := readSecret(res.SourceFile)
		switch {
		case r.req.Check && errors.Is(err, fs.ErrNotExist):
			r.result.Warnings = append(r.result.Warnings, fmt.Sprintf("secret %q: the file %s does not exist: a run would fail unless it is there by then", res.Name, res.SourceFile))
		case err != nil:
			all = append(all, fmt.Errorf("secret %q: %w", res.Name, err))
		default:
			res.Content = content
		}
	}
	r.masker = redact.NewMasker(r.rules, r.known())
	return many.Join(all...)
}

func readSecret(path string) ([]byte, error) {
	f, err := hostfile.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the file %s cannot be read: %w", path, hostfile.Reason(err))
	}
	defer func() { _ = f.Close() }() // only read from
	content, err := io.ReadAll(io.LimitReader(f, config.MaxSecret+1))
	if err == nil {
		err = config.CheckSecretSize(len(content))
	}
	if err != nil {
		return nil, fmt.Errorf("the file %s: %w", path, err)
	}
	return content, nil
}

// contents are the secrets' contents, which are masked wherever they appear.
func contents(all []config.Resource) []string {
	var texts []string
	for _, res := range all {
		if len(res.Content) > 0 {
			texts = append(texts, string(res.Content), strings.TrimRight(string(res.Content), "\n"))
		}
	}
	return texts
}

// pairs are the options of a driver as NAME=value, for the rules that know secrets by their names.
func pairs(options map[string]string) []string {
	var all []string
	for k, v := range options {
		all = append(all, k+"="+v)
		for word := range strings.SplitSeq(v, ",") { // o: username=x,password=y
			all = append(all, word)
		}
	}
	slices.Sort(all)
	return all
}

// predictedResources fills the result from a plan that is not executed.
func (r *run) predictedResources(p plan.Plan) {
	for _, op := range slices.Concat(p.Resources, p.ResourceRemovals) {
		r.result.Resources = append(r.result.Resources, Resource{
			Kind: string(op.Kind), Name: op.Name, RealName: op.Real, Action: string(op.Action), Reason: op.Reason,
		})
	}
}

// resources fills the result from what was done. What was removed comes after the containers: its commands are returned.
func (r *run) resources(outcomes []apply.ResourceOutcome) (last [][]string) {
	for _, o := range outcomes {
		out := Resource{Kind: string(o.Kind), Name: o.Name, RealName: o.RealName, Action: string(o.Action), Reason: o.Reason}
		if o.Undone {
			out.Action = string(plan.Removed)
		}
		if o.Err != nil {
			out.Error = o.Err.Error()
			r.result.Failed = true
			r.general = many.Text(fmt.Errorf("%s %q: %w", o.Kind, o.Name, o.Err))
		}
		r.result.Resources = append(r.result.Resources, out)
		if o.Action == plan.Removed {
			last = append(last, o.Commands...)
		} else {
			r.commands(o.Commands)
		}
		r.result.Warnings = append(r.result.Warnings, o.Warnings...)
		r.result.Changed = r.result.Changed || o.Changed
	}
	return last
}

// diffResources renders what the plan changes of volumes, networks and secrets. Their options are named, not shown.
func diffResources(before, after *strings.Builder, p plan.Plan) {
	for _, op := range slices.Concat(p.Resources, p.ResourceRemovals) {
		if !op.Action.Changes() {
			continue
		}
		if op.Action != plan.Created {
			fmt.Fprintf(before, "%s %s\n", op.Kind, op.Real)
		}
		if op.Action != plan.Removed {
			fmt.Fprintf(after, "%s %s: %s (%s)\n", op.Kind, op.Real, op.Action, op.Reason)
		}
	}
}

// resourceSummary counts what was done to volumes, networks and secrets, by kind.
func (r *run) resourceSummary() []string {
	var parts []string
	for _, kind := range []config.ResourceKind{config.Network, config.Secret, config.Volume} {
		for _, action := range []plan.Action{plan.Created, plan.Recreated, plan.Removed} {
			n := 0
			for _, res := range r.result.Resources {
				if res.Kind == string(kind) && res.Action == string(action) {
					n++
				}
			}
			switch {
			case n == 1:
				parts = append(parts, fmt.Sprintf("1 %s %s", kind, action))
			case n > 1:
				parts = append(parts, fmt.Sprintf("%d %ss %s", n, kind, action))
			}
		}
	}
	return parts
}
