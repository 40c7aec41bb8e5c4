package podman

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// fewInodes is how many free inodes are as bad as no space.
const fewInodes = 64

// Room returns how many bytes are free for what Podman writes about a container: the smallest number of the
// file systems that it writes to. Negative means that it cannot be told.
func (c *Client) Room(ctx context.Context, container string) (int64, error) {
	if !c.local {
		return -1, nil
	}
	dirs, err := c.stateDirs(ctx, container)
	if err != nil {
		return -1, err
	}
	room := int64(math.MaxInt64)
	for _, dir := range dirs {
		free, err := freeBytes(dir)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
			return -1, nil // another mount namespace, or another user's
		}
		if err != nil {
			return -1, fmt.Errorf("look for free space on %s: %w", dir, err)
		}
		room = min(room, free)
	}
	return room, nil
}

// stateDirs returns the directories below which Podman keeps the state of all containers: one that outlives
// a boot, and one that does not. They are asked for once.
func (c *Client) stateDirs(ctx context.Context, container string) ([]string, error) {
	c.mu.Lock()
	known := c.dirs
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	var dirs []string
	err := c.ask(ctx, isFault, func() error {
		data, err := c.inspectOnce(ctx, container)
		if err == nil {
			dirs = []string{parent(data.StaticDir, 2), parent(data.PidFile, 3)} // …/overlay-containers/ID/userdata[/pidfile]
		}
		return err
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dirs = dirs
	return dirs, err
}

// parent returns the directory so many levels above a path.
func parent(path string, levels int) string {
	for range levels {
		path = filepath.Dir(path)
	}
	return path
}

// freeBytes returns the free space of a file system; none where it has hardly an inode left.
func freeBytes(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	if s.Files > 0 && s.Ffree < fewInodes { // some file systems make inodes as they need them, and say 0
		return 0, nil
	}
	return int64(min(s.Bavail, math.MaxInt64/uint64(s.Bsize))) * s.Bsize, nil //nolint:gosec // bounded
}
