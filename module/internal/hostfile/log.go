package hostfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// A container's output is appended to its log file as root, by a process that follows links and creates the file
// where it is missing. So the path is looked at before that process opens it:
//
//   - a directory, or one above it, that everyone can write and that is not sticky is refused: whatever is there, it
//     can be exchanged at any time;
//   - in a directory that another user can write otherwise (sticky, by a group, as its owner) the file must be a
//     regular one of ours, without a second name; where it is missing we create it, so that nobody can put a link into
//     its place;
//   - in any other directory a link is followed. It is the administrator's.

// CheckLog reports why a container's output must not go to a file; nil where it may. What is missing is fine.
func CheckLog(path string) error {
	dir, _, err := logDir(path)
	if err != nil {
		return err
	}
	if isShared(dir) {
		return checkOwn(path)
	}
	return checkTarget(path)
}

// MakeLog checks the file as CheckLog does, and creates it where another user could. Its directory exists.
func MakeLog(path string) error {
	if err := CheckLog(path); err != nil {
		return err
	}
	dir, missing, err := logDir(path)
	if err != nil || missing || !isShared(dir) {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o640) //nolint:gosec // as conmon would make it
	if errors.Is(err, fs.ErrExist) {
		return checkOwn(path)
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// OpenLog opens a log file for reading, by the same rules.
func OpenLog(path string) (*os.File, error) {
	if err := CheckLog(path); err != nil {
		return nil, err
	}
	return Open(path)
}

// maxLinks is how many symbolic links a path may lead through, as for the kernel.
const maxLinks = 40

// logDir returns the real directory of a log file, or where that is missing the nearest one above it that exists.
func logDir(path string) (dir string, missing bool, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return "", false, err
	}
	links := 0
	dir, missing, err = realDir(filepath.Dir(path), &links)
	if err != nil || missing {
		return dir, missing, err
	}
	return dir, false, checkEveryone(dir)
}

// realDir resolves a directory step by step. A link that another user put there is refused, and a directory on the
// way in which everyone can exchange what is there.
func realDir(dir string, links *int) (real string, missing bool, err error) {
	if dir == filepath.Dir(dir) {
		return dir, false, nil
	}
	parent, missing, err := realDir(filepath.Dir(dir), links)
	if err != nil || missing {
		return parent, missing, err
	}
	if err := checkEveryone(parent); err != nil {
		return "", false, err
	}
	path := filepath.Join(parent, filepath.Base(dir))
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return parent, true, nil
	case err != nil:
		return "", false, err
	case info.Mode()&fs.ModeSymlink == 0:
		return path, false, nil
	case isShared(parent) && !trusted(owner(info)):
		return "", false, fmt.Errorf("%s is a symbolic link of another user", path)
	}
	target, err := os.Readlink(path)
	if err != nil {
		return "", false, err
	}
	if *links++; *links > maxLinks {
		return "", false, &fs.PathError{Op: "open", Path: path, Err: syscall.ELOOP}
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(parent, target)
	}
	return realDir(filepath.Clean(target), links)
}

// checkEveryone refuses a directory in which everyone can exchange what is there.
func checkEveryone(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0 {
		return fmt.Errorf("everyone can write in %s, and lead the output to any other file: take the permission away (chmod o-w), or make it sticky (chmod +t)", dir)
	}
	return err
}

// isShared reports whether another user than root and ourselves can write in a directory.
func isShared(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil {
		return true
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	mode := info.Mode().Perm()
	return !ok || !trusted(stat.Uid) || mode&0o002 != 0 || mode&0o020 != 0 && stat.Gid != 0
}

// owner is the user that a file belongs to.
func owner(info fs.FileInfo) uint32 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Uid
	}
	return math.MaxUint32
}

func trusted(uid uint32) bool { return uid == 0 || int(uid) == os.Geteuid() }

// checkOwn demands a regular file of our own that has one name, or none.
func checkOwn(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link, in a directory that others can write", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s %w", path, ErrNotRegular)
	case !trusted(owner(info)):
		return fmt.Errorf("%s belongs to another user, in a directory that others can write", path)
	case ok && stat.Nlink > 1:
		return fmt.Errorf("%s has a second name (a hard link), in a directory that others can write", path)
	}
	return nil
}

// checkTarget refuses what would block whoever opens it. A character device such as /dev/null is fine.
func checkTarget(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() && info.Mode()&fs.ModeCharDevice == 0 {
		return fmt.Errorf("%s %w", path, ErrNotRegular)
	}
	return nil
}
