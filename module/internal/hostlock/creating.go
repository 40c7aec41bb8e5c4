package hostlock

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// A lock file also tells which containers its holder is creating, for the run that finds out that the holder
// was killed: "creating NANOSECONDS NAME" before a create, "created NAME" when it is known how it ended.
const (
	wordCreating = "creating"
	wordCreated  = "created"
)

// forgetAfter is how long an interrupted create is remembered.
const forgetAfter = time.Hour

// Interrupted returns the names that earlier holders of this lock were creating when they were killed, or
// whose create never got an answer, and when those creates began.
func (l *Lock) Interrupted() map[string]time.Time { return l.interrupted }

// Interrupted returns the same without the lock, for a look that changes nothing.
func Interrupted(name string) map[string]time.Time {
	dir, err := lockDir()
	if err != nil {
		return nil
	}
	return interruptedIn(lockPath(dir, name))
}

// Creating notes that a container is about to be created. It may be lost where the disk is full.
func (l *Lock) Creating(name string) {
	l.note(fmt.Sprintf("%s %d %s\n", wordCreating, time.Now().UnixNano(), name))
}

// Created notes that it is known how the create ended.
func (l *Lock) Created(name string) { l.note(wordCreated + " " + name + "\n") }

func (l *Lock) note(line string) {
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	_, _ = f.WriteString(line) // one write: those of other creates stay apart
	_ = f.Close()
}

// interruptedIn reads what a lock file tells of creates that did not end.
func interruptedIn(path string) map[string]time.Time {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	open := map[string]time.Time{}
	for line := range strings.Lines(string(text)) {
		switch fields := strings.Fields(line); {
		case len(fields) == 3 && fields[0] == wordCreating:
			if n, err := strconv.ParseInt(fields[1], 10, 64); err == nil && time.Since(time.Unix(0, n)) < forgetAfter {
				open[fields[2]] = time.Unix(0, n)
			}
		case len(fields) == 2 && fields[0] == wordCreated:
			delete(open, fields[1])
		}
	}
	return open
}

// lines are the creates as a lock file tells them.
func lines(open map[string]time.Time) string {
	var b strings.Builder
	for name, began := range open {
		fmt.Fprintf(&b, "%s %d %s\n", wordCreating, began.UnixNano(), name)
	}
	return b.String()
}
