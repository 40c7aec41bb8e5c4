package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/overcloud/paunch/module/internal/testbed"
)

// parallel is how many containers a program that can do several at a time does: paunch's least, where two cores have no
// more to give.
const parallel = 4

// peer is one way to do the work.
type peer struct {
	name  string
	steps []step
	sizes []int // of these numbers of containers; all without
	allAt []int // the same, of the step that changes all
	// foreign is a peer whose containers Podman does not know.
	foreign bool
	// others is a program of others, which need not work here.
	others bool
	// write makes the files that the command of a step reads, in an empty directory; nil where there are none.
	write func(s *site, dir string) error
	// command returns the command of a step, whose directory has the files.
	command func(s *site, dir string) *exec.Cmd
}

// does reports whether the peer has the step of the site.
func (p peer) does(s step, containers int) bool {
	if s == all && p.allAt != nil && !slices.Contains(p.allAt, containers) {
		return false
	}
	return slices.Contains(p.steps, s) && p.doesAny(containers)
}

// doesAny reports whether the peer has any step with a number of containers.
func (p peer) doesAny(containers int) bool {
	return p.sizes == nil || slices.Contains(p.sizes, containers)
}

// site is where a step happens: the Podman, and what a peer is to make there.
type site struct {
	ctx        context.Context
	bed        *testbed.Podman
	url        string // of the Podman service: its own, or one of a proxy that counts
	peer       string
	step       step
	containers int
	waves      int
	tools      tools
}

// tools are the programs that scripts/bench.sh installs; a peer without its program is left out, and the page says so.
type tools struct {
	paunch        string // this project's command line
	legacy        string // paunch 7.0.4
	podmanCompose string
	playbook      string // ansible-playbook
	collections   string // directories that have overcloud.paunch and containers.podman
	runtime       string // runc or crun
}

// shell is a command of sh in which podman is that of the bed.
func (s *site) shell(dir, script string, args ...string) *exec.Cmd {
	return s.in(dir, "/bin/sh", append([]string{"-euc", script, "sh"}, args...)...)
}

// in is a command with the bed's podman in front of its PATH.
func (s *site) in(dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(s.ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = append(s.bed.Env(), "PATH="+filepath.Join(s.bed.Dir, "bin")+":"+os.Getenv("PATH"),
		"PYTHONDONTWRITEBYTECODE=1", "LC_ALL=C.UTF-8")
	return cmd
}

func writeFile(dir, name, text string) error {
	return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)
}

// commandError is the error of a command with the end of its output.
func commandError(err error, output []byte) error {
	return fmt.Errorf("%w: %s", err, tail(string(output)))
}
