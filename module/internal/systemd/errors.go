package systemd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/godbus/dbus/v5"
)

// What D-Bus calls the errors that mean something here.
const (
	noSuchUnit   = "org.freedesktop.systemd1.NoSuchUnit"
	unitMasked   = "org.freedesktop.systemd1.UnitMasked"
	loadFailed   = "org.freedesktop.systemd1.LoadFailed"
	badSetting   = "org.freedesktop.systemd1.BadUnitSetting"
	fileNotFound = "org.freedesktop.DBus.Error.FileNotFound"
	osNotFound   = "System.Error.ENOENT"
)

// denials are the errors of who may not do what was asked.
var denials = []string{
	"org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.DBus.Error.AuthFailed",
	"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
}

// is reports whether an error is one of those that D-Bus calls so.
func is(err error, names ...string) bool {
	var e dbus.Error
	return errors.As(err, &e) && slices.Contains(names, e.Name)
}

// plain says in words what D-Bus says in names.
func plain(err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case is(err, denials...):
		return fmt.Errorf("systemd does not let this user (or SELinux, or the policy of D-Bus, does not): %w", err)
	case is(err, unitMasked):
		return fmt.Errorf("%w (systemctl unmask allows it again)", err)
	case is(err, loadFailed, badSetting):
		return fmt.Errorf("%w (systemd-analyze verify tells more)", err)
	}
	return err
}
