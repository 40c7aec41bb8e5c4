package paunch

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/journal"
)

// socket is a journal of the test's own.
func socket(t *testing.T) (journal.Journal, *net.UnixConn) {
	t.Helper()
	dir, err := os.MkdirTemp("", "h") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return journal.Journal{Socket: path}, conn
}

func TestTheRecordOfARunHasCausesAndNoSecrets(t *testing.T) {
	to, conn := socket(t)
	req := Defaults()
	req.ConfigID, req.Caller, req.SensitiveValues = "step1", "cli", []string{"horse-battery"}
	req.Task = AnsibleTask{Task: "Apply with horse-battery", Controller: "control\x1b-1"}
	r := newRun(req)
	code := 3
	r.result.Changed, r.result.Failed = true, true
	r.add(Container{Name: "a", Action: "unchanged"})
	r.add(Container{Name: "b", Action: "failed", Cause: "exit code 3", ExitCode: &code, Error: "horse-battery", Stderr: "horse-battery", Reason: "config changed: horse-battery", RolledBack: true, changed: true})
	r.finish()
	r.record(to)
	buffer := make([]byte, 1<<16)
	n, err := conn.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	text := string(buffer[:n])
	if strings.Contains(text, "horse-battery") {
		t.Errorf("a secret is in the record:\n%s", text)
	}
	_, line, _ := strings.Cut(text, fieldRecord+"=")
	line, _, _ = strings.Cut(line, "\n")
	var c Change
	if err := json.Unmarshal([]byte(line), &c); err != nil {
		t.Fatal(err)
	}
	if c.Who.Task != "Apply with ***" && !strings.HasPrefix(c.Who.Task, "Apply with *") || strings.Contains(c.Who.Controller, "\x1b") {
		t.Errorf("who: %+v", c.Who)
	}
	if len(c.Containers) != 1 || c.Containers[0].Cause != "exit code 3" || !c.Containers[0].RolledBack || c.Outcome != "failed" || c.Who.By != "cli" || c.Who.UID != os.Getuid() {
		t.Errorf("%+v", c)
	}
}

func TestARunThatChangesNothingLeavesNoRecord(t *testing.T) {
	for name, prepare := range map[string]func(*run){
		"unchanged": func(*run) {}, "check mode": func(r *run) { r.req.Check, r.result.Changed = true, true },
	} {
		r := newRun(Defaults())
		prepare(r)
		r.record(journal.Journal{Socket: "/proc/self/status/none"}) // writing would be a warning
		if len(r.result.Warnings) > 0 {
			t.Errorf("%s: %v", name, r.result.Warnings)
		}
	}
}
