package podman

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Podman that is killed while it prepares a container leaves a conmon and the runtime's waiting first process, and
// takes the container for one that was only created: it never ends them, not even with the container's removal.

// preparedEnd is how long conmon may take to notice that its container's process was killed.
const preparedEnd = 2 * time.Second

// endPrepared ends the processes of a container that Podman takes for one that was only created.
func endPrepared(ctx context.Context, id string) {
	monitors := conmonsOf(id)
	for _, pid := range monitors {
		for _, child := range childrenOf(pid) {
			_ = unix.Kill(child, unix.SIGKILL) // it may have ended meanwhile
		}
	}
	ctx, cancel := context.WithTimeout(ctx, preparedEnd)
	defer cancel()
	for slices.ContainsFunc(monitors, exists) && pause(ctx, readyPoll) == nil { // a process that is no child has no event
	}
	for _, pid := range monitors {
		if isConmonOf(pid, id) {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
}

// conmonsOf returns the conmon processes of a container.
func conmonsOf(id string) []int {
	var pids []int
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil && isConmonOf(pid, id) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// isConmonOf reports whether a process is the conmon of a container: "conmon … -c ID …".
func isConmonOf(pid int, id string) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || !bytes.Contains(line, []byte(id)) {
		return false
	}
	words := strings.Split(string(line), "\x00")
	at := slices.Index(words, "-c")
	return filepath.Base(words[0]) == "conmon" && at >= 0 && at+1 < len(words) && words[at+1] == id
}

// childrenOf returns the processes that a process is the parent of.
func childrenOf(pid int) []int {
	var children []int
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // that thread has ended
		}
		for _, word := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(word); err == nil {
				children = append(children, child)
			}
		}
	}
	return children
}
