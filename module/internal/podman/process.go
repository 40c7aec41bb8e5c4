package podman

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/containers/podman/v5/libpod/define"
	"github.com/containers/podman/v5/pkg/domain/entities/types"
	"golang.org/x/sys/unix"

	"github.com/overcloud/paunch/module/internal/observed"
)

// Podman learns of a container's end from its conmon. Where that was killed, the listing says "running" for
// ever, whether the container lives on or not; only the processes themselves tell.

// withProcess corrects what the listing says of a running container by a look at its processes. An inspection
// is asked for only where they look wrong, as an end that conmon is still handling looks so too.
func (c *Client) withProcess(ctx context.Context, l *types.ListContainer, k observed.Container) observed.Container {
	if k.Status != observed.Running && k.Status != observed.Stopping && k.Status != observed.Paused || l.Pid <= 0 || !c.seesProcesses {
		return k
	}
	var attended bool
	if attended, k.Begun = lookAt(l.Pid); attended || k.Status == observed.Paused {
		return k
	}
	var d *define.InspectContainerData
	err := c.ask(ctx, isFault, func() (err error) {
		d, err = c.inspectOnce(ctx, l.ID)
		return err
	})
	switch {
	case err != nil, d.State == nil, string(k.Status) != d.State.Status, !conmonGone(d.State):
	case !exists(d.State.Pid):
		k.Status = observed.Dead
	default:
		k.Unattended = true
	}
	return k
}

func conmonGone(s *define.InspectContainerState) bool { return s.ConmonPid > 0 && !exists(s.ConmonPid) }

// exists reports whether a process exists, whoever's it is.
func exists(pid int) bool { return !errors.Is(unix.Kill(pid, 0), unix.ESRCH) }

// lookAt reads what the kernel says of a container's process: whether it exists and does not look as if its
// parent, conmon, had left it to the init of the system or user; and when it was started, in clock ticks since
// the boot, 0 where that is not known.
func lookAt(pid int) (attended bool, begun uint64) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return exists(pid), 0 // another user's may be hidden
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // the name before it may hold anything but that
	fields := strings.Fields(rest)
	if len(fields) <= statBegun {
		return true, 0
	}
	begun, _ = strconv.ParseUint(fields[statBegun], 10, 64) // 0 is unknown
	parent, err := strconv.Atoi(fields[statParent])
	if err != nil {
		return true, begun
	}
	if parent == 1 {
		return false, begun
	}
	name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", parent)) // unreadable: not one that adopts
	return strings.TrimSpace(string(name)) != "systemd", begun
}

// Fields of /proc/PID/stat, counted from the one after the name.
const (
	statParent = 1
	statBegun  = 19
)

// samePIDs reports whether the process that listens at a socket numbers processes as this one does: not from
// within a container, or into one.
func samePIDs(socket string) bool {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }() // nothing was sent
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return false
	}
	var peer *unix.Ucred
	if controlErr := raw.Control(func(fd uintptr) {
		peer, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); controlErr != nil || err != nil || peer.Pid <= 0 {
		return false
	}
	theirs, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", peer.Pid))
	ours, ourErr := os.Readlink("/proc/self/ns/pid")
	return err == nil && ourErr == nil && theirs == ours
}
