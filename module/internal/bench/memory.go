package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// watchEvery is how often the memory of a command is read. The peak that the kernel returns at the end has ours in it, as a
// process is a copy of its parent until it runs its program.
const watchEvery = 2 * time.Millisecond

// runWatched runs a command and returns the peak memory of its largest process, in bytes.
func runWatched(cmd *exec.Cmd) (int64, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var most int64
	for {
		select {
		case err := <-ended:
			if err != nil {
				return 0, commandError(err, out.Bytes())
			}
			return most, nil
		case <-tick.C:
			most = max(most, peak(cmd.Process.Pid))
		}
	}
}

// peak returns the peak of a process and its descendants.
func peak(pid int) int64 {
	most := highWater(pid)
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return most // it has ended
	}
	for _, word := range strings.Fields(string(children)) {
		if child, err := strconv.Atoi(word); err == nil {
			most = max(most, peak(child))
		}
	}
	return most
}

// highWater returns VmHWM of a process, 0 where it has ended.
func highWater(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for _, l := range strings.Split(string(text), "\n") {
		if rest, found := strings.CutPrefix(l, "VmHWM:"); found {
			kilobytes, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 10, 64)
			if err != nil {
				return 0
			}
			return kilobytes * 1024
		}
	}
	return 0
}
