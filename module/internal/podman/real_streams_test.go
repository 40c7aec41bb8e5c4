//go:build realpodman

package podman

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
)

// logs are the last lines of an entry that has run to its end.
func logs(t *testing.T, c *Client, e config.Entry, lines int) (stdout, stderr string) {
	t.Helper()
	id := start(t, c, e)
	if _, err := c.Wait(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	var out, errs apply.Tail
	if err := c.Logs(t.Context(), id, time.Time{}, lines, &out, &errs); err != nil {
		t.Fatal(err)
	}
	return out.Lines(lines), errs.Lines(lines)
}

func TestLogsOfGigabytesAreReadWithinBounds(t *testing.T) {
	c := connect(t)
	for name, script := range map[string]string{
		"many lines":              "yes 0123456789012345678901234567890123456789 | head -n 1000000; echo last",
		"one line without an end": "head -c 50000000 /dev/zero | tr '\\0' x",
		"giant lines":             "for i in 1 2 3; do head -c 5000000 /dev/zero | tr '\\0' y; echo; done; echo last",
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			// A journal, the default where systemd runs, may drop lines that come this fast.
			out, _ := logs(t, c, entry(script, option("log-driver", "k8s-file")), 20)
			runtime.ReadMemStats(&after)
			if len(out) == 0 || len(out) > 16<<10 {
				t.Errorf("%d bytes of output", len(out))
			}
			if strings.Contains(script, "echo last") && !strings.HasSuffix(out, "last") {
				t.Errorf("it ends with %q", out[max(0, len(out)-50):])
			}
			if n := strings.Count(out, "\n"); n > 19 {
				t.Errorf("%d lines", n+1)
			}
			if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 32<<20 {
				t.Errorf("the heap grew by %d MB", grown>>20)
			}
		})
	}
}

func TestLogsThatCannotBeReadAreEmpty(t *testing.T) {
	c := connect(t)
	if out, errs := logs(t, c, entry("echo a; echo b >&2", option("log-driver", "none")), 5); out+errs != "" {
		t.Errorf("got %q and %q", out, errs)
	}
}

func TestLogsOfAFileOfItsOwnAreRead(t *testing.T) {
	c := connect(t)
	path := t.TempDir() + "/x.log"
	out, errs := logs(t, c, entry("echo a; echo b >&2", option("log-driver", "k8s-file"), option("log-opt", "path="+path)), 5)
	if out != "a" || errs != "b" {
		t.Errorf("got %q and %q", out, errs)
	}
}

func TestLogsOfASharedFileAreOnlyThisContainersOwn(t *testing.T) {
	c := connect(t)
	file := []config.Option{option("log-driver", "k8s-file"), option("log-opt", "path="+t.TempDir()+"/x.log")}
	if out, _ := logs(t, c, entry("echo synced", file...), 5); out != "synced" {
		t.Errorf("the first one: %q", out)
	}
	if out, errs := logs(t, c, entry("exit 3", file...), 5); out+errs != "" {
		t.Errorf("one that prints nothing: %q and %q", out, errs)
	}
	if out, _ := logs(t, c, entry("echo a; echo b", file...), 5); out != "a\nb" {
		t.Errorf("one that prints: %q", out)
	}
}

