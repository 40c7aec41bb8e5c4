package systemd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	systemd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"
)

// manager is what is asked of systemd over D-Bus; *systemd.Conn has it.
type manager interface {
	ListUnitsByPatternsContext(ctx context.Context, states, patterns []string) ([]systemd.UnitStatus, error)
	ListUnitFilesByPatternsContext(ctx context.Context, states, patterns []string) ([]systemd.UnitFile, error)
	EnableUnitFilesContext(ctx context.Context, files []string, runtime, force bool) (bool, []systemd.EnableUnitFileChange, error)
	DisableUnitFilesContext(ctx context.Context, files []string, runtime bool) ([]systemd.DisableUnitFileChange, error)
	ReloadContext(ctx context.Context) error
	ResetFailedUnitContext(ctx context.Context, name string) error
	StartUnitContext(ctx context.Context, name, mode string, ch chan<- string) (int, error)
	StopUnitContext(ctx context.Context, name, mode string, ch chan<- string) (int, error)
	GetUnitPropertyContext(ctx context.Context, unit, property string) (*systemd.Property, error)
	GetUnitTypePropertiesContext(ctx context.Context, unit, unitType string) (map[string]any, error)
	GetManagerProperty(property string) (string, error)
	Connected() bool
	Close()
}

// link is one connection; lost is closed when it ends.
type link struct {
	manager
	lost <-chan struct{}
}

// way is one way to reach systemd.
type way struct {
	name string
	dial func(...dbus.ConnOption) (*dbus.Conn, error)
	// bus means that a bus is between, which has to be greeted.
	bus bool
}

// The bus outlives an update of systemd, which takes down connections to its own socket.
var overBus = way{"the system's D-Bus", dbus.SystemBusPrivate, true}

// overSocket is for root alone, and works where the bus is down.
var overSocket = way{"systemd's own socket", func(o ...dbus.ConnOption) (*dbus.Conn, error) {
	return dbus.Dial("unix:path=/run/systemd/private", o...)
}, false}

// reach connects by the first way that systemd answers.
func reach(ctx context.Context) (*link, error) {
	ways := []way{overBus}
	if os.Geteuid() == 0 {
		ways = append(ways, overSocket)
	}
	return reachBy(ctx, ways)
}

func reachBy(ctx context.Context, ways []way) (*link, error) {
	var all error
	for _, w := range ways {
		l, err := w.connect(ctx)
		if err == nil {
			return l, nil
		}
		all = errors.Join(all, fmt.Errorf("over %s: %w", w.name, plain(err)))
	}
	return nil, fmt.Errorf("systemd cannot be reached: %w; see systemctl status dbus, or run with systemd: never", all)
}

func (w way) connect(ctx context.Context) (*link, error) {
	// The connection outlives ctx, but until it is made, ctx ends the attempt.
	alive, end := context.WithCancel(context.WithoutCancel(ctx))
	keep := context.AfterFunc(ctx, end)
	lost, lose := context.WithCancel(context.Background())
	conn, err := systemd.NewConnection(func() (*dbus.Conn, error) {
		c, err := w.open(alive)
		if err == nil {
			context.AfterFunc(c.Context(), lose)
		}
		return c, err
	})
	if err == nil {
		// A bus that may be used can still keep systemd from us, or have no systemd behind it.
		if _, err = conn.SystemStateContext(ctx); err != nil {
			conn.Close()
		}
	}
	switch {
	case err == nil && keep():
		return &link{conn, lost.Done()}, nil
	case err == nil:
		conn.Close()
		err = ctx.Err()
	}
	end()
	lose()
	return nil, err
}

func (w way) open(ctx context.Context) (*dbus.Conn, error) {
	conn, err := w.dial(dbus.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	// By number: the name of the user would be looked up by the C library.
	err = conn.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(os.Getuid()))})
	if err == nil && w.bus {
		err = conn.Hello()
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}
