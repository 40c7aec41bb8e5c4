package hostfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// ErrNotRegular is the error about a pipe, a device, a socket or a directory.
var ErrNotRegular = errors.New("is not a regular file")

// LargeError is the error about a file that is longer than the bytes that its reader takes.
type LargeError int64

func (e LargeError) Error() string { return "is larger than " + size(int64(e)) }

// readTimeout bounds the read of a file that looks like a regular one and has no end, as some below /proc.
const readTimeout = 10 * time.Second

// Open opens a regular file for reading, and refuses anything else at once. Symbolic links are followed. The
// errors are ErrNotRegular and those of the system.
func Open(path string) (*os.File, error) {
	// Looked at before it is opened: opening a device can have effects.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: ErrNotRegular}
	}
	// It may be another file by now: not to block is for a pipe.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: ErrNotRegular}
	}
	if err != nil {
		_ = f.Close() // nothing was read
		return nil, err
	}
	_ = f.SetReadDeadline(time.Now().Add(readTimeout)) // real files have none, and need none
	return f, nil
}

// Read returns the contents of a regular file of at most limit bytes. The errors are ErrNotRegular, a LargeError
// and those of the system.
func Read(path string, limit int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	return readAll(f, path, limit)
}

func readAll(r io.Reader, path string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, &fs.PathError{Op: "read", Path: path, Err: LargeError(limit)}
	}
	return data, nil
}

// size spells a number of bytes.
func size(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%d MiB", bytes>>20)
	case bytes >= 1<<10:
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// Reason drops the path from an error whose message names the file anyway: "is not a regular file", "cannot be
// read: permission denied".
func Reason(err error) error {
	var pe *fs.PathError
	var large LargeError
	switch {
	case !errors.As(err, &pe):
		return err
	case errors.Is(err, ErrNotRegular), errors.As(err, &large):
		return pe.Err
	}
	return fmt.Errorf("cannot be read: %w", pe.Err)
}
