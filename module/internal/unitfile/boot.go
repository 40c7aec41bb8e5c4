package unitfile

import (
	"fmt"
	"strings"
)

// startTime is how many seconds a start may take besides the wait for the healthcheck: systemd's own default.
const startTime = 90

// waits reports whether the unit becomes active when its container is healthy. A limit of the start that an entry sets itself
// could be shorter than the wait, and would end the container.
func (s Service) waits() bool {
	_, own := s.ExecFlags["TimeoutStartSec"]
	return s.ReadyWithin > 0 && !own
}

// StartTime is how many seconds systemd may take to start the unit, beyond what any start may take: its healthcheck is
// waited for while the host boots.
func (s Service) StartTime() uint {
	if !s.waits() {
		return 0
	}
	return s.ReadyWithin
}

// writeReady has the unit become active when its container is healthy, so that units that are ordered after it are started
// then: only while the host boots, and for a bounded time. Elsewhere, whoever starts it waits by himself. It looks, and
// runs no check: one that fails would count.
func (s Service) writeReady(b *strings.Builder) {
	if !s.waits() {
		return
	}
	look := fmt.Sprintf(`%s inspect --format "{{.State.Status}} {{.State.Health.Status}}" %s`, PodmanPath, s.Container)
	script := `[ "$(systemctl is-system-running)" = starting ] || exit 0; ` +
		fmt.Sprintf(`end=$(($(date +%%s) + %d)); while [ $(date +%%s) -lt $end ]; do `, s.ReadyWithin) +
		`case "$(` + look + `)" in "running starting"|"running unhealthy") sleep 1;; *) exit 0;; esac; done`
	fmt.Fprintf(b, "ExecStartPost=-/bin/sh -c '%s'\nTimeoutStartSec=%d\n", escape(script), s.ReadyWithin+startTime)
}

// AfterWave returns the units of the wave before that a unit's text names; nil where it names none.
func AfterWave(text string) []string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if line == waveComment && i+1 < len(lines) {
			if names, ok := strings.CutPrefix(lines[i+1], "After="); ok {
				return strings.Fields(names)
			}
		}
	}
	return nil
}

// waveComment marks where the units of the wave before are named, if there are any.
const waveComment = "# start_order"

// KnowsWaves reports whether a unit's text is of a version that orders units by their waves.
func KnowsWaves(text string) bool { return strings.Contains(text, "\n"+waveComment+"\n") }

// writeWave orders the unit after those of the wave before, as an apply starts them.
func (s Service) writeWave(b *strings.Builder) {
	fmt.Fprintln(b, waveComment)
	if len(s.AfterWave) > 0 {
		fmt.Fprintf(b, "After=%s\n", strings.Join(s.AfterWave, " "))
	}
}
