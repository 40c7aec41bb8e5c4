package testbed

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Disk is a small file system of a test's own.
type Disk struct{ Dir string }

// NewDisk mounts a file system of so many bytes, with further options of tmpfs; it goes at the end of the
// test. The test must run as root.
func NewDisk(tb testing.TB, size string, options ...string) *Disk {
	tb.Helper()
	if os.Geteuid() != 0 {
		tb.Skip("only root can mount")
	}
	dir, err := os.MkdirTemp("", "pd-") // short: below it go sockets, and a run directory of at most 50 characters
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, strings.Join(append(options, "mode=0711", "size="+size), ",")); err != nil {
		tb.Fatalf("mount a tmpfs: %v", err)
	}
	tb.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			tb.Errorf("unmount %s: %v", dir, err)
		}
	})
	return &Disk{Dir: dir}
}

// Fill leaves no room, to the last byte.
func (d *Disk) Fill(tb testing.TB) {
	tb.Helper()
	f, err := os.Create(d.filler())
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for _, block := range []int{1 << 16, 1} {
		for {
			if _, err = f.Write(make([]byte, block)); err != nil {
				break
			}
		}
		if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, io.ErrShortWrite) {
			tb.Fatalf("fill %s: %v", d.Dir, err)
		}
	}
}

// FillBut leaves room for so many bytes.
func (d *Disk) FillBut(tb testing.TB, free int64) {
	tb.Helper()
	d.Fill(tb)
	info, err := os.Stat(d.filler())
	if err == nil {
		err = os.Truncate(d.filler(), max(0, info.Size()-free))
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// Free frees what Fill took.
func (d *Disk) Free(tb testing.TB) {
	tb.Helper()
	if err := os.Remove(d.filler()); err != nil {
		tb.Fatal(err)
	}
}

func (d *Disk) filler() string { return filepath.Join(d.Dir, "filler") }
