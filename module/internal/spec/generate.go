package spec

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/containers/podman/v5/pkg/specgen"
	"github.com/containers/podman/v5/pkg/specgenutil"
	systemd "github.com/containers/podman/v5/pkg/systemd/define"
	"github.com/opencontainers/runtime-spec/specs-go"
	commonconfig "go.podman.io/common/pkg/config"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/release"
)

// Request is one container to make a spec for.
type Request struct {
	Entry  config.Entry
	Name   string            // the real name
	Labels map[string]string // ours, beside the entry's own
	// NoRestartPolicy leaves the restart policy out, where systemd restarts the container.
	NoRestartPolicy bool
	// ConmonPIDFile is where conmon writes its process id, for a unit that follows it; "" = nowhere.
	ConmonPIDFile string
	// Version is that of the Podman that the spec is for; "" = the newest.
	Version string
}

// words are the command line of a request, with the keys that they came from.
func (r Request) words() []word {
	e := r.Entry
	if r.NoRestartPolicy {
		e.Restart = ""
	}
	words := append(wordsOf(e, r.Name), labelWords(r.Labels)...)
	if r.ConmonPIDFile != "" {
		words = append(words, word{flag: "conmon-pidfile", value: r.ConmonPIDFile})
	}
	return words
}

// Generate makes the spec of a container by parsing, with Podman's libraries, the words that Flags
// shows. It reads containers.conf, env and label files, and the environment for variables that are
// inherited, as the podman command does. The error lists problems by key (config.Problems).
func Generate(r Request) (*specgen.SpecGenerator, error) {
	words := r.words()
	s, err := generate(words, r)
	if err != nil {
		return nil, explain(err, words, r)
	}
	return s, nil
}

func generate(words []word, r Request) (*specgen.SpecGenerator, error) {
	conf, err := commonconfig.Default()
	if err != nil {
		return nil, fmt.Errorf("read containers.conf: %w", err)
	}
	p, err := read(texts(words), conf)
	if err != nil {
		return nil, err
	}
	if err := p.settle(); err != nil {
		return nil, err
	}
	args := append([]string{r.Entry.Image}, r.Entry.Command...)
	s := specgen.NewSpecGenerator(r.Entry.Image, false)
	s.RawImageName = r.Entry.Image
	if err := specgenutil.FillOutSpecGen(s, &p.create, args); err != nil {
		return nil, err
	}
	if err := p.overrideHealth(s); err != nil {
		return nil, err
	}
	if err := checkLabels(s.Labels, r.Labels); err != nil {
		return nil, err
	}
	s.Passwd = &p.passwd
	unlimitSwap(s, p.create.MemorySwap)
	inheritEnv(s, os.Environ())
	dropForeignLabel(s, p.create.Label)
	suitOlder(s, release.Of(r.Version))
	sortMounts(s)
	return s, nil
}

// noLimit is the largest amount of memory that Linux counts, which means none to it.
const noLimit = int64(0x7ffffffffffff000)

// unlimitSwap says that swap has no limit. Podman's command says nothing then, which a service takes for twice
// the limit of memory; and -1 is less than that limit to it.
func unlimitSwap(s *specgen.SpecGenerator, swap string) {
	if swap == "-1" && s.ResourceLimits != nil && s.ResourceLimits.Memory != nil && s.ResourceLimits.Memory.Limit != nil {
		swap := noLimit
		s.ResourceLimits.Memory.Swap = &swap
	}
}

// inheritEnv puts the environment of this process into a spec that asks for the host's (env_host), as the
// podman command does: the service has another one, and a private one almost none.
func inheritEnv(s *specgen.SpecGenerator, environ []string) {
	if s.EnvHost == nil || !*s.EnvHost {
		return
	}
	s.EnvHost = new(bool)
	env := map[string]string{}
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok {
			env[name] = value
		}
	}
	maps.Copy(env, s.Env)
	s.Env = env
}

// checkLabels refuses reserved labels that are not ours: those of a label file, whose lines may take names from the
// environment.
func checkLabels(all, ours map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if value, set := ours[name]; config.ReservedLabel(name) && (!set || value != all[name]) {
			return fmt.Errorf("the label %q is reserved: only paunch sets it", name)
		}
	}
	return nil
}

// dropForeignLabel undoes the label by which podman ties a container to the unit that it was
// made in: the unit this program happens to run in is not the container's.
func dropForeignLabel(s *specgen.SpecGenerator, own []string) {
	if _, inUnit := os.LookupEnv(systemd.EnvVariable); !inUnit {
		return
	}
	delete(s.Labels, systemd.EnvVariable)
	for _, l := range own {
		if name, value, _ := cutPair(l); name == systemd.EnvVariable {
			s.Labels[name] = value
		}
	}
}

// sortMounts undoes the random order that podman's libraries leave mounts in.
func sortMounts(s *specgen.SpecGenerator) {
	slices.SortFunc(s.Mounts, func(a, b specs.Mount) int { return cmp.Compare(a.Destination, b.Destination) })
	slices.SortFunc(s.Volumes, func(a, b *specgen.NamedVolume) int { return cmp.Compare(a.Dest, b.Dest) })
	slices.SortFunc(s.OverlayVolumes, func(a, b *specgen.OverlayVolume) int { return cmp.Compare(a.Destination, b.Destination) })
	slices.SortFunc(s.ImageVolumes, func(a, b *specgen.ImageVolume) int { return cmp.Compare(a.Destination, b.Destination) })
}
