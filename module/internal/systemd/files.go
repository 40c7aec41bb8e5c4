package systemd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
)

// unitPath is what may be written: a unit, or a file of one directory beside the units.
var unitPath = regexp.MustCompile(`^(?:[A-Za-z0-9_][A-Za-z0-9:_.@\\-]*/)?[A-Za-z0-9_][A-Za-z0-9:_.@\\-]*$`)

// Write implements apply.Units; the name may be a path with one directory, which is made if it is
// missing.
func (u *Units) Write(_ context.Context, name, text string) error {
	if !unitPath.MatchString(name) {
		return fmt.Errorf("%q is not the name of a unit", name)
	}
	path := filepath.Join(u.dir, name)
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // systemd's own are readable by all
		return err
	}
	// systemd passes over names that begin with a dot. The next run writes over what a killed one left.
	sum := sha256.Sum256([]byte(name))
	temporary := filepath.Join(dir, ".paunch-"+hex.EncodeToString(sum[:8]))
	if err := writeSynced(temporary, text); err != nil {
		_ = os.Remove(temporary)
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		_ = os.Remove(temporary)
		return err
	}
	return syncDir(dir)
}

// writeSynced writes a file that is on the disk when it returns.
func writeSynced(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NOFOLLOW, 0o644) //nolint:gosec // units are readable by all
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Chmod(0o644) // whatever the umask
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir has a rename outlive a power failure. Some file systems cannot, and say so.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// Remove implements apply.Units. What was attached to a unit are the links beside it by which older tools
// had it pull in others. A mask, which is an operator's, stays.
func (u *Units) Remove(ctx context.Context, names []string) error {
	for _, name := range names {
		if !unitPath.MatchString(name) || filepath.Base(name) != name {
			return fmt.Errorf("%q is not the name of a unit", name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	if err := u.with(ctx, func(m *link) error { return disable(ctx, m, names) }); err != nil {
		return fmt.Errorf("disable: %w", plain(err))
	}
	for _, name := range names {
		if err := u.removeFiles(name); err != nil {
			return err
		}
	}
	return nil
}

// disable disables all at once; where systemd does not know one of them, each for itself.
func disable(ctx context.Context, m manager, names []string) error {
	_, err := m.DisableUnitFilesContext(ctx, names, false)
	if !gone(err) || len(names) == 1 {
		return ignoreGone(err)
	}
	for _, name := range names {
		if _, err := m.DisableUnitFilesContext(ctx, []string{name}, false); err != nil && !gone(err) {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func gone(err error) bool { return is(err, noSuchUnit, fileNotFound, osNotFound) }

func ignoreGone(err error) error {
	if gone(err) {
		return nil
	}
	return err
}

func (u *Units) removeFiles(name string) error {
	path := filepath.Join(u.dir, name)
	if target, err := os.Readlink(path); err != nil || target != noUnit {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return errors.Join(removeLinks(path+".requires"), removeLinks(path+".wants"))
}

// removeLinks removes a directory that holds symbolic links and nothing else.
func removeLinks(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() {
		return nil //nolint:nilerr // there is none, or it is not one that tools made
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Type()&fs.ModeSymlink == 0 {
			return nil
		}
	}
	for _, entry := range entries {
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
