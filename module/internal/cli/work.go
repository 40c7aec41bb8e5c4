package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/overcloud/paunch/module/paunch"
)

// work is what a run is doing, as its events tell.
type work struct {
	began   time.Time
	begun   bool      // an event has come
	running []working // in the order in which they began
}

// working is one thing that is being worked on or waited for.
type working struct {
	paunch.Event
	since time.Time
}

// take takes an event, and reports whether it tells of something new to wait for.
func (w *work) take(e paunch.Event, now time.Time) (news bool) {
	w.begun = true
	for i, r := range w.running {
		if r.Name != e.Name || e.Name == "" && r.Action != e.Action {
			continue
		}
		if ends(e) {
			w.running = append(w.running[:i:i], w.running[i+1:]...)
			return false
		}
		w.running[i].Event = e
		return r.Waiting != e.Waiting && e.Waiting != ""
	}
	if !ends(e) {
		w.running = append(w.running, working{e, now})
	}
	return !ends(e)
}

// ends reports whether nothing is waited for any more of what an event is about.
func ends(e paunch.Event) bool { return e.Done || e.Name == "" && e.Reason+e.Waiting == "" }

// lines are the live lines of a terminal: what is waited for as a whole, and below it one for each thing.
func (w *work) lines(now time.Time) []string {
	var whole, each []string
	for _, r := range w.running {
		if r.Name == "" {
			whole = append(whole, r.text(now))
		} else {
			each = append(each, r.text(now))
		}
	}
	if len(whole)+len(each) == 0 {
		return []string{w.idle(now)}
	}
	return append(whole, each...)
}

// most is how many things a sentence names.
const most = 5

// sentence names what is being worked on, on one line.
func (w *work) sentence(now time.Time) string {
	lines := w.lines(now)
	if n := len(lines); n > most {
		lines = append(lines[:most:most], fmt.Sprintf("and %d more", n-most))
	}
	return "working: " + strings.Join(lines, "; ")
}

// idle is what a run does between its events.
func (w *work) idle(now time.Time) string {
	what := "looking at the host"
	if w.begun {
		what = "waiting for Podman"
	}
	return what + ", " + seconds(now.Sub(w.began))
}

// text says what is done with what, for how long, and what that waits for. What matters most stands first: the line may
// be cut.
func (r working) text(now time.Time) string {
	since := seconds(now.Sub(r.since))
	switch {
	case r.Name != "":
		return fmt.Sprintf("%s %s, %s%s", doing(r.Action), r.Name, since, r.wait(now))
	case r.Action == paunch.EventWave:
		return r.Reason + ", " + since
	}
	return fmt.Sprintf("waiting %s for %s", since, r.Waiting)
}

// wait is what one thing waits for, and what that said last.
func (r working) wait(now time.Time) string {
	var parts []string
	if r.Bytes > 0 {
		parts = append(parts, rate(r.Bytes, now.Sub(r.since)))
	}
	if r.Waiting != "" {
		parts = append(parts, "waiting for "+r.Waiting)
	}
	if r.Output != "" {
		parts = append(parts, r.Output)
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ": ")
}

// doing is an action that is not done yet.
func doing(action string) string {
	words := map[string]string{
		"created": "creating", "recreated": "re-creating", "started": "starting", "restarted": "restarting", "repaired": "repairing",
		"updated": "updating", "renamed": "renaming", "executed": "executing", "stopped": "stopping", "removed": "removing", "pulled": "pulling",
		"unchanged": "checking", "validated": "validating",
	}
	if word, ok := words[action]; ok {
		return word
	}
	return "working (" + action + ") on"
}

// rate is how much has come, and how much of it in a second.
func rate(bytes int64, in time.Duration) string {
	if in < time.Second {
		return size(float64(bytes))
	}
	return fmt.Sprintf("%s, %s/s", size(float64(bytes)), size(float64(bytes)/in.Seconds()))
}

func size(bytes float64) string {
	if bytes < 1e6 {
		return fmt.Sprintf("%.0f kB", bytes/1e3)
	}
	return fmt.Sprintf("%.1f MB", bytes/1e6)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%ds", int(d.Seconds())) }
