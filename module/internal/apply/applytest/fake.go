package applytest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
)

// ErrKilled is what every call answers after the moment at which a test lets the run be killed.
var ErrKilled = errors.New("the run was killed here")

// Call is one call that a Fake got.
type Call struct {
	Op        string // create, init, start, stop, unpause, update, remove, rename, wait, inspect, healthcheck, logs, exec, find-exec, await-exec, end-exec, pull, list
	Container string // its name at that moment; the image for a pull
	Arg       string // new name of a rename, command of an exec
}

// String is the golden form.
func (c Call) String() string { return strings.TrimSpace(c.Op + " " + c.Container + " " + c.Arg) }

// mutates reports whether a call changes the host.
func (c Call) mutates() bool {
	return !slices.Contains([]string{"wait", "inspect", "last-exit", "healthcheck", "logs", "list", "find-exec", "await-exec"}, c.Op)
}

// Fake is a container engine in memory. It is safe for use by many goroutines. The zero value is not
// ready; use NewFake.
type Fake struct {
	// Before, when set, is called ahead of each call; its error becomes the call's, which then has no
	// effect. It may block. Set it before the Fake is used.
	Before func(Call) error
	// After is called when a call has had its effect; its error becomes the call's all the same, as
	// when an answer is lost.
	After func(Call) error
	// Free is the free space that Room tells of; negative in a new Fake.
	Free int64
	// TimersRun lets healthchecks run by themselves: each Inspect counts as one run.
	TimersRun bool

	mu         sync.Mutex
	containers map[string]*container
	leftovers  map[string]string    // id -> name
	sessions   map[string]*session  // by id: the commands that run
	images     map[string]string    // local
	remote     map[string]string    // what a pull finds
	pullErrs   map[string][]error   // what the next pulls answer
	behaviours map[string]Behaviour // by entry name, or by image
	commands   map[string]Behaviour // by command line
	calls      []Call
	made       int
	killAt     int // mutating calls from now; -1 = never
	killAfter  bool
	killed     bool
	declared   map[string][]string // VOLUMEs, by image
	units      *FakeUnits          // nil without systemd
	resources  map[config.ResourceKind]map[string]observed.Resource
}

// container is one container of a Fake.
type container struct {
	observed.Container
	entry    config.Entry
	stdout   []string
	stderr   []string
	mounts   []observed.Mount
	earlier  [2]int // how many lines of stdout and stderr its earlier runs printed
	checks   int
	healthy  bool
	runs     int           // started so many times
	lastExit int           // of the run before this one
	ended    chan struct{} // closed when this run ends; nil while not running
	targets  []target      // what its entry refers to
	policy   bool          // Podman restarts it
}

// NewFake returns an engine without containers that has the given images.
func NewFake(images ...string) *Fake {
	f := &Fake{
		containers: map[string]*container{}, leftovers: map[string]string{}, sessions: map[string]*session{}, images: map[string]string{},
		remote: map[string]string{}, pullErrs: map[string][]error{},
		behaviours: map[string]Behaviour{}, commands: map[string]Behaviour{}, killAt: -1, Free: -1,
	}
	for _, image := range images {
		f.AddImage(image, "id-of-"+image)
	}
	return f
}

var _ apply.Runtime = (*Fake)(nil)

// AddImage puts an image into local storage, or moves its reference to another id.
func (f *Fake) AddImage(ref, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.images[ref] = id
}

// AddRemote lets a pull of ref find an image with this id.
func (f *Fake) AddRemote(ref, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.remote[ref] = id
}

// FailPulls lets the next pulls of ref answer with these errors, one each.
func (f *Fake) FailPulls(ref string, errs ...error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pullErrs[ref] = append(f.pullErrs[ref], errs...)
}

// Behave scripts the containers of an entry (by its name) or of an image; the entry's wins. Unscripted
// containers run on when their entry has a restart policy, else they end with 0.
func (f *Fake) Behave(entryOrImage string, b Behaviour) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.behaviours[entryOrImage] = b
}

// BehaveCommand scripts a command that is run by Exec, where unscripted ones end with 0, or that an entry has.
func (f *Fake) BehaveCommand(command []string, b Behaviour) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commands[strings.Join(command, " ")] = b
}

// Add puts a container there, as another tool or an earlier run would have.
func (f *Fake) Add(c observed.Container) {
	f.mu.Lock()
	defer f.mu.Unlock()
	held := &container{Container: c}
	if c.Status == observed.Running || c.Status == observed.Paused {
		held.ended = make(chan struct{})
	}
	f.containers[c.ID] = held
}

// AddLeftover puts a storage-only container there and returns its id.
func (f *Fake) AddLeftover(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := f.newID()
	f.leftovers[id] = name
	return id
}

// End lets a running container end by itself.
func (f *Fake) End(nameOrID string, code int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c, err := f.find(nameOrID); err == nil {
		f.end(c, code)
	}
}

