package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/record"
)

// hostResource is a volume, network or secret of the host.
type hostResource struct {
	Kind config.ResourceKind
	Name string // real name; of a secret that a step made, "" = the one that follows from its content
	// Of is the name in the config that it was made for; "" = the step did not make it.
	Of        string
	MadeFrom  map[string]any `yaml:"made_from"`
	ManagedBy string         `yaml:"managed_by"`
	ConfigID  string         `yaml:"config_id"`
	Driver    string
	Options   map[string]string
	Subnets   []string
	Age       int // seconds
}

// fixtureSalt is of the digests of all resources.
const fixtureSalt = "c2FsdHNhbHRzYWx0"

// resourcesOf builds the resources as they are observed; nil where the fixture has none.
func (f fixture) resourcesOf(t *testing.T, o plan.Options) map[string][]observed.Resource {
	t.Helper()
	if f.Host.Resources == nil {
		return nil
	}
	all := map[string][]observed.Resource{"volume": {}, "network": {}, "secret": {}}
	epoch := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, h := range f.Host.Resources {
		r := observed.Resource{
			Name: h.Name, Driver: h.Driver, Options: h.Options, Subnets: h.Subnets,
			CreatedAt: epoch.Add(-time.Duration(h.Age) * time.Second),
		}
		if h.Of != "" {
			h.label(t, &r, o)
		}
		all[string(h.Kind)] = append(all[string(h.Kind)], r)
	}
	return all
}

func (h hostResource) label(t *testing.T, r *observed.Resource, o plan.Options) {
	t.Helper()
	managedBy, configID := o.ManagedBy, o.ConfigID
	if h.ManagedBy != "" {
		managedBy = h.ManagedBy
	}
	if h.ConfigID != "" {
		configID = h.ConfigID
	}
	step, err := config.Load(config.Options{Inline: map[string]any{string(h.Kind) + "s": map[string]any{h.Of: h.MadeFrom}}})
	if err != nil {
		t.Fatal(err)
	}
	res := step.Resources[0]
	r.Labels = o.Digests.ResourceLabels(res, managedBy, configID, fixtureSalt, nil)
	if h.Kind == config.Secret && h.Name == "" {
		r.Name = o.Digests.SecretName(res, fixtureSalt)
	}
}

// secretConfig gives a container that was made from a config the secrets' real names, as resolved then.
func secretConfig(e config.Entry, content map[string]any, d *record.Digester) config.Entry {
	return e.WithSecretNames(func(name string) string {
		text, ok := content[name].(string)
		if !ok {
			return name
		}
		return d.SecretName(config.Resource{Kind: config.Secret, Name: name, Content: []byte(text)}, fixtureSalt)
	})
}

func TestASecretsContentStandsInNoPlan(t *testing.T) {
	plans := goldenPlans(t)
	for _, content := range []string{"correct horse", "battery staple"} {
		if strings.Contains(plans, content) {
			t.Errorf("a golden plan holds the content of a secret: %q", content)
		}
	}
}
