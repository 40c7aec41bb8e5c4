package confighash

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/overcloud/paunch/module/internal/hostfile"
)

// Bounds: a config is text, and so is a sum. A file above wholeFile is told by its size and time; a tree of more than
// maxFiles is refused, as it is no config and would make every apply slow.
const (
	wholeFile = 16 << 20
	maxFiles  = 20_000
	maxSum    = 1 << 20
)

// ErrTooMany means that a tree is too large to be a config.
var ErrTooMany = errors.New("more files than a config has")

// Of returns the hash of a file or directory. A directory that tripleo hashed already (its .md5sum file
// stands beside it) has the hash that stands there. Names, contents and targets of symbolic links count;
// times, owners and modes do not, nor do sockets and devices. What does not exist has the hash "". Excluded files are
// named by their path below the directory, with a slash in front.
func Of(ctx context.Context, path string, exclude ...string) (string, error) {
	known, err := tripleoSum(path + ".md5sum")
	if known != "" || err != nil {
		return known, err
	}
	sum := sha256.New()
	files := 0
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return skipGone(err, p == path)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if files++; files > maxFiles {
			return fmt.Errorf("%w (%d)", ErrTooMany, maxFiles)
		}
		rel, err := filepath.Rel(path, p)
		if err != nil {
			return err
		}
		if slices.Contains(exclude, "/"+rel) {
			return nil
		}
		return add(sum, p, rel, d)
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("hash %s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// tripleoSum returns the hash that tripleo left of a directory; "" where there is none that we may read.
func tripleoSum(path string) (string, error) {
	text, err := hostfile.Read(path, maxSum)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("%s %w", path, hostfile.Reason(err))
	}
	if sum := strings.Fields(string(text)); len(sum) > 0 {
		return "md5:" + sum[0], nil
	}
	return "", nil
}

// skipGone passes over what vanished while the tree was walked; a root that does not exist is told.
func skipGone(err error, root bool) error {
	if errors.Is(err, fs.ErrNotExist) && !root {
		return nil
	}
	return err
}

func add(sum hash.Hash, path, rel string, d fs.DirEntry) error {
	switch {
	case d.Type()&fs.ModeSymlink != 0:
		target, err := os.Readlink(path)
		if err != nil {
			return skipGone(err, false)
		}
		_, _ = fmt.Fprintf(sum, "link %q %q\n", rel, target) // a hash never fails
		return nil
	case d.Type().IsRegular():
		return addFile(sum, path, rel)
	}
	return nil
}

func addFile(sum hash.Hash, path, rel string) error {
	f, err := hostfile.Open(path)
	if errors.Is(err, hostfile.ErrNotRegular) {
		return nil // it was one when the directory was listed
	}
	if err != nil {
		return skipGone(err, false)
	}
	defer func() { _ = f.Close() }() // only read from
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() > wholeFile {
		_, _ = fmt.Fprintf(sum, "large %q %d %d\n", rel, info.Size(), info.ModTime().UnixNano())
		return nil
	}
	_, _ = fmt.Fprintf(sum, "file %q %d\n", rel, info.Size())
	_, err = io.Copy(sum, io.LimitReader(f, wholeFile))
	return err
}
