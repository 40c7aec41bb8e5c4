package report

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// write puts files below a directory and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func deployment(t *testing.T) string {
	t.Helper()
	return write(t, map[string]string{
		"run.json": `{"started_at": "2026-01-02T03:04:00Z"}`,
		"controller-0/step_1.json": `{"host": "controller-0", "step": 1, "changed": true, "msg": "step 1: 2 created", "began_at": "2026-01-02T03:04:05Z",
			"duration_ms": 4000, "changed_containers": ["mysql", "redis"], "failed_containers": [], "phases": [{"name": "observe", "begin_ms": 0, "duration_ms": 40}],
			"containers": [
			{"name": "mysql", "action": "created", "reason": "new", "image": "db:1", "start_order": 1, "begin_ms": 100, "duration_ms": 3500,
			 "phases": [{"name": "create", "begin_ms": 100, "duration_ms": 80}, {"name": "health", "begin_ms": 200, "duration_ms": 3400}]},
			{"name": "redis", "action": "created", "reason": "new", "image": "redis:1", "duration_ms": 90, "begin_ms": 100}]}`,
		"compute-0/step_1.json": `{"host": "compute-0", "step": 1, "changed": false, "msg": "step 1: nothing to do", "began_at": "2026-01-02T03:04:05Z",
			"duration_ms": 30, "changed_containers": [], "failed_containers": [], "containers": []}`,
		"controller-0/step_3.json": `{"host": "controller-0", "step": 3, "changed": true, "failed": true, "msg": "step 3 failed", "began_at": "2026-01-02T03:04:10Z",
			"duration_ms": 1000, "changed_containers": ["sync"], "failed_containers": ["sync"], "containers": [
			{"name": "sync", "action": "failed", "reason": "new", "image": "api:1", "exit_code": 2, "duration_ms": 900, "begin_ms": 50,
			 "error": "exit code 2", "stderr": "<script>alert(1)</script> Access denied"},
			{"name": "after", "action": "not_reached", "duration_ms": 0}]}`,
		"controller-0/host.json": `{"host": "controller-0", "containers": [], "details": {
			"mounts": [{"config": "s", "name": "mysql", "container": "mysql", "mounts": [
				{"kind": "bind", "source": "/var/log/containers/mysql", "destination": "/var/log/mysql", "writable": true, "use": "logs"}]}],
			"changed_files": [{"config": "s", "name": "mysql", "container": "mysql", "files": [{"path": "/etc/my.cnf", "kind": "modified"}]}],
			"findings": [{"config": "s", "name": "mysql", "container": "mysql", "findings": [
				{"severity": "low", "rule": "root", "text": "runs as root", "key": "user"},
				{"severity": "high", "rule": "privileged", "text": "runs privileged", "key": "privileged: false"}]}]}}`,
	})
}

