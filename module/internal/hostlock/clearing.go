package hostlock

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// clearingFile is no lock of a manager: those end in .lock.
const clearingFile = "clearing-storage"

// Clearing takes the lock under which storage without a container is cleared: one for all managers of this host, held
// for that long only. It waits at most timeout.
func Clearing(ctx context.Context, timeout time.Duration) (release func(), err error) {
	dir, err := lockDir()
	if err != nil {
		return nil, fmt.Errorf("lock of the clearing of storage: %w", err)
	}
	return clearingIn(ctx, dir, timeout)
}

func clearingIn(ctx context.Context, dir string, timeout time.Duration) (release func(), err error) {
	path := filepath.Join(dir, clearingFile)
	lock, err := take(ctx, path, timeout, func(string) {})
	switch {
	case errors.Is(err, ErrHeld):
		return nil, heldError{fmt.Sprintf("an apply of another manager clears the storage and holds the lock %s (waited %s)", path, timeout)}
	case err != nil:
		return nil, fmt.Errorf("lock of the clearing of storage: %w", err)
	}
	return func() { _ = lock.Close() }, nil // it ends with the process in any case
}
