package systemd

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	systemd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/unitfile"
)

// fakeManager answers what is set, and records what it was asked for; all else fails the test by a nil
// pointer.
type fakeManager struct {
	manager
	loaded   []systemd.UnitStatus
	files    []systemd.UnitFile
	stale    map[string]bool
	read     string // when all units were read
	disabled func(names []string) error
	reset    error
	start    func(chan<- string) error
	stop     func(chan<- string) error
	service  map[string]any
	asked    []string
}

func (m *fakeManager) ListUnitsByPatternsContext(_ context.Context, _, patterns []string) ([]systemd.UnitStatus, error) {
	m.asked = append(m.asked, patterns...)
	return m.loaded, nil
}

func (m *fakeManager) ListUnitFilesByPatternsContext(context.Context, []string, []string) ([]systemd.UnitFile, error) {
	return m.files, nil
}

func (m *fakeManager) GetUnitPropertyContext(_ context.Context, unit, property string) (*systemd.Property, error) {
	m.asked = append(m.asked, property+" "+unit)
	return &systemd.Property{Name: property, Value: dbus.MakeVariant(m.stale[unit])}, nil
}

func (m *fakeManager) GetManagerProperty(property string) (string, error) {
	if property != "UnitsLoadTimestamp" {
		return "", errors.New("not told")
	}
	return m.read, nil
}

func (m *fakeManager) DisableUnitFilesContext(_ context.Context, names []string, _ bool) ([]systemd.DisableUnitFileChange, error) {
	m.asked = append(m.asked, "disable "+strings.Join(names, " "))
	if m.disabled == nil {
		return nil, nil
	}
	return nil, m.disabled(names)
}

func (m *fakeManager) ResetFailedUnitContext(context.Context, string) error { return m.reset }

func (m *fakeManager) StartUnitContext(_ context.Context, _, _ string, ch chan<- string) (int, error) {
	return 1, m.start(ch)
}

func (m *fakeManager) StopUnitContext(_ context.Context, _, _ string, ch chan<- string) (int, error) {
	return 1, m.stop(ch)
}

func (m *fakeManager) GetUnitTypePropertiesContext(context.Context, string, string) (map[string]any, error) {
	return m.service, nil
}

func (m *fakeManager) Connected() bool { return true }
func (m *fakeManager) Close()          {}

// over is a systemd whose units are in a directory of the test's.
func over(t *testing.T, m *fakeManager) *Units {
	t.Helper()
	return &Units{dir: t.TempDir(), link: &link{manager: m, lost: make(chan struct{})}}
}

