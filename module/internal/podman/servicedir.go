package podman

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
)

// serviceDirPrefix names the directories of private services, to find those of killed runs.
const serviceDirPrefix = "paunch-podman-"

// maxSocketPath is what fits into a unix socket's address.
const maxSocketPath = 107

// serviceDir is the directory of one private service: its socket, its output, and a lock that its
// owner holds as long as it lives.
type serviceDir struct {
	path string
	lock *flock.Flock
}

// newServiceDir makes a directory that only this user can enter, after removing those of runs that
// were killed.
func newServiceDir() (*serviceDir, error) {
	var errs []error
	for _, parent := range runtimeDirs() {
		removeDeadDirs(parent)
		d, err := makeServiceDir(parent)
		if err == nil {
			return d, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("make a directory for a private podman service: %w", errors.Join(errs...))
}

// runtimeDirs are the places to try, best first.
func runtimeDirs() []string {
	var dirs []string
	if os.Geteuid() == 0 {
		dirs = append(dirs, "/run")
	} else if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		dirs = append(dirs, dir)
	}
	return append(dirs, os.TempDir(), "/tmp") // $TMPDIR can be too long for a socket
}

func makeServiceDir(parent string) (*serviceDir, error) {
	path, err := os.MkdirTemp(parent, serviceDirPrefix)
	if err != nil {
		return nil, err
	}
	d := &serviceDir{path: path, lock: flock.New(filepath.Join(path, "lock"), flock.SetPermissions(0o600))}
	if len(path)+len("/podman.sock") > maxSocketPath {
		return nil, errors.Join(fmt.Errorf("%s is too long for a socket", path), d.remove())
	}
	if err := d.lock.Lock(); err != nil {
		return nil, errors.Join(err, d.remove())
	}
	return d, nil
}

// removeDeadDirs removes directories whose owner is dead: nobody holds their lock. One without a lock
// file may be in the making, by a run of this very moment, and is left alone.
func removeDeadDirs(parent string) {
	matches, _ := filepath.Glob(filepath.Join(parent, serviceDirPrefix+"*"))
	for _, path := range matches {
		if !ownDir(path) {
			continue
		}
		lockPath := filepath.Join(path, "lock")
		if _, err := os.Lstat(lockPath); err != nil {
			continue
		}
		d := &serviceDir{path: path, lock: flock.New(lockPath)}
		if locked, err := d.lock.TryLock(); err == nil && locked {
			_ = d.remove() // left for the next run
		}
	}
}

// ownDir reports whether path is a directory (no symbolic link) of this user: /tmp is everybody's.
func ownDir(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

func (d *serviceDir) outputPath() string { return filepath.Join(d.path, "output") }

// outputTail is the end of what the service printed, on one line.
func (d *serviceDir) outputTail(limit int64) string {
	f, err := os.Open(d.outputPath())
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && info.Size() > limit {
		_, _ = f.Seek(-limit, io.SeekEnd)
	}
	text, _ := io.ReadAll(io.LimitReader(f, limit)) // what can be read is told
	return strings.Join(strings.Fields(string(text)), " ")
}

// outputSize is how much the service has printed.
func (d *serviceDir) outputSize() int64 {
	info, err := os.Stat(d.outputPath())
	if err != nil {
		return 0
	}
	return info.Size()
}

// outputFrom is what the service has printed since it had printed so much, the end of it where that is long.
func (d *serviceDir) outputFrom(size int64) string {
	f, err := os.Open(d.outputPath())
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	from := max(size, d.outputSize()-16*stderrTail)
	text, _ := io.ReadAll(io.NewSectionReader(f, from, 16*stderrTail)) // what can be read is told
	return string(text)
}

func (d *serviceDir) remove() error {
	return errors.Join(os.RemoveAll(d.path), d.lock.Close())
}
