package paunch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/internal/record"
)

// FactsResult is what is known of the managed containers of a host: all of them, or those of one step beside what its
// config wants.
type FactsResult struct {
	Changed  bool   `json:"changed"` // always false
	Failed   bool   `json:"failed"`
	Msg      string `json:"msg"`
	ConfigID string `json:"config_id,omitempty"`
	// Drift reports whether an apply of the config would change something; nil where no config was given.
	Drift      *bool           `json:"drift,omitempty"`
	Containers []ContainerFact `json:"containers"`
	// Inspected are the same containers in the shape of podman inspect, as podman_container_info returns them, as far
	// as a listing has it; ByName has them as kolla_container_facts does.
	Inspected []Inspected          `json:"podman_containers"`
	ByName    map[string]Inspected `json:"kolla_containers"`
	Details   *Details             `json:"details,omitempty"` // where they were asked for
	Warnings  []string             `json:"warnings,omitempty"`
	Podman    *Podman              `json:"podman,omitempty"`
	Host      string               `json:"host,omitempty"`
}

// ContainerFact is one managed container, or one that the config wants.
type ContainerFact struct {
	Name      string `json:"name"`
	RealName  string `json:"real_name,omitempty"`
	ID        string `json:"id,omitempty"`
	ConfigID  string `json:"config_id,omitempty"`
	ManagedBy string `json:"managed_by,omitempty"`
	Image     string `json:"image,omitempty"`
	ImageID   string `json:"image_id,omitempty"`
	// ImageDigest is that of the image's manifest; "" where the image was removed.
	ImageDigest string `json:"image_digest,omitempty"`
	// State is podman's word, "done" for the placeholder of what ran, "absent" where there is nothing.
	State     string `json:"state"`
	ExitCode  *int   `json:"exit_code,omitempty"`
	Health    string `json:"health,omitempty"`
	Unit      string `json:"unit,omitempty"`
	StartedAt string `json:"started_at,omitempty"`
	// Wanted is running, finished, stopped or absent; "" where no config was given.
	Wanted string `json:"wanted,omitempty"`
	// Drift reports whether an apply would change it: Action and Reason say how and why.
	Drift       bool     `json:"drift"`
	Action      string   `json:"action,omitempty"`
	Reason      string   `json:"reason,omitempty"`
	ChangedKeys []string `json:"changed_keys,omitempty"`
}

// Inspected is the part of podman inspect that a listing has.
type Inspected struct {
	ID          string          `json:"Id"`
	Name        string          `json:"Name"`
	Image       string          `json:"Image"` // the id
	ImageName   string          `json:"ImageName"`
	ImageDigest string          `json:"ImageDigest"`
	Created     string          `json:"Created"`
	State       InspectedState  `json:"State"`
	Config      InspectedConfig `json:"Config"`
}

// InspectedState is the state in podman inspect.
type InspectedState struct {
	Status    string          `json:"Status"`
	Running   bool            `json:"Running"`
	Paused    bool            `json:"Paused"`
	Dead      bool            `json:"Dead"`
	ExitCode  int             `json:"ExitCode"`
	StartedAt string          `json:"StartedAt"`
	Health    InspectedHealth `json:"Health"`
}

// InspectedHealth is the health in podman inspect.
type InspectedHealth struct {
	Status string `json:"Status"`
}

// InspectedConfig is the config in podman inspect; records of the entry are left out of the labels.
type InspectedConfig struct {
	Image  string            `json:"Image"`
	Labels map[string]string `json:"Labels"`
}

// Facts looks at the managed containers of a host and changes nothing. With a config it compares them with that, as Plan
// does; without one it lists those of req.ManagedBy and req.ConfigID, where "" is any. It makes three requests to
// Podman: the version, the containers, the images; one more where a config names volumes, and for each orphan.
func Facts(ctx context.Context, req Request) (*FactsResult, error) {
	req.Check, req.State = true, StatePresent
	out := &FactsResult{Containers: []ContainerFact{}, Inspected: []Inspected{}, ByName: map[string]Inspected{}}
	r := newRun(req)
	r.factsOnly = true
	defer r.maskPanic()
	err := r.facts(ctx, out)
	out.Podman, out.Host, out.ConfigID, out.Warnings = r.result.Podman, r.result.Host, r.req.ConfigID, r.result.Warnings
	leave(r.masker, out)
	if err != nil {
		err = leaveError(r.masker, err)
		out.Failed, out.Msg = true, printable.Text(many.Text(err))
		return out, err
	}
	out.Msg = out.summary()
	out.Warnings = printable.All(out.Warnings)
	return out, nil
}

func (f *FactsResult) summary() string {
	if f.Drift == nil {
		return fmt.Sprintf("containers: %d", len(f.Containers))
	}
	drifted := 0
	for _, c := range f.Containers {
		if c.Drift {
			drifted++
		}
	}
	return fmt.Sprintf("containers: %d, drifted: %d", len(f.Containers), drifted)
}

// facts looks, and fills out.
func (r *run) facts(ctx context.Context, out *FactsResult) error {
	compares := r.req.Config != nil || r.req.ConfigPath != ""
	if !compares {
		return r.listFacts(ctx, out)
	}
	if err := r.req.normalise(); err != nil {
		return fmt.Errorf("the arguments are not valid: %w", err)
	}
	return r.withHost(ctx, func(state observed.State) error {
		if err := r.hashConfigs(ctx); err != nil {
			return err
		}
		p, err := r.planWithMore(ctx, state)
		if err != nil {
			return err
		}
		r.compared(p)
		return r.compare(ctx, p, state, out)
	})
}