// KillBefore lets the run be killed instead of its n-th next mutating call (0 = the next one): it and
// every later call have no effect and answer ErrKilled.
func (f *Fake) KillBefore(n int) { f.setKill(n, false) }

// KillAfter is KillBefore with the n-th call's effect on the host, and its answer lost.
func (f *Fake) KillAfter(n int) { f.setKill(n, true) }

func (f *Fake) setKill(n int, after bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.killAt, f.killAfter, f.killed = n, after, false
}

// Resume ends the effect of KillBefore and KillAfter, and reports whether the moment was reached.
func (f *Fake) Resume() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	was := f.killed
	f.killAt, f.killed = -1, false
	return was
}

// Calls returns what was called since the last Forget, in order.
func (f *Fake) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Changes returns the calls that change the host, in their golden form.
func (f *Fake) Changes() []string {
	var changes []string
	for _, c := range f.Calls() {
		if c.mutates() {
			changes = append(changes, c.String())
		}
	}
	return changes
}

// Forget empties the record of calls.
func (f *Fake) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = nil
}

// State is the host as an observation would see it, containers by name.
func (f *Fake) State(images ...string) observed.State {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := observed.State{Containers: f.sorted(), Images: map[string]string{}, Resources: f.seenResources()}
	for _, ref := range images {
		if id := f.images[ref]; id != "" {
			s.Images[ref] = id
		}
	}
	for _, id := range slices.Sorted(maps.Keys(f.leftovers)) {
		s.Leftovers = append(s.Leftovers, observed.Leftover{ID: id, Name: f.leftovers[id]})
	}
	return s
}

func (f *Fake) sorted() []observed.Container {
	all := make([]observed.Container, 0, len(f.containers))
	for _, c := range f.containers {
		seen := c.Container
		seen.Labels = maps.Clone(c.Labels)
		all = append(all, seen)
	}
	slices.SortFunc(all, func(a, b observed.Container) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// do runs one call: the record, the hooks, the kill, and the effect under the lock.
func (f *Fake) do(ctx context.Context, op, nameOrID, arg string, effect func() error) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	call, killed := f.record(op, nameOrID, arg)
	if killed {
		return ErrKilled
	}
	if f.Before != nil {
		if err := f.Before(call); err != nil {
			return err
		}
		if ctx.Err() != nil { // it has blocked until then
			return context.Cause(ctx)
		}
	}
	f.mu.Lock()
	err := effect()
	lost := f.killed
	f.mu.Unlock()
	if lost {
		return ErrKilled
	}
	if f.After != nil {
		if lostErr := f.After(call); lostErr != nil {
			return lostErr
		}
	}
	return err
}

// record notes a call and reports whether the run is dead before it.
func (f *Fake) record(op, nameOrID, arg string) (Call, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	call := Call{Op: op, Container: nameOrID, Arg: arg}
	if c, err := f.find(nameOrID); err == nil {
		call.Container = c.Name
	} else if name, ok := f.leftovers[nameOrID]; ok {
		call.Container = name
	}
	if f.killed {
		return call, true
	}
	if call.mutates() && f.killAt >= 0 {
		f.killed = f.killAt == 0
		f.killAt--
		if f.killed && !f.killAfter {
			return call, true
		}
	}
	f.calls = append(f.calls, call)
	return call, false
}

// find looks a container up by id or name; f.mu is held.
func (f *Fake) find(nameOrID string) (*container, error) {
	if c, ok := f.containers[nameOrID]; ok {
		return c, nil
	}
	for _, c := range f.containers {
		if c.Name == nameOrID {
			return c, nil
		}
	}
	return nil, fmt.Errorf("no container with name or id %q: %w", nameOrID, apply.ErrNotFound)
}

// taken reports whether a container or leftover has the name; f.mu is held.
func (f *Fake) taken(name string) bool {
	for _, c := range f.containers {
		if c.Name == name {
			return true
		}
	}
	return slices.Contains(slices.Collect(maps.Values(f.leftovers)), name)
}

// behaviour is what a container does; f.mu is held.
func (f *Fake) behaviour(c *container) Behaviour {
	if b, ok := f.commands[strings.Join(c.entry.Command, " ")]; ok && len(c.entry.Command) > 0 {
		return b
	}
	for _, key := range []string{c.entry.Name, c.entry.Image, c.Image} {
		if b, ok := f.behaviours[key]; ok && key != "" {
			return b
		}
	}
	return Behaviour{RunsOn: c.entry.Restart != "" || c.entry.Name == ""}
}

func (f *Fake) newID() string {
	f.made++
	return fmt.Sprintf("%08x%056x", f.made, f.made)
}

// now is a clock that goes on by one second with each container and start, so that order shows.
func (f *Fake) now() time.Time {
	f.made++
	return time.Date(2026, 1, 1, 0, 0, f.made, 0, time.UTC)
}

// Unscript forgets how the containers of an entry or of an image behave.
func (f *Fake) Unscript(entryOrImage string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.behaviours, entryOrImage)
}
