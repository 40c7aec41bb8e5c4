package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/overcloud/paunch/module/internal/testbed"
)

// plan is what a run measures.
type plan struct {
	sizes  []int
	rounds int
	waves  int
	peers  []peer
	tools  tools
	log    io.Writer
}

// key names one line of the results.
type key struct {
	Containers int    `json:"containers"`
	Peer       string `json:"peer"`
	Step       step   `json:"step"`
}

// line is what all rounds measured of a key.
type line struct {
	key
	Wall []float64 `json:"wall_seconds"`
	CPU  []float64 `json:"cpu_seconds"`
	// What was counted in a round before those that were timed; -1 where it cannot be. Memory is in bytes.
	Memory    int64 `json:"peak_memory_bytes"`
	Processes int   `json:"processes"`
	Requests  int   `json:"requests"`
}

// bench is a run.
type bench struct {
	plan
	bed   *testbed.Podman
	proxy *requests
	lines map[key]*line
	order []key
	// failed are the peers that are left out, with the reason.
	failed map[string]string
}

func newBench(p plan) (*bench, error) {
	if err := beSubreaper(); err != nil {
		return nil, err
	}
	bed, err := testbed.New()
	if err != nil {
		return nil, err
	}
	b := &bench{plan: p, bed: bed, lines: map[key]*line{}, failed: map[string]string{}}
	if err := b.setUp(); err != nil {
		_ = bed.Remove()
		return nil, err
	}
	return b, nil
}

// setUp starts the service and makes the image.
func (b *bench) setUp() error {
	bin := filepath.Join(b.bed.Dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		return err
	}
	if err := b.bed.WriteWrapper(bin); err != nil {
		return err
	}
	if err := b.bed.StartService(); err != nil {
		return err
	}
	var err error
	if b.proxy, err = countRequests(b.bed.Dir, b.bed.Socket()); err != nil {
		return err
	}
	script := `podman create --name made $0 true && podman commit --quiet --change STOPSIGNAL=SIGKILL made ` + image + ` && podman rm made`
	cmd := exec.Command("/bin/sh", "-euc", script, testbed.Image)
	cmd.Env = append(b.bed.Env(), "PATH="+bin+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return commandError(err, out)
	}
	return nil
}

// run measures everything: for each size a round in which processes and requests are counted, and then the timed ones.
// Each round begins with another peer.
func (b *bench) run() error {
	for _, size := range b.sizes {
		for round := 0; round <= b.rounds; round++ {
			for i := range b.peers {
				p := b.peers[(i+round)%len(b.peers)]
				if err := b.attempt(p, size, round); err != nil {
					return fmt.Errorf("%d containers, %s: %w", size, p.name, err)
				}
			}
		}
	}
	return nil
}

// attempt is a round of a peer. A peer of others that fails where it is only counted is left out, and the page says so: it
// may not work on this machine.
func (b *bench) attempt(p peer, size, round int) error {
	if b.failed[p.name] != "" {
		return nil
	}
	err := b.round(p, size, round)
	if err != nil && round == 0 && p.others {
		_, _ = fmt.Fprintf(b.log, "bench: %s is left out: %v\n", p.name, err)
		b.failed[p.name] = firstLine(withoutDirectory(fmt.Sprint(err)))
		return nil
	}
	return err
}

// withoutDirectory names what is in the working directory by what it is called there: the page is for other machines.
func withoutDirectory(text string) string {
	dir, err := os.Getwd()
	if err != nil {
		return text
	}
	return strings.ReplaceAll(text, dir+"/", "")
}

// firstLine is the beginning of a text, as far as a page has room for it.
func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first[:min(len(first), 250)]
}

