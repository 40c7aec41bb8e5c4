package confighash_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/confighash"
)

func TestPathsAreWalkedUpToTheirConfig(t *testing.T) {
	e, _, err := config.DecodeEntry("x", "", map[string]any{
		"image": "x", "env_file": "/etc/x.env",
		"volumes": []any{
			"/var/lib/config-data/keystone/etc/keystone:/etc/keystone:ro", "/var/lib/config-data/keystone/etc/ssl:/etc/ssl",
			"/var/lib/config-data/puppet-generated/nova/etc:/etc/nova", "/var/lib/config-data/puppet-generated:/all",
			"/var/lib/config-database/x:/x", "/var/lib/config-data:/every", "volume:/v", "/var/log:/log",
		},
		"mount": []any{"type=bind,src=/var/lib/config-data/mysql/my.cnf,dst=/my.cnf"},
	}, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"/etc/x.env", "/var/lib/config-data/keystone", "/var/lib/config-data/mysql", "/var/lib/config-data/puppet-generated/nova"}
	if diff := cmp.Diff(want, confighash.Paths(e, "/var/lib/config-data")); diff != "" {
		t.Error(diff)
	}
}

func TestTheHashFollowsContentsAndNothingElse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keystone")
	write := func(name, text string) {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sum := func() string {
		t.Helper()
		h, err := confighash.Of(context.Background(), dir)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	if sum() != "" {
		t.Error("what does not exist has a hash")
	}
	write("etc/a.conf", "a")
	write("b.conf", "b")
	if err := os.Symlink("b.conf", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	first := sum()
	if err := os.Chtimes(filepath.Join(dir, "b.conf"), time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "b.conf"), 0o644); err != nil {
		t.Fatal(err)
	}
	if sum() != first {
		t.Error("a touched file changes the hash")
	}
	seen := map[string]string{first: "the first"}
	for what, change := range map[string]func(){
		"contents":  func() { write("b.conf", "B") },
		"a file":    func() { write("c.conf", "") },
		"a name":    func() { _ = os.Rename(filepath.Join(dir, "c.conf"), filepath.Join(dir, "d.conf")); write("e", "") },
		"a link":    func() { _ = os.Remove(filepath.Join(dir, "link")); _ = os.Symlink("a", filepath.Join(dir, "link")) },
		"an md5sum": func() { _ = os.WriteFile(dir+".md5sum", []byte("0123  dir\n"), 0o600) },
	} {
		change()
		h := sum()
		if other, twice := seen[h]; twice {
			t.Errorf("%s has the hash of %s", what, other)
		}
		seen[h] = what
		_ = os.Remove(dir + ".md5sum")
	}
}

func TestOddTreesAreSurvived(t *testing.T) {
	dir := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	if err := os.Symlink(dir, filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	if _, err := confighash.Of(context.Background(), dir); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := confighash.Of(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
}

// TestASumThatIsNoFileIsRefusedAtOnce: whoever opens a pipe to read waits for its writer.
func TestASumThatIsNoFileIsRefusedAtOnce(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"a pipe":             func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a directory":        func(path string) error { return os.Mkdir(path, 0o700) },
		"an endless device":  func(path string) error { return os.Symlink("/dev/zero", path) },
		"a file without end": func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("a"), 2<<20), 0o600) },
	} {
		dir := filepath.Join(t.TempDir(), "web")
		if err := errors.Join(os.Mkdir(dir, 0o700), make(dir+".md5sum")); err != nil {
			t.Fatal(err)
		}
		_, err := confighash.Of(context.Background(), dir)
		if err == nil || !strings.Contains(err.Error(), dir+".md5sum is ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatServicesShareIsHashedPieceByPieceBelowEdpmsPrefix(t *testing.T) {
	e, _, err := config.DecodeEntry("x", "", map[string]any{"image": "x", "volumes": []any{
		"/var/lib/openstack/certs/nova/default:/c", "/var/lib/openstack/cacerts/nova/tls-ca-bundle.pem:/d", "/var/lib/openstack/config/nova:/e",
		"/var/lib/openstack/nova/etc:/f", "/var/lib/openstack/healthchecks:/g", "/var/lib/openstack:/h",
	}}, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"/var/lib/openstack/cacerts/nova", "/var/lib/openstack/certs/nova", "/var/lib/openstack/config/nova",
		"/var/lib/openstack/healthchecks", "/var/lib/openstack/nova",
	}
	if diff := cmp.Diff(want, confighash.Paths(e, "/var/lib/openstack/")); diff != "" {
		t.Error(diff)
	}
}

func TestAnExcludedFileDoesNotCount(t *testing.T) {
	dir := t.TempDir()
	sum := func(text string, exclude ...string) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "cache.db"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		h, err := confighash.Of(context.Background(), dir, exclude...)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	if sum("a", "/cache.db") != sum("b", "/cache.db") {
		t.Error("an excluded file counts")
	}
	if sum("a", "cache.db", "/other") == sum("b", "cache.db", "/other") {
		t.Error("a file that is not excluded does not count")
	}
}