func TestLogsBeginWithTheStartThatIsAskedFor(t *testing.T) {
	c := connect(t)
	for _, driver := range []string{"k8s-file", "json-file"} {
		id := start(t, c, entry("test -e /tmp/ran || echo first; touch /tmp/ran", option("log-driver", driver)))
		if _, err := c.Wait(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		again := time.Now()
		if err := c.Start(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Wait(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		for since, want := range map[time.Time]string{{}: "first", again: ""} {
			for _, local := range []bool{true, false} {
				c.local = local
				var out apply.Tail
				if !local {
					want = "first" // a time of this host means nothing to another one's Podman
				}
				if err := c.Logs(t.Context(), id, since, 5, &out, io.Discard); err != nil || out.Lines(5) != want {
					t.Errorf("%s since %s, local %v: %q, %v; want %q", driver, since, local, out.Lines(5), err, want)
				}
			}
		}
	}
}

func TestExecOfMuchOutputDoesNotBlock(t *testing.T) {
	c := connect(t)
	id := start(t, c, entry(runsOn))
	var errs bytes.Buffer
	var out apply.Tail
	request := apply.ExecRequest{Command: []string{"sh", "-c", "yes | head -c 20000000; echo oh >&2; exit 3"}}
	code, err := c.Exec(t.Context(), id, request, &out, &errs)
	if err != nil || code != 3 || errs.String() != "oh\n" || out.Lines(1) != "y" {
		t.Errorf("exit code %d, %v, stdout %q, stderr %q", code, err, out.Lines(1), errs.String())
	}
}

func TestExecTakesItsOptions(t *testing.T) {
	c := connect(t)
	id := start(t, c, entry(runsOn))
	var out bytes.Buffer
	request := apply.ExecRequest{Command: []string{"sh", "-c", "id -u; pwd; echo $A"}, User: "nobody", Workdir: "/tmp", Env: []string{"A=b c"}}
	code, err := c.Exec(t.Context(), id, request, &out, io.Discard)
	if err != nil || code != 0 || out.String() != "65534\n/tmp\nb c\n" {
		t.Errorf("exit code %d, %v, %q", code, err, out.String())
	}
	for _, command := range []string{"/no/such/executable", "/etc/passwd"} {
		code, err := c.Exec(t.Context(), id, apply.ExecRequest{Command: []string{command}}, io.Discard, io.Discard)
		if err == nil && code != 126 && code != 127 {
			t.Errorf("%s: exit code %d", command, code)
		}
		t.Logf("%s: exit code %d, %v", command, code, err)
	}
}

func TestAnExecIsEndedWithItsChildrenAndNothingElse(t *testing.T) {
	c := connect(t)
	id := start(t, c, entry(runsOn))
	for _, mark := range []string{"this", "other"} {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		command := []string{"sh", "-c", "sleep 4321; sleep 4322", mark}
		if _, err := c.Exec(ctx, id, apply.ExecRequest{Command: command, Mark: mark}, io.Discard, io.Discard); err == nil {
			t.Fatal("it ends without an error")
		}
	}
	found, err := c.FindExec(t.Context(), id, "this")
	if err != nil || found.ID == "" {
		t.Fatalf("found %v, %v", found, err)
	}
	if err := c.EndExec(t.Context(), found.ID); err != nil {
		t.Fatal(err)
	}
	top := bed.Output(t, "top", id, "args")
	if strings.Contains(top, "this") || !strings.Contains(top, "other") || strings.Count(top, "\nsleep 4321") != 1 {
		t.Errorf("what runs:\n%s", top)
	}
}

func TestAnExecWhoseServiceWasKilledIsFoundAndItsExitCodeRead(t *testing.T) {
	c := private(t)
	id := start(t, c, entry(runsOn))
	request := apply.ExecRequest{Command: []string{"sh", "-c", "sleep 2; exit 3"}, Mark: "mark"}
	type end struct {
		code int
		err  error
	}
	ended := make(chan end, 1)
	go func() {
		code, err := c.Exec(t.Context(), id, request, io.Discard, io.Discard)
		ended <- end{code, err}
	}()
	other := connectBeside(t, bed.URL())
	for found := false; !found; {
		s, err := other.FindExec(t.Context(), id, "mark")
		if err != nil {
			t.Fatal(err)
		}
		found = s.ID != ""
	}
	c.link().service.kill()
	if got := <-ended; got.err != nil || got.code != 3 {
		t.Errorf("exit code %d, %v", got.code, got.err)
	}
	if s, err := other.FindExec(t.Context(), id, "mark"); err != nil || s.ID != "" {
		t.Errorf("after its end %v is found, %v", s, err)
	}
}
