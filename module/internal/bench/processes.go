package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"golang.org/x/sys/unix"
)

// Of the kernel's process connector (linux/cn_proc.h): the kernel reports every fork of the machine.
const (
	connectorProc  = 1 // CN_IDX_PROC and CN_VAL_PROC
	connectorOn    = 1 // PROC_CN_MCAST_LISTEN
	eventFork      = 1
	connectorBytes = 20 // of struct cn_msg
	eventBytes     = 16 // of struct proc_event before the event's own fields
)

// forks counts the processes that this one and its descendants start.
type forks struct {
	socket int

	mu    sync.Mutex
	grew  *sync.Cond
	tree  map[uint32]bool
	count int
	err   error
}

// countForks begins to count. It needs CAP_NET_ADMIN and the machine's own PID namespace.
func countForks() (*forks, error) {
	socket, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_CONNECTOR)
	if err != nil {
		return nil, fmt.Errorf("process connector: %w", err)
	}
	f := &forks{socket: socket, tree: map[uint32]bool{uint32(os.Getpid()): true}}
	f.grew = sync.NewCond(&f.mu)
	if err := f.listen(); err != nil {
		_ = unix.Close(socket)
		return nil, fmt.Errorf("process connector: %w", err)
	}
	go f.read()
	return f, nil
}

func (f *forks) listen() error {
	if err := unix.Bind(f.socket, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: connectorProc}); err != nil {
		return err
	}
	// Every process of the machine is reported.
	if err := unix.SetsockoptInt(f.socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20); err != nil {
		return err
	}
	message := make([]byte, unix.NLMSG_HDRLEN+connectorBytes+4)
	order := binary.NativeEndian
	order.PutUint32(message[0:], uint32(len(message)))
	order.PutUint16(message[4:], unix.NLMSG_DONE)
	order.PutUint32(message[unix.NLMSG_HDRLEN:], connectorProc)
	order.PutUint32(message[unix.NLMSG_HDRLEN+4:], connectorProc)
	order.PutUint16(message[unix.NLMSG_HDRLEN+16:], 4)
	order.PutUint32(message[unix.NLMSG_HDRLEN+connectorBytes:], connectorOn)
	return unix.Sendto(f.socket, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
}

func (f *forks) read() {
	buffer := make([]byte, 4096)
	for {
		n, _, err := unix.Recvfrom(f.socket, buffer, 0)
		if err != nil {
			f.mu.Lock()
			f.err = err
			f.grew.Broadcast()
			f.mu.Unlock()
			return
		}
		f.note(buffer[:n])
	}
}

// note counts a fork of the tree, but no new thread.
func (f *forks) note(message []byte) {
	const fields = unix.NLMSG_HDRLEN + connectorBytes + eventBytes
	order := binary.NativeEndian
	if len(message) < fields+16 || order.Uint32(message[unix.NLMSG_HDRLEN+connectorBytes:]) != eventFork {
		return
	}
	parent, child, group := order.Uint32(message[fields+4:]), order.Uint32(message[fields+8:]), order.Uint32(message[fields+12:])
	f.mu.Lock()
	defer f.mu.Unlock()
	if child == group && f.tree[parent] {
		f.tree[child] = true
		f.count++
		f.grew.Broadcast()
	}
}

// end ends the counting and returns the count: it starts a process of its own, which it leaves out, and waits until that was
// reported.
func (f *forks) end() (int, error) {
	defer func() { _ = unix.Close(f.socket) }() // it is only read
	marker := exec.Command("true")
	if err := marker.Run(); err != nil {
		return 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for !f.tree[uint32(marker.Process.Pid)] && f.err == nil {
		f.grew.Wait()
	}
	return f.count - 1, f.err
}
