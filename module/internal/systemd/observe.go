package systemd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	systemd "github.com/coreos/go-systemd/v22/dbus"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// longestText bounds what is read of a file: a unit has a few kilobytes.
const longestText = 1 << 20

// noUnit is where a masked unit's link leads.
const noUnit = "/dev/null"

// Observe looks at the services and timers that say that they are ours, or whose name begins with one of
// the prefixes and "_": at their files, and at what systemd knows of them, in one call each for all. A
// unit that is loaded still and has no file any more is among them, without a text.
func (u *Units) Observe(ctx context.Context, prefixes []string) (units map[string]observed.Unit, err error) {
	err = u.with(ctx, func(m *link) (err error) {
		units, err = u.observe(ctx, m, prefixes)
		return err
	})
	return units, err
}

func (u *Units) observe(ctx context.Context, m *link, prefixes []string) (map[string]observed.Unit, error) {
	units, changed, err := u.read(prefixes)
	if err != nil {
		return nil, fmt.Errorf("look at the units of this host: %w", err)
	}
	patterns := patternsOf(units, prefixes)
	if len(patterns) == 0 {
		return units, nil
	}
	loaded, err := m.ListUnitsByPatternsContext(ctx, nil, patterns)
	if err != nil {
		return nil, fmt.Errorf("ask systemd which units run: %w", plain(err))
	}
	files, err := m.ListUnitFilesByPatternsContext(ctx, nil, patterns)
	if err != nil {
		return nil, fmt.Errorf("ask systemd which units are enabled: %w", plain(err))
	}
	addLoaded(units, loaded)
	addStates(units, files)
	return units, markStale(ctx, m, units, changed)
}

// read returns the units of the directory, and when each file was changed.
func (u *Units) read(prefixes []string) (map[string]observed.Unit, map[string]time.Time, error) {
	units, changed := map[string]observed.Unit{}, map[string]time.Time{}
	entries, err := os.ReadDir(u.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	for _, entry := range entries {
		name := entry.Name()
		if !observable(name) {
			continue
		}
		path := filepath.Join(u.dir, name)
		if target, err := os.Readlink(path); err == nil && target == noUnit {
			if begins(name, prefixes) {
				units[name] = observed.Unit{Name: name, Masked: true}
			}
			continue
		}
		text, at, err := readText(path)
		switch {
		case errors.Is(err, fs.ErrNotExist): // a link to nothing, or removed meanwhile
			continue
		case err != nil:
			return nil, nil, err
		}
		if _, ours := unitfile.OwnerOf(text); ours || begins(name, prefixes) {
			units[name], changed[name] = observed.Unit{Name: name, Text: text, Active: "inactive"}, at
		}
	}
	return units, changed, nil
}

func observable(name string) bool {
	return !strings.HasPrefix(name, ".") && (strings.HasSuffix(name, ".service") || strings.HasSuffix(name, ".timer"))
}

func begins(name string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p+"_") })
}

// readText returns the text of a regular file, and when the file was last changed in any way; what is no
// regular file has no text.
func readText(path string) (string, time.Time, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", time.Time{}, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return "", time.Time{}, err
	}
	at := info.ModTime()
	if stat, ok := info.Sys().(*syscall.Stat_t); ok { // it tells also of a copy that kept its time
		at = time.Unix(stat.Ctim.Unix())
	}
	text, err := io.ReadAll(io.LimitReader(f, longestText))
	return string(text), at, err
}

// patternsOf returns what to ask systemd for.
func patternsOf(units map[string]observed.Unit, prefixes []string) []string {
	var patterns []string
	for _, p := range prefixes {
		patterns = append(patterns, literal(p)+"_*.service", literal(p)+"_*.timer")
	}
	for name := range units {
		if !begins(name, prefixes) {
			patterns = append(patterns, literal(name))
		}
	}
	slices.Sort(patterns)
	return slices.Compact(patterns)
}

// literal has a pattern (fnmatch) match a text and nothing else.
func literal(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}

func addLoaded(units map[string]observed.Unit, loaded []systemd.UnitStatus) {
	for _, l := range loaded {
		unit, here := units[l.Name]
		if !here && l.LoadState == "not-found" && l.ActiveState == "inactive" {
			continue // another unit names it, nothing else
		}
		unit.Name, unit.Active = l.Name, l.ActiveState
		units[l.Name] = unit
	}
}

func addStates(units map[string]observed.Unit, files []systemd.UnitFile) {
	for _, f := range files {
		name := filepath.Base(f.Path)
		unit, here := units[name]
		switch f.Type {
		case "enabled", "enabled-runtime":
			unit.Enabled = true
		case "masked", "masked-runtime":
			if here && unit.Text != "" {
				continue // the file goes before a mask below /run
			}
			unit.Name, unit.Masked, here = name, true, true
		}
		if here {
			units[name] = unit
		}
	}
}

// sameTime is how far a file's time may be off: the kernel writes that of its last tick.
const sameTime = time.Second

// markStale marks the units whose files systemd has not read since they were changed. Each is asked for
// only where the file was changed after systemd last read all.
func markStale(ctx context.Context, m manager, units map[string]observed.Unit, changed map[string]time.Time) error {
	read := lastRead(m)
	for name, at := range changed {
		if !read.IsZero() && at.Before(read.Add(-sameTime)) {
			continue
		}
		p, err := m.GetUnitPropertyContext(ctx, name, "NeedDaemonReload")
		switch {
		case is(err, noSuchUnit):
			continue
		case err != nil:
			return fmt.Errorf("ask systemd whether it has read %s: %w", name, plain(err))
		}
		unit := units[name]
		unit.Stale, _ = p.Value.Value().(bool)
		units[name] = unit
	}
	return nil
}

// lastRead is when systemd began to read all its units for the last time; zero when it does not tell.
func lastRead(m manager) time.Time {
	for _, property := range []string{"UnitsLoadTimestamp", "UnitsLoadStartTimestamp"} { // of a reload, of the boot
		text, err := m.GetManagerProperty(property)
		if err != nil {
			continue
		}
		micros, err := strconv.ParseInt(text[strings.LastIndexByte(text, ' ')+1:], 10, 64) // "@t 123"
		if err == nil && micros > 0 {
			return time.UnixMicro(micros)
		}
	}
	return time.Time{}
}

// Restarts returns how often systemd restarted each unit after it exited, since it was last started by a request;
// a unit that systemd does not know has no key.
func (u *Units) Restarts(ctx context.Context, names []string) (counts map[string]int, err error) {
	counts = map[string]int{}
	if len(names) == 0 {
		return counts, nil
	}
	err = u.with(ctx, func(m *link) error {
		for _, name := range names {
			properties, err := m.GetUnitTypePropertiesContext(ctx, name, "Service")
			switch {
			case is(err, noSuchUnit):
				continue
			case err != nil:
				return fmt.Errorf("ask systemd how often it restarted %s: %w", name, plain(err))
			}
			if n, ok := properties["NRestarts"].(uint32); ok {
				counts[name] = int(n)
			}
		}
		return nil
	})
	return counts, err
}

// OrderFiles returns those of the files of systemd_order that are there, by their path below the
// directory of units.
func (u *Units) OrderFiles() (map[string]string, error) {
	found := map[string]string{}
	for path := range unitfile.OrderFiles() {
		text, _, err := readText(filepath.Join(u.dir, path))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, fmt.Errorf("look at the files of systemd_order: %w", err)
		}
		found[path] = text
	}
	return found, nil
}
