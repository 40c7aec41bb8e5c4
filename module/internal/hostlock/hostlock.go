package hostlock

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	// flock on all platforms and file systems with their errors mapped, in every Linux distribution's
	// Go tree, and released this year (0.13.1, August 2026).
	"github.com/gofrs/flock"
)

// retry is how often a lock that is held is tried. A blocking flock cannot be given up when ctx ends.
const retry = 50 * time.Millisecond

// ErrHeld is wrapped by the error for a lock that another user held until the end.
var ErrHeld = errors.New("lock is held")

// Lock is a lock that is held.
type Lock struct {
	path        string
	flock       *flock.Flock
	interrupted map[string]time.Time
}

// Release gives the lock back. The file stays: to remove it would let a waiter lock a file that a third
// one no longer finds.
func (l *Lock) Release() error { return l.flock.Close() }

// Acquire takes the lock of name (a managed_by), waiting at most timeout; 0 tries once. The caller
// releases it when done; a process that ends releases it too.
func Acquire(ctx context.Context, name string, timeout time.Duration) (*Lock, error) {
	return AcquireTelling(ctx, name, timeout, func(string) {})
}

// AcquireTelling is Acquire that calls held with who holds the lock, as " (pid N)", before it waits for that holder.
func AcquireTelling(ctx context.Context, name string, timeout time.Duration, held func(holder string)) (*Lock, error) {
	dir, err := lockDir()
	if err != nil {
		return nil, fmt.Errorf("host lock of managed_by %s: %w", name, err)
	}
	return acquireIn(ctx, dir, name, timeout, held)
}

func acquireIn(ctx context.Context, dir, name string, timeout time.Duration, held func(holder string)) (*Lock, error) {
	path := lockPath(dir, name)
	lock, err := take(ctx, path, timeout, held)
	switch {
	case errors.Is(err, ErrHeld):
		return nil, heldError{fmt.Sprintf("another apply of managed_by %s%s holds the lock %s (waited %s)", name, holder(path), path, timeout)}
	case err != nil:
		return nil, fmt.Errorf("host lock of managed_by %s: %w", name, err)
	}
	ours := &Lock{path: path, flock: lock, interrupted: interruptedIn(path)}
	if err := ours.writeHolder(); err != nil {
		return nil, errors.Join(fmt.Errorf("host lock of managed_by %s: %w", name, err), lock.Close())
	}
	return ours, nil
}

// take locks the file at path, waiting at most timeout: ErrHeld means that another user held it until then.
func take(ctx context.Context, path string, timeout time.Duration, held func(holder string)) (*flock.Flock, error) {
	lock := flock.New(path, flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err == nil && !locked && timeout > 0 {
		waitCtx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		locked, err = wait(waitCtx, lock, held)
	}
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case err != nil && !errors.Is(err, context.DeadlineExceeded):
	case !locked:
		err = ErrHeld
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// wait tries to get a lock until ctx ends, and says which holder it waits for.
func wait(ctx context.Context, lock *flock.Flock, held func(holder string)) (bool, error) {
	var waitsFor string
	for first := true; ; first = false {
		locked, err := lock.TryLock()
		if locked || err != nil {
			return locked, err
		}
		if now := holder(lock.Path()); first || now != waitsFor {
			waitsFor = now
			held(now)
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(retry):
		}
	}
}

func lockPath(dir, name string) string { return filepath.Join(dir, fileName(name)) }

// heldError is ErrHeld with its circumstances, which the text already names.
type heldError struct{ text string }

func (e heldError) Error() string { return e.text }
func (e heldError) Unwrap() error { return ErrHeld }

// writeHolder records who holds the lock, for those who wait in vain, and which creates of earlier holders
// did not end.
func (l *Lock) writeHolder() error {
	return os.WriteFile(l.path, []byte(strconv.Itoa(os.Getpid())+"\n"+lines(l.interrupted)), 0o600)
}

// holder is " (pid N)" or " (pid N, PROGRAM)", or nothing where the file does not tell.
func holder(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		return ""
	}
	// In another PID namespace the number is another process's: only a program of ours is named.
	program, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if name := strings.TrimSpace(string(program)); strings.HasPrefix(name, "paunch") {
		return fmt.Sprintf(" (pid %d, %s)", pid, name)
	}
	return fmt.Sprintf(" (pid %d)", pid)
}

// lockDir is the first directory that can be had.
func lockDir() (string, error) {
	var errs []error
	for _, dir := range candidateDirs(os.Geteuid()) {
		err := ensureDir(dir)
		if err == nil {
			return dir, nil
		}
		errs = append(errs, err)
	}
	return "", errors.Join(errs...)
}

// candidateDirs are the system's place for root, and one that is there for every user. Nothing in the
// environment chooses between them: a cron job and a login, which have XDG_RUNTIME_DIR or TMPDIR or not, must
// meet at one lock. /run/user would not do either, as it comes and goes with logins.
func candidateDirs(uid int) []string {
	shared := fmt.Sprintf("/tmp/paunch-%d", uid)
	if uid == 0 {
		return []string{"/run/paunch", shared}
	}
	return []string{shared}
}

// ensureDir makes dir for this user only, or finds that it is so already. In a directory that others
// can write to, another user's must not be used: they could hold or exchange the locks.
func ensureDir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory", dir)
	case !ok || int(stat.Uid) != os.Geteuid():
		return fmt.Errorf("%s belongs to another user: it has to be removed", dir)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("%s can be written to by others (mode %o)", dir, info.Mode().Perm())
	}
	return nil
}

// fileName is a file name of its own for each lock name: what is not plain is replaced, and then a
// digest keeps two such names apart.
func fileName(name string) string {
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-", r) {
			return r
		}
		return '_'
	}, name)
	const longest = 100
	if plain == name && len(name) <= longest && name != "" {
		return name + ".lock"
	}
	sum := sha256.Sum256([]byte(name))
	return plain[:min(len(plain), longest)] + "-" + hex.EncodeToString(sum[:6]) + ".lock"
}
