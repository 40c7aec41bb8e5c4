package podman

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/overcloud/paunch/module/internal/observed"
)

// Listening returns the TCP ports on which the processes of running containers listen, by the container's id. It is
// meant for containers in the host's network, whose ports nothing else tells. What cannot be seen is missing: another
// host's processes, and another user's.
func (c *Client) Listening(containers []observed.Container) map[string][]uint16 {
	found := map[string][]uint16{}
	if !c.seesProcesses || len(containers) == 0 {
		return found
	}
	children := processTree()
	for _, k := range containers {
		if k.PID <= 0 {
			continue
		}
		sockets := map[string]bool{}
		for _, pid := range descendants(children, k.PID) {
			addSockets(sockets, pid)
		}
		for _, table := range []string{"tcp", "tcp6"} {
			found[k.ID] = append(found[k.ID], listeners(fmt.Sprintf("/proc/%d/net/%s", k.PID, table), sockets)...)
		}
		slices.Sort(found[k.ID])
		found[k.ID] = slices.Compact(found[k.ID])
	}
	return found
}

// processTree returns the children of each process.
func processTree() map[int][]int {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is valid
	for _, path := range stats {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		text, readErr := os.ReadFile(path)
		if err != nil || readErr != nil { // it has ended
			continue
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) > statParent {
			if parent, err := strconv.Atoi(fields[statParent]); err == nil {
				children[parent] = append(children[parent], pid)
			}
		}
	}
	return children
}

// descendants returns a process and all below it.
func descendants(children map[int][]int, pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// addSockets adds the inodes of a process's sockets, as the kernel prints them.
func addSockets(sockets map[string]bool, pid int) {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	files, err := os.ReadDir(dir)
	if err != nil { // it has ended, or is another user's
		return
	}
	for _, f := range files {
		target, _ := os.Readlink(filepath.Join(dir, f.Name())) // closed meanwhile
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			sockets[strings.TrimSuffix(inode, "]")] = true
		}
	}
}

// Fields of a line of /proc/net/tcp, and the state of a socket that listens there.
const (
	tcpLocal  = 1
	tcpState  = 3
	tcpInode  = 9
	tcpListen = "0A"
)

// listeners returns the ports of a table of the kernel on which one of the sockets listens.
func listeners(path string, sockets map[string]bool) []uint16 {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }() // only read from
	var ports []uint16
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) <= tcpInode || fields[tcpState] != tcpListen || !sockets[fields[tcpInode]] {
			continue
		}
		_, port, _ := strings.Cut(fields[tcpLocal], ":")
		if b, err := hex.DecodeString(port); err == nil && len(b) == 2 {
			ports = append(ports, uint16(b[0])<<8|uint16(b[1]))
		}
	}
	return ports
}
