package podman

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/blang/semver/v4"
	"github.com/containers/podman/v5/libpod/define"
	"golang.org/x/sys/unix"
)

// execRemoveVersion is the first Podman whose API can end an exec session.
var execRemoveVersion = semver.MustParse("4.8.0")

const (
	// execGrace is how long a command may take to end after SIGTERM.
	execGrace    = 10 * time.Second
	endPoll      = 20 * time.Millisecond
	markKeysSize = 8 // bytes of the digest
)

// markKeys makes detach keys of a mark. They are the one field of a session that the client chooses freely
// and an inspection shows; without a terminal they mean nothing.
func markKeys(mark string) string {
	if mark == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(mark))
	return strings.Join(strings.Split(hex.EncodeToString(sum[:markKeysSize]), ""), ",")
}

// sessionProcess reports whether the process of a session exists: as the child of the session's conmon, as
// its number alone may have become another one's.
func sessionProcess(s *define.InspectExecSession) bool {
	p, ok := readProcess(s.Pid)
	if !ok || p.zombie {
		return false
	}
	command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.parent))
	return err == nil && bytes.Contains(command, []byte(s.ID))
}

// process is what /proc tells of a process.
type process struct {
	pid, parent, session int
	zombie               bool
}

// readProcess reads /proc/PID/stat; false means that there is no such process, or no way to see it.
func readProcess(pid int) (process, bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, false
	}
	at := bytes.LastIndexByte(stat, ')') // the name before it may hold anything
	var state string
	var parent, group, session int
	if _, err := fmt.Sscan(string(stat[at+1:]), &state, &parent, &group, &session); err != nil {
		return process{}, false
	}
	return process{pid: pid, parent: parent, session: session, zombie: state == "Z"}, true
}

// endSession ends the processes of a session by SIGTERM, and those that go on by SIGKILL. The runtime makes
// the first one the leader of a session of the kernel's, which its children share.
func endSession(ctx context.Context, leader int) error {
	for _, signal := range []unix.Signal{unix.SIGTERM, unix.SIGKILL} {
		members := sessionMembers(leader)
		for _, pid := range members {
			if err := unix.Kill(pid, signal); err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("end process %d: %w", pid, err)
			}
		}
		for deadline := time.Now().Add(execGrace); len(sessionMembers(leader)) > 0; {
			if time.Now().After(deadline) {
				break
			}
			if err := pause(ctx, endPoll); err != nil {
				return err
			}
		}
	}
	if left := sessionMembers(leader); len(left) > 0 {
		return fmt.Errorf("processes %v do not end", left)
	}
	return nil
}

// sessionMembers returns the processes of a session, its leader first.
func sessionMembers(leader int) []int {
	entries, _ := os.ReadDir("/proc") // what cannot be seen cannot be ended
	var members []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if p, ok := readProcess(pid); ok && p.session == leader && !p.zombie {
			members = append(members, pid)
		}
	}
	slices.SortFunc(members, func(a, b int) int {
		switch {
		case a == leader:
			return -1
		case b == leader:
			return 1
		}
		return a - b
	})
	return members
}

// leftExitCode returns the exit code that the conmon of a session left in the container's directory.
func (c *Client) leftExitCode(ctx context.Context, container, session string) (int, error) {
	data, err := c.inspectOnce(ctx, container)
	if err != nil {
		return 0, err
	}
	text, err := os.ReadFile(filepath.Join(data.StaticDir, session, "exit", data.ID))
	if err != nil {
		return 0, fmt.Errorf("the command has ended, and podman did not see how: %w", err)
	}
	code, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("the command has ended, and its exit code cannot be read: %w", err)
	}
	return code, nil
}
