package export_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/export"
)

const step = `
db: {image: "db:1", restart: unless-stopped, environment: {A: "a b", B: "100%", C: "$HOME '\"\\", D: ""}, volumes: ["data:/data", "/etc/hosts:/x:ro"], wait: healthy, healthcheck: {test: "mysqladmin ping || exit 1", interval: 10}, cap_add: [NET_ADMIN], stop_grace_period: 42, labels: {x: "y z"}}
sync: {image: "app:1", detach: false, command: ["sh", "-c", "echo $HOME %h \"q\""], exit_codes: [0, 2], start_order: 1, retries: 2, retry_sleep: 5, timeout: 90}
gone: {image: "app:1", detach: false, remove: true, start_order: 1}
web: {image: "app:1", restart: "on-failure:3", start_order: 2, net: "container:db", init: true, read_only: true, entrypoint: ["/a b", "c"], tmpfs: ["/tmp:size=1m"], ulimit: ["nofile=1:2"], depends_on: [db.container, chronyd], part_of: [x.target], systemd_exec_flags: {RestartSec: "3", LimitNOFILE: "9"}, kill_mode: none, pre_stop_exec: /bin/true, reload_signal: USR1, restart_stopped: false, pull: never}
fire: {image: "app:1", cgroups: split, health_log_destination: /tmp, user: "1:2"}
idle: {image: "app:1", state: stopped, security_opt: ["label=disable", "seccomp=unconfined"]}
`

func load(t *testing.T, path string) config.Step {
	t.Helper()
	s, err := config.Load(config.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// sameAfterRoundTrip writes a step as units of Quadlet and reads them back.
func sameAfterRoundTrip(t *testing.T, before config.Step) {
	t.Helper()
	dir := t.TempDir()
	files, _ := export.Quadlet(before)
	for _, f := range files {
		write(t, filepath.Join(dir, f.Name), f.Text)
	}
	byName := func(a, b config.Entry) bool { return a.Name < b.Name }
	after := load(t, dir)
	if diff := cmp.Diff(before.Entries, after.Entries, cmpopts.IgnoreFields(config.Entry{}, "File"), cmpopts.IgnoreFields(config.Option{}, "Key"), cmpopts.SortSlices(byName)); diff != "" {
		t.Errorf("exported and read back (-before +after):\n%s", diff)
		for _, f := range files {
			t.Logf("%s:\n%s", f.Name, f.Text)
		}
	}
}

func TestWhatIsExportedToQuadletIsReadBackAsTheSameEntries(t *testing.T) {
	sameAfterRoundTrip(t, load(t, write(t, filepath.Join(t.TempDir(), "step.yml"), step)))
}

func TestTheCorpusOfUnitsIsTheSameAfterExport(t *testing.T) {
	archive, err := txtar.ParseFile("../quadlet/testdata/corpus.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range archive.Files {
		write(t, filepath.Join(dir, f.Name), string(f.Data))
	}
	sameAfterRoundTrip(t, load(t, dir))
}

func TestWhatQuadletDoesNotDoIsNamed(t *testing.T) {
	s := load(t, write(t, filepath.Join(t.TempDir(), "step.yml"), "a: {image: x, restart: always}\nb: {action: exec, command: [a, true]}\nc: {image: x, state: stopped}\n"))
	files, lost := export.Quadlet(s)
	if got := strings.Join(lost, "\n"); len(files) != 2 || !strings.Contains(got, `"b": an exec is no unit`) || !strings.Contains(got, `"c": Quadlet starts it`) {
		t.Errorf("%d files, lost:\n%s", len(files), got)
	}
}

func TestAStepIsAScriptOfPodmanCommands(t *testing.T) {
	text, lost := export.Podman(load(t, write(t, filepath.Join(t.TempDir(), "step.yml"), step)))
	for _, want := range []string{
		"# start_order 0\npodman run --detach --name=db ", "podman wait --condition=healthy db\n", "# start_order 1\npodman run --name=sync app:1 sh -c ",
		" || case $? in 2) ;; *) exit 1 ;; esac\n", "podman create --name=idle ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
	if len(lost) != 1 {
		t.Errorf("lost: %q", lost)
	}
}
