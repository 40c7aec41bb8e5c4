package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sample is what one step of a peer cost.
type sample struct {
	Wall time.Duration
	// CPU is the time of the command, of Podman's service and of all that they started.
	CPU time.Duration
}

// beSubreaper makes the orphans of our descendants our children, so that their CPU time is counted.
func beSubreaper() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// measure runs a command.
func measure(cmd *exec.Cmd) (sample, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	before, err := treeCPU()
	if err != nil {
		return sample{}, err
	}
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return sample{}, fmt.Errorf("%w: %s", err, tail(out.String()))
	}
	taken := sample{Wall: time.Since(began)}
	after, err := treeCPU()
	if err != nil {
		return sample{}, err
	}
	taken.CPU = after - before
	return taken, nil
}

// tail returns the last lines of an output.
func tail(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

// clockTick is the unit of times in /proc, the same on all Linux machines.
const clockTick = 10 * time.Millisecond

// process is what /proc says of one.
type process struct {
	pid, parent int
	zombie      bool
	cpu         time.Duration // its own and that of the children that it has waited for
}

// treeCPU returns the CPU time of all our descendants, the dead ones included.
func treeCPU() (time.Duration, error) {
	processes, err := descendants()
	if err != nil {
		return 0, err
	}
	reap(processes)
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_CHILDREN, &usage); err != nil {
		return 0, err
	}
	total := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	for _, p := range processes {
		if !p.zombie || p.parent != os.Getpid() {
			total += p.cpu
		}
	}
	return total, nil
}

// reap waits for orphans that ended; those that we started ourselves are waited for where that was.
func reap(processes []process) {
	for _, p := range processes {
		if p.zombie && p.parent == os.Getpid() {
			_, _ = unix.Wait4(p.pid, nil, unix.WNOHANG, nil)
		}
	}
}

// descendants returns the processes below this one.
func descendants() ([]process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	children := map[int][]process{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		p, err := readProcess(pid)
		if err != nil {
			return nil, err
		}
		children[p.parent] = append(children[p.parent], p)
	}
	var found []process
	for queue := []int{os.Getpid()}; len(queue) > 0; queue = queue[1:] {
		for _, p := range children[queue[0]] {
			found = append(found, p)
			queue = append(queue, p.pid)
		}
	}
	return found, nil
}

// readProcess reads /proc/PID/stat; a process that has ended meanwhile is one without a parent.
func readProcess(pid int) (process, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return process{parent: -1}, nil
	}
	if err != nil {
		return process{}, err
	}
	return parseStat(pid, string(text))
}

// parseStat reads the fields after the command, which may hold anything.
func parseStat(pid int, text string) (process, error) {
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 15 {
		return process{}, fmt.Errorf("/proc/%d/stat: unexpected %q", pid, text)
	}
	parent, err := strconv.Atoi(fields[1])
	if err != nil {
		return process{}, fmt.Errorf("/proc/%d/stat: %w", pid, err)
	}
	p := process{pid: pid, parent: parent, zombie: fields[0] == "Z"}
	for _, ticks := range fields[11:15] {
		n, err := strconv.ParseInt(ticks, 10, 64)
		if err != nil {
			return process{}, fmt.Errorf("/proc/%d/stat: %w", pid, err)
		}
		p.cpu += time.Duration(n) * clockTick
	}
	return p, nil
}
