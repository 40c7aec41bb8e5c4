package paunch

import (
	"context"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/internal/redact"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// learnSecrets asks Podman for the contents of the secrets that are in the containers of which this run may show what
// they print, so that these are masked. Those that the step itself makes are known.
func (r *run) learnSecrets(ctx context.Context, p plan.Plan) {
	client, can := r.client.(interface {
		SecretContents(ctx context.Context, names []string) []string
	})
	names := r.unknownSecrets(p)
	if !can || len(names) == 0 {
		return
	}
	r.learned = client.SecretContents(ctx, names)
	r.masker = redact.NewMasker(r.rules, r.known())
}

// unknownSecrets returns the real names of the secrets in the containers that a plan does something with.
func (r *run) unknownSecrets(p plan.Plan) []string {
	made := map[string]bool{}
	for _, op := range p.Resources {
		made[op.Real] = op.Kind == config.Secret && op.Resource != nil && len(op.Resource.Content) > 0
	}
	used := map[string][]string{}
	for _, op := range p.Ops() {
		used[op.Name] = secretsOf(op)
	}
	var names []string
	for _, op := range p.Ops() {
		if op.Procedure == replacement.Nothing && op.Uptime == (plan.Uptime{}) {
			continue
		}
		names = append(names, used[op.Name]...)
		if op.Entry != nil && op.Entry.Kind == config.Exec {
			names = append(names, used[op.Entry.ExecTarget]...)
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return made[name] })
}

// secretsOf returns the secrets of an op's container, and of the one that an exec runs in.
func secretsOf(op plan.Op) []string {
	var names []string
	if op.Entry != nil {
		for _, use := range op.Entry.Uses() {
			if use.Kind == config.Secret {
				names = append(names, use.Name)
			}
		}
	}
	if op.Target != nil {
		recorded, _ := record.Parse(op.Target.Labels[record.LabelConfig]) // what has no record has no secrets that are known
		for _, v := range recorded["secret"] {
			name, _, _ := strings.Cut(v, ",")
			names = append(names, name)
		}
	}
	return names
}
