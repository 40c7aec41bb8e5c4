package hostfile_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/overcloud/paunch/module/internal/hostfile"
)

func TestOnlyRegularFilesAreOpened(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := syscall.Mkfifo(at("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(at("pipe"), at("link")); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", at("socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	for _, path := range []string{at("pipe"), at("link"), at("socket"), dir, "/dev/null", "/dev/zero", "/dev/tty"} {
		for name, open := range map[string]func() error{
			"Open": func() error { _, err := hostfile.Open(path); return err },
			"Read": func() error { _, err := hostfile.Read(path, 10); return err },
		} {
			err := open()
			if !errors.Is(err, hostfile.ErrNotRegular) || hostfile.Reason(err).Error() != "is not a regular file" {
				t.Errorf("%s(%s): %v", name, path, err)
			}
		}
	}
}

func TestAFileIsReadUpToItsLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, length := range []int{0, 9, 10, 11, 1 << 20} {
		text := strings.Repeat("x", length)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := hostfile.Read(path, 10)
		var large hostfile.LargeError
		switch {
		case length <= 10 && (err != nil || string(got) != text):
			t.Errorf("%d bytes: %v", length, err)
		case length > 10 && (!errors.As(err, &large) || hostfile.Reason(err).Error() != "is larger than 10 bytes"):
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}

func TestAMissingFileIsTheSystemsError(t *testing.T) {
	_, err := hostfile.Read(filepath.Join(t.TempDir(), "none"), 10)
	if !errors.Is(err, fs.ErrNotExist) || hostfile.Reason(err).Error() != "cannot be read: no such file or directory" {
		t.Errorf("got %v", err)
	}
}
