package hostfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/overcloud/paunch/module/internal/hostfile"
)

// logPlace is a directory of some mode, and a file outside that must stay as it is.
type logPlace struct{ dir, victim string }

func newLogPlace(t *testing.T, mode os.FileMode) logPlace {
	t.Helper()
	p := logPlace{dir: filepath.Join(t.TempDir(), "logs"), victim: filepath.Join(t.TempDir(), "victim")}
	for _, err := range []error{os.Mkdir(p.dir, 0o700), os.Chmod(p.dir, mode), os.WriteFile(p.victim, []byte("x"), 0o600)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return p
}

const (
	private  = 0o755
	everyone = 0o777
	sticky   = os.ModeSticky | 0o777
)

func TestALogFileThatAnotherUserCouldLeadElsewhereIsRefused(t *testing.T) {
	link := func(p logPlace, path string) error { return os.Symlink(p.victim, path) }
	for name, tc := range map[string]struct {
		mode os.FileMode
		make func(p logPlace, path string) error
		says string // "" = it is fine
	}{
		"a new file in a private directory":          {private, nil, ""},
		"a link in a private directory":              {private, link, ""},
		"a pipe in a private directory":              {private, func(_ logPlace, path string) error { return syscall.Mkfifo(path, 0o600) }, "is not a regular file"},
		"a directory in a private one":               {private, func(_ logPlace, path string) error { return os.Mkdir(path, 0o700) }, "is not a regular file"},
		"a link to the null device":                  {private, func(_ logPlace, path string) error { return os.Symlink("/dev/null", path) }, ""},
		"a new file where everyone can write":        {everyone, nil, "everyone can write in"},
		"a link where everyone can write":            {everyone, link, "everyone can write in"},
		"a new file in a sticky directory":           {sticky, nil, ""},
		"a file of our own in a sticky directory":    {sticky, func(_ logPlace, path string) error { return os.WriteFile(path, []byte("log"), 0o600) }, ""},
		"a link in a sticky directory":               {sticky, link, "is a symbolic link"},
		"a link to nothing in a sticky directory":    {sticky, func(_ logPlace, path string) error { return os.Symlink("/etc/no-such-file", path) }, "is a symbolic link"},
		"a second name of a file in a sticky one":    {sticky, func(p logPlace, path string) error { return os.Link(p.victim, path) }, "has a second name"},
		"a pipe in a sticky directory":               {sticky, func(_ logPlace, path string) error { return syscall.Mkfifo(path, 0o600) }, "is not a regular file"},
		"a device by a link in a sticky directory":   {sticky, func(_ logPlace, path string) error { return os.Symlink("/dev/null", path) }, "is a symbolic link"},
		"a new directory below one that all can use": {sticky, func(p logPlace, _ string) error { return os.Mkdir(filepath.Join(p.dir, "sub"), 0o777) }, ""},
	} {
		p := newLogPlace(t, tc.mode)
		path := filepath.Join(p.dir, "web.log")
		if tc.make != nil {
			if err := tc.make(p, path); err != nil {
				t.Fatal(err)
			}
		}
		for what, err := range map[string]error{"CheckLog": hostfile.CheckLog(path), "MakeLog": hostfile.MakeLog(path)} {
			if tc.says == "" && err != nil || tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)) {
				t.Errorf("%s: %s: %v", name, what, err)
			}
		}
		if text, err := os.ReadFile(p.victim); err != nil || string(text) != "x" {
			t.Errorf("%s: the other file is changed: %q %v", name, text, err)
		}
	}
}

func TestALogFileInASharedDirectoryIsOursBeforeAContainerOpensIt(t *testing.T) {
	for mode, made := range map[os.FileMode]bool{private: false, sticky: true} {
		path := filepath.Join(newLogPlace(t, mode).dir, "web.log")
		if err := hostfile.MakeLog(path); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(path); (err == nil) != made {
			t.Errorf("mode %v: %v", mode, err)
		}
	}
}

func TestADirectoryAboveThatEveryoneCanWriteIsRefusedToo(t *testing.T) {
	p := newLogPlace(t, everyone)
	for _, sub := range []string{"missing/web.log", "there/web.log", "there/missing/below/web.log"} {
		if err := os.MkdirAll(filepath.Join(p.dir, "there"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := hostfile.CheckLog(filepath.Join(p.dir, sub)); err == nil || !strings.Contains(err.Error(), "everyone can write in "+p.dir) {
			t.Errorf("%s: %v", sub, err)
		}
	}
	// By a link, too: the real directory counts.
	link := filepath.Join(t.TempDir(), "logs")
	if err := os.Symlink(p.dir, link); err != nil {
		t.Fatal(err)
	}
	if err := hostfile.CheckLog(filepath.Join(link, "web.log")); err == nil {
		t.Error("a link to such a directory is taken")
	}
}

// TestALinkOfAnotherUserOnTheWayIsRefused needs root, as the product's own use of it.
func TestALinkOfAnotherUserOnTheWayIsRefused(t *testing.T) {
	p := newLogPlace(t, sticky)
	elsewhere, link := t.TempDir(), filepath.Join(p.dir, "logs")
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Fatal(err)
	}
	if err := hostfile.CheckLog(filepath.Join(link, "web.log")); err != nil {
		t.Errorf("our own link: %v", err)
	}
	if err := os.Lchown(link, 65534, 65534); err != nil {
		if os.Geteuid() == 0 {
			t.Fatal(err)
		}
		return // only root can make a link another user's
	}
	for _, path := range []string{filepath.Join(link, "web.log"), filepath.Join(link, "missing/web.log")} {
		if err := hostfile.CheckLog(path); err == nil || !strings.Contains(err.Error(), "is a symbolic link of another user") {
			t.Errorf("%s: %v", path, err)
		}
	}
	around := filepath.Join(t.TempDir(), "around")
	if err := os.Symlink(filepath.Join(p.dir, "logs"), around); err != nil {
		t.Fatal(err)
	}
	if err := hostfile.CheckLog(filepath.Join(around, "web.log")); err == nil {
		t.Error("by a link of our own to it: no error")
	}
	loop := filepath.Join(t.TempDir(), "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	if err := hostfile.CheckLog(filepath.Join(loop, "web.log")); err == nil {
		t.Error("a link to itself: no error")
	}
}

func TestALogFileIsReadByTheSameRules(t *testing.T) {
	p := newLogPlace(t, sticky)
	path := filepath.Join(p.dir, "web.log")
	if err := os.Symlink(p.victim, path); err != nil {
		t.Fatal(err)
	}
	if f, err := hostfile.OpenLog(path); err == nil {
		_ = f.Close()
		t.Error("a link is followed")
	}
}
