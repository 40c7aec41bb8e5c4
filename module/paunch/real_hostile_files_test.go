//go:build realpodman

package paunch_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/overcloud/paunch/module/paunch"
)

// pipe makes a pipe that nobody writes to: whoever opens it to read waits for ever.
func pipe(t *testing.T, path string) string {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAPipeInPlaceOfAFileIsRefusedAtOnce gives a pipe wherever a file is read.
func TestAPipeInPlaceOfAFileIsRefusedAtOnce(t *testing.T) {
	bed.Clean(t)
	dir := t.TempDir()
	prefix := filepath.Join(dir, "config-data")
	if err := os.MkdirAll(filepath.Join(prefix, "web"), 0o700); err != nil {
		t.Fatal(err)
	}
	sum := pipe(t, filepath.Join(prefix, "web.md5sum"))
	p := pipe(t, filepath.Join(dir, "pipe"))
	for name, change := range map[string]func(r *paunch.Request){
		"the sum beside a config directory": func(r *paunch.Request) {
			r.Config = config{"web": service("volumes", []any{filepath.Join(prefix, "web") + ":/x"})}
			r.CheckConfigHash, r.ConfigVolumePrefix = true, prefix
		},
		"the config":   func(r *paunch.Request) { r.Config, r.ConfigPath = nil, p },
		"an env file":  func(r *paunch.Request) { r.Config = config{"web": service("env_file", p)} },
		"a label file": func(r *paunch.Request) { r.Config = config{"web": service("label_file", p)} },
		"a log file": func(r *paunch.Request) {
			r.Config = config{"web": service("log_driver", "k8s-file", "log_opt", config{"path": p})}
		},
		"credentials of a pull": func(r *paunch.Request) {
			r.Config, r.RegistryAuthFile = config{"web": service("image", "localhost:1/none:1")}, p
		},
		"a device as env file":   func(r *paunch.Request) { r.Config = config{"web": service("env_file", "/dev/zero")} },
		"a directory as a label": func(r *paunch.Request) { r.Config = config{"web": service("label_file", dir)} },
	} {
		req := request(t, nil)
		change(&req)
		result := mustFail(t, req, "is not a regular file")
		if !strings.Contains(result.Msg, p) && !strings.Contains(result.Msg, sum) && !strings.Contains(result.Msg, dir) && !strings.Contains(result.Msg, "/dev/zero") {
			t.Errorf("%s: the file is not named: %s", name, result.Msg)
		}
		if l := listed(t); len(l) > 0 {
			t.Errorf("%s: it made %q", name, l)
		}
	}
}

// TestALogFileThatLeadsElsewhereIsNotWritten puts links where others can write.
func TestALogFileThatLeadsElsewhereIsNotWritten(t *testing.T) {
	for name, tc := range map[string]struct {
		mode os.FileMode
		says string
	}{
		"where everyone can write": {0o777, "everyone can write in"},
		"in a sticky directory":    {os.ModeSticky | 0o777, "is a symbolic link"},
	} {
		t.Run(name, func(t *testing.T) {
			bed.Clean(t)
			dir := t.TempDir()
			victim := write(t, filepath.Join(t.TempDir(), "victim"), "root:x:0:0\n")
			if err := os.Chmod(dir, tc.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(victim, filepath.Join(dir, "job.log")); err != nil {
				t.Fatal(err)
			}
			req := request(t, config{"job": job("echo evil::0:0")})
			req.LogPath = dir
			req.Check = true
			mustFail(t, req, `container "job"`, tc.says)
			req.Check = false
			mustFail(t, req, `container "job"`, tc.says)
			text, err := os.ReadFile(victim)
			diff(t, "the other file", "root:x:0:0\n", string(text))
			if err != nil || len(listed(t)) > 0 {
				t.Errorf("%v; containers %q", err, listed(t))
			}
		})
	}
}

func TestALogFileInAStickyDirectoryIsOurs(t *testing.T) {
	bed.Clean(t)
	dir := t.TempDir()
	if err := os.Chmod(dir, os.ModeSticky|0o777); err != nil {
		t.Fatal(err)
	}
	req := request(t, config{"job": job("echo said"), "web": service()})
	req.LogPath = dir
	must(t, req)
	text, err := os.ReadFile(filepath.Join(dir, "job.log"))
	if err != nil || !strings.Contains(string(text), "said") {
		t.Errorf("the log: %v %q", err, text)
	}
	// What runs unchanged has its file open: a directory that becomes unsafe is found by the next start.
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	diff(t, "unchanged", false, must(t, req).Changed)
	req.Config["web"] = service("environment", config{"A": "1"})
	mustFail(t, req, `container "web"`, "everyone can write in")
}