// compare fills out with the containers of a plan.
func (r *run) compare(ctx context.Context, p plan.Plan, state observed.State, out *FactsResult) error {
	digests, err := r.imageDigests(ctx)
	if err != nil {
		return err
	}
	found := map[string]observed.Container{}
	for _, c := range state.Containers {
		found[c.ID] = c
	}
	drift := p.Changes()
	out.Drift = &drift
	for _, planned := range r.result.Containers {
		fact := ContainerFact{Name: planned.Name, Image: planned.Image, State: "absent"}
		if c, exists := found[planned.ID]; exists {
			fact = r.fact(c, digests, out)
		}
		fact.Name, fact.Unit, fact.Wanted = planned.Name, planned.Unit, r.wanted(planned.Name)
		fact.Drift, fact.Action, fact.Reason, fact.ChangedKeys = planned.changed, planned.Action, planned.Reason, planned.ChangedKeys
		out.Containers = append(out.Containers, fact)
	}
	return nil
}

// wanted is the state in which the config wants the container of an entry.
func (r *run) wanted(name string) string {
	for _, e := range r.step.Entries {
		if e.Name != name {
			continue
		}
		switch e.Kind {
		case config.Service:
			return "running"
		case config.StoppedOnly:
			return "stopped"
		case config.OneShot, config.Exec, config.FireAndExit:
			return "finished"
		}
	}
	return "absent"
}

// listFacts fills out with the containers that are managed, sorted by config_id and name.
func (r *run) listFacts(ctx context.Context, out *FactsResult) error {
	selected := ListRequest{ManagedBy: r.req.ManagedBy}
	if r.req.ConfigID == "" && r.req.Step >= 0 {
		r.req.ConfigID = fmt.Sprintf("tripleo_step%d", r.req.Step)
	}
	if r.req.ConfigID != "" {
		selected.ConfigIDs = []string{r.req.ConfigID}
	}
	if err := r.connect(ctx); err != nil {
		return err
	}
	defer r.disconnect(ctx)
	all, err := r.client.Containers(ctx)
	if err != nil {
		return err
	}
	digests, err := r.imageDigests(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		if selected.wants(c.Labels) && (len(r.req.Containers) == 0 || slices.Contains(r.req.Containers, c.Labels[record.LabelContainerName])) {
			out.Containers = append(out.Containers, r.fact(c, digests, out))
		}
	}
	sort.Slice(out.Containers, func(i, j int) bool {
		a, b := out.Containers[i], out.Containers[j]
		return cmp.Or(cmp.Compare(a.ConfigID, b.ConfigID), cmp.Compare(a.Name, b.Name), cmp.Compare(a.RealName, b.RealName)) < 0
	})
	return nil
}

// imageDigests returns the digests of the local images by id; none where the engine does not know them.
func (r *run) imageDigests(ctx context.Context) (map[string]string, error) {
	if e, ok := r.client.(interface {
		ImageDigests(ctx context.Context) (map[string]string, error)
	}); ok {
		return e.ImageDigests(ctx)
	}
	return nil, nil
}

// fact is what is known of one container, which is added to the other shapes of the result too.
func (r *run) fact(c observed.Container, digests map[string]string, out *FactsResult) ContainerFact {
	_, masker := recordedSecrets(r.rules, c.Labels, r.req.SensitiveValues)
	f := ContainerFact{
		Name: c.Labels[record.LabelContainerName], RealName: c.Name, ID: c.ID, ConfigID: c.Labels[record.LabelConfigID],
		ManagedBy: c.Labels[record.LabelManagedBy], Image: c.Image, ImageID: c.ImageID, ImageDigest: digests[c.ImageID],
		State: string(c.Status), Health: c.Health, Unit: c.Labels[record.LabelUnit],
	}
	if c.Ended() && !c.EndUnknown {
		f.ExitCode = &c.ExitCode
	}
	if !c.StartedAt.IsZero() {
		f.StartedAt = c.StartedAt.UTC().Format(time.RFC3339)
	}
	if c.Labels[record.LabelDone] != "" {
		f.State, f.ExitCode = "done", nil
	}
	shape := inspected(c, f)
	leave(masker, &f)
	leave(masker, &shape)
	out.Inspected = append(out.Inspected, shape)
	out.ByName[c.Name] = shape
	return f
}

func inspected(c observed.Container, f ContainerFact) Inspected {
	labels := map[string]string{}
	for name, value := range c.Labels {
		if name != record.LabelConfig && name != record.LabelLegacyConfig {
			labels[name] = value
		}
	}
	return Inspected{
		ID: c.ID, Name: c.Name, Image: c.ImageID, ImageName: c.Image, ImageDigest: f.ImageDigest,
		Created: c.CreatedAt.UTC().Format(time.RFC3339),
		State: InspectedState{
			Status: string(c.Status), Running: c.Alive(), Paused: c.Status == observed.Paused, Dead: c.Status == observed.Dead,
			ExitCode: c.ExitCode, StartedAt: f.StartedAt, Health: InspectedHealth{Status: c.Health},
		},
		Config: InspectedConfig{Image: c.Image, Labels: labels},
	}
}
