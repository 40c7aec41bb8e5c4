package systemd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Enable implements apply.Units, in one call for all.
func (u *Units) Enable(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	return u.with(ctx, func(m *link) error {
		// By force: a link that an older unit of the name left is no reason to fail.
		_, _, err := m.EnableUnitFilesContext(ctx, names, false, true)
		return plain(err)
	})
}

// Reload implements apply.Units.
func (u *Units) Reload(ctx context.Context) error {
	return u.with(ctx, func(m *link) error { return plain(m.ReloadContext(ctx)) })
}

// Start implements apply.Units. A unit that restarts its process may try again after an error, until it
// is stopped.
func (u *Units) Start(ctx context.Context, name string) error {
	return u.with(ctx, func(m *link) error { return u.start(ctx, m, name) })
}

func (u *Units) start(ctx context.Context, m *link, name string) error {
	// What failed often has a limit on its starts, which this lifts.
	if err := m.ResetFailedUnitContext(ctx, name); err != nil && !is(err, noSuchUnit) {
		return plain(err)
	}
	result, err := u.await(ctx, m, m.StartUnitContext, name)
	switch {
	case err != nil:
		return fmt.Errorf("%w; see: systemctl status %s", err, name)
	case result == jobDone:
		return nil
	}
	return fmt.Errorf("%s%s; see: systemctl status %s, journalctl -u %s", inWords(result), failure(ctx, m, name), name, name)
}

// Stop implements apply.Units. It also ends the restarts of one that keeps failing, and has systemd
// forget that it failed.
func (u *Units) Stop(ctx context.Context, name string) error {
	return u.with(ctx, func(m *link) error { return u.stop(ctx, m, name) })
}

func (u *Units) stop(ctx context.Context, m *link, name string) error {
	result, err := u.await(ctx, m, m.StopUnitContext, name)
	switch {
	case is(err, noSuchUnit):
		return nil
	case err != nil:
		return fmt.Errorf("%w; see: systemctl status %s", err, name)
	case result != jobDone:
		return fmt.Errorf("%s%s; see: systemctl status %s, journalctl -u %s", inWords(result), failure(ctx, m, name), name, name)
	}
	if err := m.ResetFailedUnitContext(ctx, name); err != nil && !is(err, noSuchUnit) {
		return plain(err)
	}
	return nil
}

var errLost = errors.New("the connection to systemd was lost while the unit was waited for")

// await has systemd do a job and returns how it ended.
func (u *Units) await(
	ctx context.Context, m *link, enqueue func(context.Context, string, string, chan<- string) (int, error), name string,
) (string, error) {
	// With room for the result: the connection serves nobody else until it is taken.
	done := make(chan string, 1)
	if _, err := enqueue(ctx, name, "replace", done); err != nil {
		return "", plain(err)
	}
	select {
	case result := <-done:
		return result, nil
	case <-m.lost:
		return "", errLost
	case <-ctx.Done():
		return "", fmt.Errorf("systemd is still at it: %w", context.Cause(ctx))
	}
}

// jobDone is the result of a job that did what was asked.
const jobDone = "done"

// inWords says what the result of a job means.
func inWords(result string) string {
	switch result {
	case "failed":
		return "it failed"
	case "timeout":
		return "systemd gave up waiting for it"
	case "canceled":
		return "job superseded by another request"
	case "dependency":
		return "a unit that it requires failed"
	case "skipped":
		return "systemd skipped it, as it does not apply now"
	}
	return fmt.Sprintf("systemd calls it %q", result)
}

// failure tells how the unit's process ended, as far as systemd knows.
func failure(ctx context.Context, m manager, name string) string {
	if !strings.HasSuffix(name, ".service") {
		return ""
	}
	p, err := m.GetUnitTypePropertiesContext(ctx, name, "Service")
	if err != nil {
		return ""
	}
	var said []string
	if result, _ := p["Result"].(string); result != "" && result != "success" {
		said = append(said, resultInWords(result))
	}
	for _, list := range []string{"ExecStartPre", "ExecStart", "ExecStartPost", "ExecStop"} {
		if text := exitOf(p[list]); text != "" {
			said = append(said, text)
		}
	}
	if len(said) < 2 { // else the main process is one of these commands, or ended because of them
		code, _ := p["ExecMainCode"].(int32)
		status, _ := p["ExecMainStatus"].(int32)
		if text := ended(code, status); text != "" {
			said = append(said, "its main process "+text)
		}
	}
	if len(said) == 0 {
		return ""
	}
	return ": " + strings.Join(said, ", ")
}

// resultInWords says what the Result of a service means, by systemd's own word where that is one.
func resultInWords(result string) string {
	switch result {
	case "exit-code":
		return "a process failed"
	case "signal", "core-dump":
		return "a process was killed"
	case "timeout":
		return "it took longer than its TimeoutStartSec or TimeoutStopSec"
	case "protocol":
		return "its main process did not appear: the PID file was not written"
	case "start-limit-hit":
		return "it was started too often"
	case "oom-kill":
		return "memory ran out"
	}
	return result
}

// exitOf tells how the first command of a list ended that did not end well, "" when none did. Each is
// (path, arguments, ignore, four times, pid, code, status).
func exitOf(property any) string {
	commands, _ := property.([][]any)
	for _, c := range commands {
		if len(c) < 10 {
			continue
		}
		words, _ := c[1].([]string)
		code, _ := c[8].(int32)
		status, _ := c[9].(int32)
		if text := ended(code, status); text != "" {
			return fmt.Sprintf("%q %s", strings.Join(words, " "), text)
		}
	}
	return ""
}

// ended says how a process ended that did not end well, by the code and status that wait(2) gives.
func ended(code, status int32) string {
	const exited, killed, dumped = 1, 2, 3
	switch {
	case code == exited && status != 0:
		return fmt.Sprintf("exited with %d", status)
	case code == killed, code == dumped:
		return fmt.Sprintf("was killed by signal %d (%s)", status, unix.SignalName(syscall.Signal(status)))
	}
	return ""
}