func load(t *testing.T, paths ...string) Results {
	t.Helper()
	results, err := Load(paths...)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestTheTableHasOneRowPerHostAndStep(t *testing.T) {
	want := [][]string{
		{"Step 1", "compute-0", "ok", "30ms", "0", "0", "0", "0", ""},
		{"Step 1", "controller-0", "changed", "4s", "2", "0", "0", "0", "mysql (3.5s)"},
		{"Step 3", "controller-0", "failed", "1s", "1", "1", "1", "0", "sync (900ms)"},
	}
	if _, rows := load(t, deployment(t)).Table(Steps); !cmp.Equal(want, rows) {
		diff := cmp.Diff(want, rows)
		t.Error(diff)
	}
}

func TestThePageShowsFailuresWithTheirLogsAndTheSlowestPath(t *testing.T) {
	p := newPage(load(t, deployment(t)), time.Unix(0, 0))
	if diff := cmp.Diff([]string{"compute-0", "controller-0"}, p.Hosts); diff != "" {
		t.Error(diff)
	}
	want := []failure{{Host: "controller-0", Step: "Step 3", Name: "sync", Error: "exit code 2", Tail: []stream{{"stderr", "<script>alert(1)</script> Access denied"}}}}
	if diff := cmp.Diff(want, p.Failures); diff != "" {
		t.Error(diff)
	}
	legs := []leg{
		{Step: "Step 1", Host: "controller-0", Container: "mysql", Took: 4 * time.Second, ContainerTook: 3500 * time.Millisecond},
		{Step: "Step 3", Host: "controller-0", Container: "sync", Took: time.Second, ContainerTook: 900 * time.Millisecond},
	}
	if diff := cmp.Diff(legs, p.Slowest); diff != "" {
		t.Error(diff)
	}
	if p.Took != 6*time.Second {
		t.Errorf("the deployment took %s", p.Took)
	}
}

func TestBarsStandWhereTheTimeWent(t *testing.T) {
	p := newPage(load(t, deployment(t)), time.Unix(0, 0))
	mysql := p.Steps[0].Runs[1].Rows[0]
	want := []bar{{Kind: "create", Label: "create 80ms", Left: 2.5, Width: 2}, {Kind: "health", Label: "health 3.4s", Left: 5, Width: 85}}
	if diff := cmp.Diff(want, mysql.Bars); diff != "" {
		t.Error(diff)
	}
	for _, s := range p.Steps {
		for _, r := range s.Runs {
			for _, row := range r.Rows {
				for _, b := range row.Bars {
					if b.Left < 0 || b.Width <= 0 || b.Left+b.Width > 100.001 {
						t.Errorf("%s: bar %+v leaves its track", row.Name, b)
					}
				}
			}
		}
	}
}

func TestThePageNeedsNothingElseAndEscapesWhatContainersPrint(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, load(t, deployment(t)), time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	html := b.String()
	for _, forbidden := range []string{"<script>alert", "http://", "https://", "ZgotmplZ", "<link", "src="} {
		if strings.Contains(html, forbidden) {
			t.Errorf("the page contains %q", forbidden)
		}
	}
	for _, want := range []string{"&lt;script&gt;alert(1)&lt;/script&gt; Access denied", "left:2.500%;width:2.000%", "Slowest path", "Changed by hand", "<td>runs privileged</td>", "exit code</dt><dd>2<"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestWhatWasFoundOnTheHostsIsATableOfItsOwn(t *testing.T) {
	results := load(t, deployment(t))
	for section, want := range map[string][][]string{
		Mounts:   {{"controller-0", "mysql", "logs", "/var/log/containers/mysql", "/var/log/mysql", "rw"}},
		Changes:  {{"controller-0", "mysql", "modified", "/etc/my.cnf"}},
		Findings: {{"controller-0", "mysql", "high", "runs privileged", "privileged: false"}, {"controller-0", "mysql", "low", "runs as root", "user"}},
	} {
		header, rows := results.Table(section)
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("%s: %s", section, diff)
		}
		if len(header) != len(rows[0]) {
			t.Errorf("%s: %d columns and %d cells", section, len(header), len(rows[0]))
		}
	}
	if tables := newPage(results, time.Unix(0, 0)).Tables; len(tables) != 3 || tables[0].Groups[0].Host != "controller-0" {
		t.Errorf("the page has %+v", tables)
	}
	results.Hosts = nil
	if tables := newPage(results, time.Unix(0, 0)).Tables; tables != nil {
		t.Errorf("hosts that were not looked at are on the page: %+v", tables)
	}
}

func TestThePageIsReplacedAsAWhole(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, "report.html")
	for range 2 {
		if err := WritePage(page, load(t, deployment(t))); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	if err := WritePage(filepath.Join(dir, "missing", "report.html"), Results{}); err == nil || !strings.Contains(err.Error(), "report.html") {
		t.Errorf("a directory that does not exist: %v", err)
	}
}

func TestWhatIsNoResultIsSaid(t *testing.T) {
	dir := write(t, map[string]string{"run.json": `{"a": 1}`, "broken.json": `{"containers": [`, "empty/x.txt": ""})
	for name, c := range map[string]struct {
		path string
		is   error
		says string
	}{
		"a named file of another kind": {"run.json", errNoResult, "run.json"},
		"broken JSON":                  {"broken.json", nil, "broken.json: unexpected end"},
		"a directory without results":  {"empty", ErrNoResults, "no results"},
		"a missing file":               {"missing.json", os.ErrNotExist, "missing.json"},
		"a device":                     {"../../../../../../../../dev/null", nil, "not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(filepath.Join(dir, c.path))
			if err == nil || !strings.Contains(err.Error(), c.says) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error: %v", err)
			}
		})
	}
}

func TestARawResultTakesItsHostFromItsDirectory(t *testing.T) {
	dir := write(t, map[string]string{"node-7/result.json": `{"containers": [], "config_id": "x", "started_at": "2026-01-02T03:04:05.500Z"}`})
	runs := load(t, filepath.Join(dir, "node-7", "result.json")).Runs
	if runs[0].Host != "node-7" || title(runs[0]) != "x" || runs[0].began.IsZero() {
		t.Errorf("read as %+v", runs[0])
	}
}
