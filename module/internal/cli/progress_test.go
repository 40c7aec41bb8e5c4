package cli

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/paunch"
)

// clocked is progress whose clock the test moves.
func clocked(live bool) (p *progress, out *bytes.Buffer, pass func(time.Duration)) {
	out = &bytes.Buffer{}
	now := time.Unix(1000, 0)
	p = &progress{w: printable.NewWriter(out), now: func() time.Time { return now }, work: work{began: now}, end: make(chan struct{})}
	if live {
		p.screen = &screen{w: p.w}
	}
	return p, out, func(d time.Duration) { now = now.Add(d) }
}

func TestAPipeGetsALineForEachEventAndAHeartbeat(t *testing.T) {
	p, out, pass := clocked(false)
	events := func(events ...paunch.Event) {
		for _, e := range events {
			p.event(e)
		}
	}
	beat := func() {
		pass(10 * time.Second)
		p.tick()
	}
	beat()
	events(paunch.Event{Action: paunch.EventLock, Waiting: "the host lock: another apply (pid 7) holds it"})
	beat()
	events(paunch.Event{Action: paunch.EventLock},
		paunch.Event{Name: "r/big:1", Action: "pulled"}, paunch.Event{Name: "r/big:1", Action: "pulled", Bytes: 25_000_000})
	beat()
	events(paunch.Event{Name: "r/big:1", Action: "pulled", Done: true}, paunch.Event{Action: paunch.EventWave, Reason: "start_order 2: web, db"},
		paunch.Event{Name: "web", Action: "created", Reason: "new"}, paunch.Event{Name: "db", Action: "restarted"},
		paunch.Event{Name: "web", Action: "created", Waiting: "its health gate", Output: "refused"})
	beat()
	events(paunch.Event{Name: "web", Action: "created", Reason: "new", Done: true}, paunch.Event{Name: "same", Action: "unchanged", Done: true})
	beat()
	p.stop()
	want := []string{
		"working: looking at the host, 10s",
		"waiting for the host lock: another apply (pid 7) holds it",
		"working: waiting 10s for the host lock: another apply (pid 7) holds it",
		"pulling r/big:1",
		"working: pulling r/big:1, 10s: 25.0 MB, 2.5 MB/s",
		"pulled r/big:1",
		"start_order 2: web, db",
		"working: start_order 2: web, db, 10s; creating web, 10s: waiting for its health gate: refused; restarting db, 10s",
		"created web: new",
		"working: start_order 2: web, db, 20s; restarting db, 20s",
	}
	if got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestVerboseProgressNamesEachWaitAsItBeginsAndWhatIsUnchanged(t *testing.T) {
	for all, want := range map[bool]string{
		false: "",
		true:  "creating web\ncreating web: waiting for its end\nunchanged db\n",
	} {
		p, out, _ := clocked(false)
		p.all = all
		p.event(paunch.Event{Name: "web", Action: "created"})
		p.event(paunch.Event{Name: "web", Action: "created", Waiting: "its end"})
		p.event(paunch.Event{Name: "web", Action: "created", Waiting: "its end", Output: "half done"})
		p.event(paunch.Event{Name: "db", Action: "unchanged", Done: true})
		if out.String() != want {
			t.Errorf("all %v: %q", all, out.String())
		}
	}
}

func TestAHeartbeatNamesAFewOfMany(t *testing.T) {
	p, out, _ := clocked(false)
	for _, name := range strings.Fields("a b c d e f g h") {
		p.event(paunch.Event{Name: name, Action: "created"})
	}
	p.tick()
	if want := "working: creating a, 0s; creating b, 0s; creating c, 0s; creating d, 0s; creating e, 0s; and 3 more\n"; out.String() != want {
		t.Errorf("got %q", out.String())
	}
}

// rowsIn are the texts that are written to a terminal, row by row.
func rowsIn(text string) []string {
	return regexp.MustCompile(`[\r\n]|\x1b\[[0-9]*[AKC]`).Split(text, -1)
}

func TestATerminalGetsLinesThatFitAndNoControlCharactersOfAName(t *testing.T) {
	t.Setenv("COLUMNS", "24")
	p, out, pass := clocked(true)
	for _, name := range []string{"web\x1b[2J\n", "häßlich", strings.Repeat("日本", 20)} {
		p.event(paunch.Event{Name: name, Action: "created", Waiting: "its health gate", Output: "said \x1b[31mred"})
	}
	pass(3 * time.Second)
	p.tick()
	p.event(paunch.Event{Name: "web\x1b[2J\n", Action: "created", Done: true, Reason: strings.Repeat("long ", 9)})
	p.stop()
	text := out.String()
	if strings.Contains(text, "\x1b[2J") || strings.Contains(text, "\x1b[31m") || !strings.HasSuffix(text, "\r\x1b[1A\x1b[K\n\x1b[K\x1b[1A\r") {
		t.Errorf("it prints %q", text)
	}
	for _, row := range rowsIn(text) {
		if runewidth.StringWidth(row) > 24 {
			t.Errorf("%q does not fit", row)
		}
	}
}

func TestLinesThatATerminalHasWrappedAreClearedToo(t *testing.T) {
	t.Setenv("COLUMNS", "40")
	p, out, _ := clocked(true)
	p.screen.draw([]string{strings.Repeat("x", 39), "short", strings.Repeat("y", 39)})
	out.Reset()
	t.Setenv("COLUMNS", "13")
	p.screen.draw([]string{"now"})
	// 3 rows, 1, and 3 with the cursor in the last.
	if want := "\r\x1b[6A\x1b[Jnow\x1b[K"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestFewerLinesThanBeforeLeaveNoneBehind(t *testing.T) {
	t.Setenv("COLUMNS", "40")
	p, out, _ := clocked(true)
	p.screen.draw([]string{"one", "two", "three"})
	out.Reset()
	p.screen.draw([]string{"now"})
	if want := "\r\x1b[2Anow\x1b[K\n\x1b[K\n\x1b[K\x1b[2A\r\x1b[3C"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
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