func (u *Units) put(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(u.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (u *Units) linkTo(t *testing.T, name, target string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(u.dir, name)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(u.dir, name)); err != nil {
		t.Fatal(err)
	}
}

// tree is every name below the directory, but for the directory itself.
func (u *Units) tree(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(u.dir, func(path string, _ os.DirEntry, err error) error {
		if path != u.dir {
			names = append(names, strings.TrimPrefix(path, u.dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

const ownText = "[Unit]\n\n[X-Paunch]\nManagedBy=paunch\nConfigID=c\nEntry=x\n"

func TestObserve(t *testing.T) {
	m := &fakeManager{
		loaded: []systemd.UnitStatus{
			{Name: "tripleo_a.service", LoadState: "loaded", ActiveState: "active"},
			{Name: "tripleo_gone.service", LoadState: "not-found", ActiveState: "failed"},
			{Name: "tripleo_named.service", LoadState: "not-found", ActiveState: "inactive"},
			{Name: `my\x2dx.service`, LoadState: "loaded", ActiveState: "activating"},
		},
		files: []systemd.UnitFile{
			{Path: "/etc/systemd/system/tripleo_a.service", Type: "enabled"},
			{Path: "/etc/systemd/system/tripleo_b.timer", Type: "disabled"},
			{Path: `/etc/systemd/system/my\x2dx.service`, Type: "enabled-runtime"},
			{Path: "/etc/systemd/system/tripleo_masked.service", Type: "masked"},
			{Path: "/run/systemd/system/tripleo_later.service", Type: "masked-runtime"},
			{Path: "/usr/lib/systemd/system/tripleo_vendor.service", Type: "enabled"},
		},
		stale: map[string]bool{"tripleo_a.service": true},
		read:  "@t 1", // long before any file
	}
	u := over(t, m)
	u.put(t, "tripleo_a.service", "a")
	u.put(t, "tripleo_b.timer", "b")
	u.put(t, `my\x2dx.service`, ownText)
	u.put(t, "theirs.service", "[Unit]\n")
	u.put(t, "tripleo_a.service.d/x.conf", "[Unit]\n")
	u.put(t, ".tripleo_hidden.service", "[Unit]\n")
	u.put(t, "tripleo_other.target", ownText)
	u.linkTo(t, "tripleo_masked.service", "/dev/null")
	u.linkTo(t, "theirs2.service", "/dev/null")
	u.linkTo(t, "tripleo_dangling.service", "/does/not/exist")
	u.put(t, "elsewhere/x.service", "linked")
	u.linkTo(t, "tripleo_linked.service", filepath.Join(u.dir, "elsewhere/x.service"))
	got, err := u.Observe(t.Context(), []string{"tripleo", "edpm"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]observed.Unit{
		"tripleo_a.service":      {Name: "tripleo_a.service", Text: "a", Enabled: true, Active: "active", Stale: true},
		"tripleo_b.timer":        {Name: "tripleo_b.timer", Text: "b", Active: "inactive"},
		`my\x2dx.service`:        {Name: `my\x2dx.service`, Text: ownText, Enabled: true, Active: "activating"},
		"tripleo_gone.service":   {Name: "tripleo_gone.service", Active: "failed"},
		"tripleo_masked.service": {Name: "tripleo_masked.service", Masked: true},
		"tripleo_later.service":  {Name: "tripleo_later.service", Masked: true},
		"tripleo_linked.service": {Name: "tripleo_linked.service", Text: "linked", Active: "inactive"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("units (-want +got):\n%s", diff)
	}
	if asked := strings.Join(m.asked, "\n"); !strings.Contains(asked, `my\\x2dx.service`) || !strings.Contains(asked, "edpm_*.timer") {
		t.Errorf("systemd was asked for\n%s", asked)
	}
}

func TestUnitsThatSystemdReadAfterTheirChangeAreNotAskedForOneByOne(t *testing.T) {
	for read, want := range map[string]bool{
		"@t " + micros(time.Now().Add(time.Hour)):  false,
		"@t " + micros(time.Now().Add(-time.Hour)): true,
		"@t 0":     true, // it does not tell
		"nonsense": true,
	} {
		m := &fakeManager{read: read}
		u := over(t, m)
		u.put(t, "tripleo_a.service", "a")
		old := time.Now().Add(-24 * time.Hour) // a copy that keeps its time was changed all the same
		if err := os.Chtimes(filepath.Join(u.dir, "tripleo_a.service"), old, old); err != nil {
			t.Fatal(err)
		}
		if _, err := u.Observe(t.Context(), []string{"tripleo"}); err != nil {
			t.Fatal(err)
		}
		if asked := strings.Contains(strings.Join(m.asked, "\n"), "NeedDaemonReload tripleo_a.service"); asked != want {
			t.Errorf("read at %q: asked %t", read, asked)
		}
	}
}

func micros(at time.Time) string {
	return strconv.FormatInt(at.UnixMicro(), 10)
}

func TestRestartsAreThoseThatSystemdCounts(t *testing.T) {
	u := over(t, &fakeManager{service: map[string]any{"NRestarts": uint32(3)}})
	counts, err := u.Restarts(t.Context(), []string{"tripleo_web.service"})
	if err != nil || counts["tripleo_web.service"] != 3 {
		t.Errorf("%v, %v", counts, err)
	}
	if counts, err = u.Restarts(t.Context(), nil); err != nil || len(counts) != 0 {
		t.Errorf("nothing was asked: %v, %v", counts, err)
	}
}

func TestNothingIsObservedWhereNothingIs(t *testing.T) {
	u := over(t, &fakeManager{})
	u.dir = filepath.Join(u.dir, "none")
	got, err := u.Observe(t.Context(), nil)
	if err != nil || got == nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestWritePutsAFileInPlace(t *testing.T) {
	u := over(t, &fakeManager{})
	for _, text := range []string{"old", "new"} {
		for _, name := range []string{"a_b.service", "libpod-.scope.d/50-paunch.conf"} {
			must(t, u.Write(t.Context(), name, text))
			path := filepath.Join(u.dir, name)
			got, err := os.ReadFile(path)
			if err != nil || string(got) != text {
				t.Errorf("%s holds %q, %v", name, got, err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode() != 0o644 {
				t.Errorf("its mode is %v, %v", info.Mode(), err)
			}
		}
	}
	if diff := cmp.Diff([]string{"a_b.service", "libpod-.scope.d", "libpod-.scope.d/50-paunch.conf"}, u.tree(t)); diff != "" {
		t.Error(diff)
	}
}

func TestWriteRefusesOtherPlaces(t *testing.T) {
	u := over(t, &fakeManager{})
	for _, name := range []string{"", ".", "..", "../a.service", "a/../b.service", "/etc/a.service", "a/b/c.service", "a/", "a/..", ".a.service", "a/.b", "a\nb", "-a.service"} {
		if err := u.Write(t.Context(), name, "x"); err == nil || !strings.Contains(err.Error(), "is not the name of a unit") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if got := u.tree(t); len(got) > 0 {
		t.Errorf("it wrote %v", got)
	}
}

func TestAWriteThatFailsLeavesNothing(t *testing.T) {
	u := over(t, &fakeManager{})
	u.put(t, "a_b.service/in the way", "")
	if err := u.Write(t.Context(), "a_b.service", "x"); err == nil {
		t.Error("it did not fail")
	}
	if diff := cmp.Diff([]string{"a_b.service", "a_b.service/in the way"}, u.tree(t)); diff != "" {
		t.Error(diff)
	}
}

func TestRemoveTakesWhatWasAttached(t *testing.T) {
	m := &fakeManager{}
	u := over(t, m)
	u.put(t, "a.service", "")
	u.linkTo(t, "a.service.requires/x.timer", "../x.timer")
	u.linkTo(t, "a.service.wants/y.timer", "/does/not/exist")
	u.put(t, "b.service", "")
	u.put(t, "b.service.requires/a file", "")
	u.put(t, "kept/x.service", "")
	u.linkTo(t, "c.service", filepath.Join(u.dir, "kept/x.service"))
	u.linkTo(t, "c.service.wants", filepath.Join(u.dir, "kept"))
	u.linkTo(t, "masked.service", "/dev/null")
	must(t, u.Remove(t.Context(), []string{"a.service", "b.service", "c.service", "masked.service", "gone.service"}))
	want := []string{"b.service.requires", "b.service.requires/a file", "c.service.wants", "kept", "kept/x.service", "masked.service"}
	if diff := cmp.Diff(want, u.tree(t)); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"../a.service", "a/b.service", "", ".."} {
		if err := u.Remove(t.Context(), []string{name}); err == nil {
			t.Errorf("%q was removed", name)
		}
	}
	if diff := cmp.Diff([]string{"disable a.service b.service c.service masked.service gone.service"}, m.asked); diff != "" {
		t.Error(diff)
	}
}

func TestOneThatSystemdDoesNotKnowKeepsNoOtherEnabled(t *testing.T) {
	m := &fakeManager{disabled: func(names []string) error {
		if strings.Contains(strings.Join(names, " "), "gone") {
			return dbus.Error{Name: noSuchUnit}
		}
		return nil
	}}
	u := over(t, m)
	must(t, u.Remove(t.Context(), []string{"gone.service", "a.service"}))
	must(t, u.Remove(t.Context(), []string{"gone.service"}))
	want := []string{"disable gone.service a.service", "disable gone.service", "disable a.service", "disable gone.service"}
	if diff := cmp.Diff(want, m.asked); diff != "" {
		t.Error(diff)
	}
	m.disabled = func([]string) error { return dbus.Error{Name: "org.freedesktop.DBus.Error.AccessDenied"} }
	u.put(t, "a.service", "")
	says(t, u.Remove(t.Context(), []string{"a.service"}), "disable", "does not let this user")
	if diff := cmp.Diff([]string{"a.service"}, u.tree(t)); diff != "" {
		t.Error(diff)
	}
}

func TestOrderFilesAreThoseThatAreThere(t *testing.T) {
	u := over(t, &fakeManager{})
	got, err := u.OrderFiles()
	if err != nil || got == nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
	for path, text := range unitfile.OrderFiles() {
		must(t, u.Write(t.Context(), path, text))
	}
	u.put(t, "libpod-.scope.d/10-theirs.conf", "x")
	got, err = u.OrderFiles()
	must(t, err)
	if diff := cmp.Diff(unitfile.OrderFiles(), got); diff != "" {
		t.Error(diff)
	}
}

func result(r string) func(chan<- string) error {
	return func(ch chan<- string) error { ch <- r; return nil }
}

func refuses(name string) func(chan<- string) error {
	return func(chan<- string) error { return dbus.Error{Name: name, Body: []any{"no."}} }
}

func TestResultsOfAStartInWords(t *testing.T) {
	command := func(code, status int32) [][]any {
		return [][]any{{"/usr/bin/podman", []string{"/usr/bin/podman", "start", "x"}, false, uint64(0), uint64(0), uint64(0), uint64(0), uint32(0), code, status}}
	}
	for _, test := range []struct {
		name    string
		start   func(chan<- string) error
		service map[string]any
		words   []string
	}{
		{"failed", result("failed"), map[string]any{"Result": "exit-code", "ExecStart": command(1, 125)}, []string{"it failed: a process failed, \"/usr/bin/podman start x\" exited with 125; see: systemctl status x.service, journalctl -u x.service"}},
		{"killed", result("failed"), map[string]any{"Result": "signal", "ExecStart": command(2, 9)}, []string{"killed by signal 9 (SIGKILL)"}},
		{"its main process", result("failed"), map[string]any{"Result": "exit-code", "ExecMainCode": int32(1), "ExecMainStatus": int32(3), "ExecStart": command(1, 0)}, []string{"main process exited with 3"}},
		{"unknown", result("failed"), map[string]any{"Result": "watchdog"}, []string{"it failed: watchdog;"}},
		{"nothing known", result("failed"), nil, []string{"it failed; see"}},
		{"odd properties", result("failed"), map[string]any{"Result": 1, "ExecStart": [][]any{{}, {1, 2}}}, []string{"it failed; see"}},
		{"timeout", result("timeout"), nil, []string{"gave up waiting"}},
		{"canceled", result("canceled"), nil, []string{"job superseded by another request"}},
		{"dependency", result("dependency"), nil, []string{"a unit that it requires failed"}},
		{"skipped", result("skipped"), nil, []string{"skipped"}},
		{"another", result("frobbed"), nil, []string{`systemd calls it "frobbed"`}},
		{"masked", refuses(unitMasked), nil, []string{"no. (systemctl unmask", "systemctl status x.service"}},
		{"bad", refuses(badSetting), nil, []string{"systemd-analyze verify"}},
		{"unknown to systemd", refuses(noSuchUnit), nil, []string{"no.; see: systemctl status x.service"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			u := over(t, &fakeManager{start: test.start, service: test.service, reset: dbus.Error{Name: noSuchUnit}})
			says(t, u.Start(t.Context(), "x.service"), test.words...)
		})
	}
}

func TestStopOfWhatIsNotKnown(t *testing.T) {
	must(t, over(t, &fakeManager{stop: refuses(noSuchUnit)}).Stop(t.Context(), "x.service"))
	must(t, over(t, &fakeManager{stop: result("done"), reset: dbus.Error{Name: noSuchUnit}}).Stop(t.Context(), "x.service"))
	says(t, over(t, &fakeManager{stop: result("timeout")}).Stop(t.Context(), "x.service"), "gave up waiting", "journalctl -u x.service")
}

func TestAWaitEnds(t *testing.T) {
	never := func(chan<- string) error { return nil }
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := over(t, &fakeManager{start: never}).Start(ctx, "x.service"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("by its context: %v", err)
	}
	lost := make(chan struct{})
	close(lost)
	u := over(t, &fakeManager{start: never})
	u.link.lost = lost
	if err := u.Start(t.Context(), "x.service"); !errors.Is(err, errLost) {
		t.Errorf("by a lost connection: %v", err)
	}
}

func TestWithoutASystemd(t *testing.T) {
	nowhere := way{"a socket", func(o ...dbus.ConnOption) (*dbus.Conn, error) {
		return dbus.Dial("unix:path="+filepath.Join(t.TempDir(), "none"), o...)
	}, false}
	_, err := reachBy(t.Context(), []way{nowhere, nowhere})
	says(t, err, "systemd cannot be reached", "over a socket: dial unix", "systemctl status dbus")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := reachBy(ctx, []way{nowhere}); err == nil {
		t.Error("an ended context connects")
	}
}

func TestALostConnectionIsRecreated(t *testing.T) {
	times := 0
	u := &Units{connect: func(context.Context) (*link, error) {
		times++
		return &link{manager: &lostManager{}}, nil
	}}
	for range 2 {
		if _, err := u.manager(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	u.Close()
	u.Close()
	if times != 2 {
		t.Errorf("connected %d times", times)
	}
}

func TestWhatMeetsALostConnectionIsDoneOverAnother(t *testing.T) {
	for name, c := range map[string]struct {
		errs []error // of the connections, one after another
		want error
		used int
	}{
		"fine":            {[]error{nil}, nil, 1},
		"lost":            {[]error{os.NewSyscallError("write", syscall.EPIPE), nil}, nil, 2},
		"closed":          {[]error{dbus.ErrClosed, nil}, nil, 2},
		"lost again":      {[]error{syscall.ECONNRESET, syscall.EPIPE}, syscall.EPIPE, 2},
		"another failure": {[]error{fs.ErrPermission}, fs.ErrPermission, 1},
	} {
		t.Run(name, func(t *testing.T) {
			used := 0
			u := &Units{connect: func(context.Context) (*link, error) {
				used++
				return &link{manager: &fakeManager{disabled: func([]string) error { return c.errs[used-1] }}}, nil
			}, dir: t.TempDir()}
			if err := u.Remove(t.Context(), []string{"a_b.service"}); !errors.Is(err, c.want) {
				t.Errorf("error %v", err)
			}
			if used != c.used {
				t.Errorf("connected %d times", used)
			}
		})
	}
}

type lostManager struct{ fakeManager }

func (*lostManager) Connected() bool { return false }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// says checks that an error contains each of the words.
func says(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("there is no error")
	}
	t.Log(err)
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}
