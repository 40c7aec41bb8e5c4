package systemd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/godbus/dbus/v5"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// PodmanPath is the podman that units call.
const PodmanPath = unitfile.PodmanPath

// Where units of the host's own configuration are, and what exists where systemd is the init (sd_booted).
const (
	unitDir = "/etc/systemd/system"
	booted  = "/run/systemd/system"
)

// Units is this host's systemd. Its methods may be called at the same time.
type Units struct {
	dir     string // where units are written
	connect func(context.Context) (*link, error)

	mu   sync.Mutex
	link *link
}

var _ apply.Units = (*Units)(nil)

// Follows implements apply.Units. An old file may name a process that is another one by now.
func (u *Units) Follows(pidFile string) bool {
	text, err := os.ReadFile(pidFile)
	if err != nil {
		return false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return false
	}
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return err == nil && strings.TrimSpace(string(name)) == "conmon"
}

// Runs reports whether systemd is this host's init.
func Runs() bool {
	info, err := os.Lstat(booted)
	return err == nil && info.IsDir()
}

// Connect reaches the host's systemd: over the system's D-Bus, or, for root, over systemd's own socket
// where the bus is down. An error says what is wrong with each, and what to do. The connection outlives
// ctx, and is re-created when it is lost between two calls.
func Connect(ctx context.Context) (*Units, error) {
	u := &Units{dir: unitDir, connect: reach}
	_, err := u.manager(ctx)
	if err != nil {
		return nil, err
	}
	return u, nil
}

// Close ends the connection.
func (u *Units) Close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.link != nil {
		u.link.Close()
		u.link = nil
	}
}

// manager returns the connection, which may have been lost meanwhile: a new systemd or bus took over.
func (u *Units) manager(ctx context.Context) (*link, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.link != nil {
		if u.link.Connected() {
			return u.link, nil
		}
		u.link.Close()
		u.link = nil
	}
	l, err := u.connect(ctx)
	if err != nil {
		return nil, err
	}
	u.link = l
	return l, nil
}

// with has systemd do something that may well be done twice. Where the connection turns out to have been lost
// before, because a new systemd or bus took over, it is re-created and used once more.
func (u *Units) with(ctx context.Context, do func(*link) error) error {
	m, err := u.manager(ctx)
	if err != nil {
		return err
	}
	if err = do(m); !wasLost(err) {
		return err
	}
	u.forget(m)
	if m, err = u.manager(ctx); err != nil {
		return err
	}
	return do(m)
}

func wasLost(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, dbus.ErrClosed)
}

// forget ends a connection that was lost.
func (u *Units) forget(l *link) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.link == l {
		u.link.Close()
		u.link = nil
	}
}
