//go:build realnode

package nodetest

import (
	"crypto/md5"
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestAChangedConfigFileReplacesItsService(t *testing.T) {
	s := newStep(t, "ch")
	prefix := t.TempDir()
	s.req.CheckConfigHash, s.req.ConfigVolumePrefix = true, prefix
	own, sums, env := filepath.Join(prefix, "own"), filepath.Join(prefix, "puppet-generated", "sums"), filepath.Join(prefix, "env")
	write(t, own+"/etc/a.conf", "a=1\n")
	write(t, own+"/etc/b.conf", "b=1\n")
	write(t, sums+"/etc/c.conf", "c=1\n")
	write(t, sums+".md5sum", hex.EncodeToString(md5.New().Sum(nil))+"\n")
	write(t, env, "X=1\n")
	if err := os.Symlink("b.conf", own+"/etc/link.conf"); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", own+"/etc/socket")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	c := config{
		"ch-own":   service("volumes", []any{own + ":/config:ro"}),
		"ch-sums":  service("volumes", []any{sums + ":/config:ro"}),
		"ch-env":   service("env_file", env),
		"ch-other": service("volumes", []any{"/etc/hostname:/h:ro"}),
	}
	s.must(c)
	s.unchanged(c)

	for name, step := range map[string]struct {
		change   func()
		replaced string
		path     string
	}{
		"a file":           {func() { write(t, own+"/etc/a.conf", "a=2\n") }, "ch-own", own},
		"a touched file":   {func() { write(t, own+"/etc/b.conf", "b=1\n") }, "", ""},
		"a sum":            {func() { write(t, sums+".md5sum", strings.Repeat("0", 32)+"\n") }, "ch-sums", sums},
		"beside a sum":     {func() { write(t, sums+"/etc/c.conf", "c=2\n") }, "", ""},
		"an env file":      {func() { write(t, env, "X=2\n") }, "ch-env", env},
		"where a link led": {func() { _ = os.Remove(own + "/etc/link.conf"); _ = os.Symlink("a.conf", own+"/etc/link.conf") }, "ch-own", own},
	} {
		t.Run(name, func(t *testing.T) {
			before := map[string]string{}
			for n := range c {
				before[n] = id(t, n)
			}
			step.change()
			result := s.must(c)
			for n := range c {
				diff(t, n+" is replaced", n == step.replaced, id(t, n) != before[n])
				if n == step.replaced && !strings.Contains(of(t, result, n).Reason, step.path) {
					t.Errorf("the reason names no path: %s", of(t, result, n).Reason)
				}
				runs(t, "tripleo_"+n+".service", n)
			}
			s.unchanged(c)
		})
	}
}