// round does all steps of a peer on an empty Podman.
func (b *bench) round(p peer, size, round int) error {
	if !p.doesAny(size) {
		return nil
	}
	if err := b.empty(); err != nil {
		return err
	}
	for _, s := range steps {
		if !p.does(s, size) {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
		err := b.step(&site{ctx: ctx, bed: b.bed, url: b.bed.URL(), peer: p.name, step: s, containers: size, waves: b.waves, tools: b.tools}, p, round)
		cancel()
		if err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

func (b *bench) empty() error {
	if err := b.podman("pod", "rm", "--all", "--force"); err != nil {
		return err
	}
	return b.podman("rm", "--all", "--force", "--time", "0")
}

func (b *bench) step(s *site, p peer, round int) error {
	dir, err := os.MkdirTemp(b.bed.Dir, "step-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // below the bed, which is removed
	counted := round == 0
	if counted {
		s.url = b.proxy.url
	}
	if p.write != nil {
		if err := p.write(s, dir); err != nil {
			return err
		}
	}
	if s.step == drift {
		if err := b.podman(append([]string{"stop", "--time", "0"}, strings.Fields(names(min(drifting, s.containers)))...)...); err != nil {
			return err
		}
	}
	if counted {
		err = b.count(s, p.command(s, dir))
	} else {
		err = b.time(s, p.command(s, dir), round)
	}
	if err != nil || p.foreign {
		return err
	}
	return b.verify(s)
}

// count runs the command of a step and counts what it starts, what it asks, and how much memory it has.
func (b *bench) count(s *site, cmd *exec.Cmd) error {
	l := &line{key: key{s.containers, s.peer, s.step}, Processes: -1, Requests: -1}
	counted, err := countForks()
	if err != nil {
		_, _ = fmt.Fprintln(b.log, "bench: processes are not counted:", err)
	}
	asked := b.proxy.count.Load()
	if l.Memory, err = runWatched(cmd); err != nil {
		return err
	}
	if counted != nil {
		if l.Processes, err = counted.end(); err != nil {
			return err
		}
	}
	if n := int(b.proxy.count.Load() - asked); n > 0 {
		l.Requests = n
	}
	b.lines[l.key] = l
	b.order = append(b.order, l.key)
	return nil
}

func (b *bench) time(s *site, cmd *exec.Cmd, round int) error {
	taken, err := measure(cmd)
	if err != nil {
		return err
	}
	l := b.lines[key{s.containers, s.peer, s.step}]
	l.Wall = append(l.Wall, taken.Wall.Seconds())
	l.CPU = append(l.CPU, taken.CPU.Seconds())
	_, _ = fmt.Fprintf(b.log, "%3d containers, round %d/%d: %-45s %-16s %7.2f s\n", s.containers, round, b.rounds, s.peer, s.step, taken.Wall.Seconds())
	return nil
}

// verify fails where a step did not do what it is measured for: each container runs, and is of its revision.
func (b *bench) verify(s *site) error {
	script := `podman ps --quiet --filter name=` + prefix + ` | xargs --no-run-if-empty podman inspect --format '{{.Config.Env}}'`
	out, err := s.shell(b.bed.Dir, script).Output()
	if err != nil {
		return err
	}
	found := strings.Count(string(out), "REV=")
	if wanted := running(s.step, s.containers); found != wanted {
		return fmt.Errorf("%d containers run, expected %d", found, wanted)
	}
	if s.step == remove {
		return nil
	}
	for _, revision := range []string{"0", "1", "2"} {
		wanted := 0
		for _, r := range revisions(s.step, s.containers) {
			if r == revision {
				wanted++
			}
		}
		if found := strings.Count(string(out), "REV="+revision); found != wanted {
			return fmt.Errorf("%d containers of revision %s run, expected %d", found, revision, wanted)
		}
	}
	return nil
}

func (b *bench) podman(args ...string) error {
	out, err := b.bed.Command(context.Background(), args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("podman %s: %w", args[0], commandError(err, out))
	}
	return nil
}

// removeForeign removes the containers that Podman does not know, which a run that failed leaves.
func (b *bench) removeForeign() error {
	if b.tools.runtime == "" {
		return nil
	}
	s := &site{ctx: context.Background(), bed: b.bed}
	script := `"$1" --root "$2" list --quiet | xargs --no-run-if-empty -n 1 "$1" --root "$2" delete --force`
	if out, err := s.shell(b.bed.Dir, script, b.tools.runtime, filepath.Join(b.bed.Dir, "runtime")).CombinedOutput(); err != nil {
		return commandError(err, out)
	}
	return nil
}
