package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/paunch"
)

// clocked is progress whose clock the test moves.
func clocked(live bool) (p *progress, out *bytes.Buffer, pass func(time.Duration)) {
	out = &bytes.Buffer{}
	now := time.Unix(1000, 0)
	p = &progress{w: printable.NewWriter(out), live: live, now: func() time.Time { return now }, began: now, end: make(chan struct{})}
	return p, out, func(d time.Duration) { now = now.Add(d) }
}

func TestAPipeGetsALineForEachEventAndAHeartbeat(t *testing.T) {
	p, out, pass := clocked(false)
	pass(10 * time.Second)
	p.tick()
	p.event(paunch.Event{Name: "web", Action: "created", Reason: "new"})
	p.event(paunch.Event{Name: "db", Action: "restarted"})
	pass(10 * time.Second)
	p.tick()
	p.event(paunch.Event{Name: "web", Action: "created", Reason: "new", Done: true})
	p.event(paunch.Event{Name: "same", Action: "unchanged", Done: true})
	pass(10 * time.Second)
	p.tick()
	p.stop()
	want := "waiting 10s: for the host lock, Podman or the end of the settle time\n" +
		"working on web (to be created, 10s), db (to be restarted, 10s)\n" +
		"created web: new\n" +
		"working on db (to be restarted, 20s)\n"
	if out.String() != want {
		t.Errorf("got:\n%swant:\n%s", out.String(), want)
	}
}

func TestATerminalGetsOneLineThatFitsAndNoControlCharactersOfAName(t *testing.T) {
	t.Setenv("COLUMNS", "24")
	p, out, pass := clocked(true)
	p.event(paunch.Event{Name: "web\x1b[2J\n", Action: "created"})
	pass(3 * time.Second)
	p.tick()
	p.event(paunch.Event{Name: "web\x1b[2J\n", Action: "created", Done: true})
	p.stop()
	text := out.String()
	if strings.Contains(text, "\x1b[2J") || !strings.HasSuffix(text, clearLine) {
		t.Errorf("it prints %q", text)
	}
	for line := range strings.SplitSeq(text, clearLine) {
		if !strings.HasSuffix(line, "\n") && len([]rune(line)) > 23 {
			t.Errorf("%q does not fit", line)
		}
	}
}

func TestAQuietRunTellsTheLogFileOnly(t *testing.T) {
	var log bytes.Buffer
	p, out, _ := clocked(false)
	p.quiet, p.log = true, &log
	p.event(paunch.Event{Name: "web", Action: "created", Reason: "new", Done: true})
	p.trace("web: created\x1b[2J")
	if out.Len() > 0 {
		t.Errorf("printed %q", out.String())
	}
	if lines := strings.Split(log.String(), "\n"); len(lines) != 3 || !strings.HasSuffix(lines[0], " created web: new") || strings.Contains(lines[1], "\x1b") {
		t.Errorf("the log file has %q", log.String())
	}
}

func TestWhatIsUnchangedIsToldWhereMoreIsAskedFor(t *testing.T) {
	for all, want := range map[bool]string{false: "", true: "unchanged web\n"} {
		p, out, _ := clocked(false)
		p.all = all
		p.event(paunch.Event{Name: "web", Action: "unchanged", Done: true})
		if out.String() != want {
			t.Errorf("all %v: %q", all, out.String())
		}
	}
}
