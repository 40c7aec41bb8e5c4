//go:build realpodman

package cli_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/overcloud/paunch/module/internal/hostlock"
	"github.com/overcloud/paunch/module/internal/testbed"
)

// terminal is a real one: a window of a tmux server of the test's own.
type terminal struct {
	t      *testing.T
	socket string
}

// newTerminal runs a command of a shell in a terminal of this size. The terminal stays after its end.
func newTerminal(t *testing.T, columns, rows int, command string, env ...string) *terminal {
	t.Helper()
	term := &terminal{t, filepath.Join(t.TempDir(), "tmux")}
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", term.socket, "kill-server").Run() })
	args := []string{"-u", "-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(columns), "-y", fmt.Sprint(rows)}
	for _, kv := range append(env, "CONTAINER_HOST="+bed.URL(), "PS1=", "COLUMNS=", "LC_ALL=C.UTF-8") {
		args = append(args, "-e", kv)
	}
	term.tmux(append(args, "--", "sh", "-c", "PATH="+programs(t)+":$PATH; trap : INT; "+command+"; printf 'code %s\\n' $?; exec cat")...)
	return term
}

// programs is a directory with paunch as it is installed, which takes signals, unlike the one of the scripts.
func programs(t *testing.T) string {
	t.Helper()
	built, err := build()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(built, filepath.Join(dir, "paunch")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// build builds the program, once, unless $PAUNCH_BINARY is one that was built elsewhere. It goes with the bed.
var build = sync.OnceValues(func() (string, error) {
	if built := os.Getenv("PAUNCH_BINARY"); built != "" {
		return built, nil
	}
	target := filepath.Join(bed.Dir, "paunch_step")
	out, err := exec.Command("go", "build", "-tags", os.Getenv("PAUNCH_GO_TAGS"), "-o", target, "github.com/overcloud/paunch/module/cmd/paunch_step").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the program: %w: %s", err, out)
	}
	return target, nil
})

func (term *terminal) tmux(args ...string) string {
	term.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", term.socket}, args...)...).CombinedOutput()
	if err != nil {
		term.t.Fatalf("tmux %s: %v: %s", args, err, out)
	}
	return string(out)
}

// rows are the lines of the screen now, without blanks at their ends.
func (term *terminal) rows() []string {
	term.t.Helper()
	rows := strings.Split(term.tmux("capture-pane", "-p"), "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return rows
}

func (term *terminal) text() string { return strings.TrimRight(strings.Join(term.rows(), "\n"), "\n") }

// shows waits until the screen has all these words.
func (term *terminal) shows(words ...string) string {
	term.t.Helper()
	var text string
	look := time.NewTicker(100 * time.Millisecond) // tmux tells nobody that a screen has changed
	defer look.Stop()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-look.C {
		if text = term.text(); containsAll(text, words) {
			return text
		}
	}
	term.t.Fatalf("the screen never had all of %q:\n%s", words, text)
	return ""
}

func containsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// resize makes the terminal as wide, as a person would.
func (term *terminal) resize(columns int) {
	term.t.Helper()
	term.tmux("resize-window", "-x", fmt.Sprint(columns))
}

// wantOnce demands that each of these stands on the screen once: a line that was drawn again was cleared before.
func wantOnce(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if n := strings.Count(text, w); n != 1 {
			t.Errorf("%q stands there %d times:\n%s", w, n, text)
		}
	}
}

// secret is what no screen may ever show.
const secret = "Quai4ohsho7eit"

// gates are a step whose containers wait for files that a test writes: a service with a health gate, then a job that
// prints a secret of its environment.
func gates(t *testing.T) (config, dir string) {
	t.Helper()
	dir = t.TempDir()
	config = filepath.Join(dir, "step.yml")
	text := fmt.Sprintf(`
web:
  image: %[1]s
  net: host
  restart: always
  stop_signal: KILL
  command: [sleep, "1000"]
  volumes: ["%[2]s:/gate"]
  healthcheck: {test: "test -e /gate/healthy || { echo not yet; exit 1; }", interval: 1s}
  wait: healthy
sync:
  image: %[1]s
  net: host
  detach: false
  start_order: 1
  environment: {DB_PASSWORD: %[3]s}
  stop_signal: KILL
  command: ["sh", "-c", "echo doing $DB_PASSWORD; until test -e /gate/go; do sleep 0.1; done"]
  volumes: ["%[2]s:/gate"]
`, testbed.Image, dir, secret)
	write(t, config, text)
	return config, dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLiveLinesInARealTerminal(t *testing.T) {
	bed.Clean(t)
	config, dir := gates(t)
	settings := filepath.Join(dir, "settings")
	lock, err := hostlock.Acquire(t.Context(), "live", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	apply := fmt.Sprintf("stty -g >%[2]s; paunch apply --file %[1]s --config-id c --managed-by live --settle 0; stty -g | cmp %[2]s - && echo restored", config, settings)
	term := newTerminal(t, 80, 24, apply)
	term.shows("for the host lock", fmt.Sprintf("of live (pid %d)", os.Getpid()))
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	term.shows("start_order 0: web", "creating web", "waiting for its health gate", "not yet")
	write(t, filepath.Join(dir, "healthy"), "")
	wantOnce(t, term.shows("created web: new", "creating sync", "doing ********"), "created web", "creating sync", "start_order")
	term.resize(40)
	term.shows("start_order 1: sync", "waiting for it") // redrawn, and cut
	wantOnce(t, term.text(), "creating sync", "start_order")
	term.resize(120)
	wantOnce(t, term.shows("doing ********"), "creating sync", "start_order")
	write(t, filepath.Join(dir, "go"), "")
	text := term.shows("code 0", "restored")
	wantOnce(t, text, "created sync: new", "CONTAINER", "c: 2 created")
	// Made narrower, tmux moves the first lines off the top of the screen.
	wantOnce(t, term.tmux("capture-pane", "-p", "-S", "-"), "created web: new")
	for _, gone := range []string{secret, "creating", "start_order", "waiting"} {
		if strings.Contains(text, gone) {
			t.Errorf("%q is still there:\n%s", gone, text)
		}
	}
	if cursor := strings.TrimSpace(term.tmux("display-message", "-p", "#{cursor_flag}")); cursor != "1" {
		t.Errorf("the cursor is hidden: %q", cursor)
	}
}

func TestANarrowTerminalNeverWrapsAndASummaryFitsIt(t *testing.T) {
	bed.Clean(t)
	config, dir := gates(t)
	write(t, filepath.Join(dir, "healthy"), "")
	term := newTerminal(t, 40, 10, fmt.Sprintf("paunch apply --file %s --config-id narrow --managed-by narrow --settle 0", config))
	wantOnce(t, term.shows("creating sync, ", "created web: new"), "creating sync")
	write(t, filepath.Join(dir, "go"), "")
	text := term.shows("code 0")
	rows := strings.Split(text, "\n")
	if len(rows) != 7 { // two lines of progress, header, two containers, message, exit code
		t.Errorf("%d rows:\n%s", len(rows), text)
	}
	for _, row := range rows {
		if runewidth.StringWidth(row) > 40 {
			t.Errorf("%q is wider than the terminal", row)
		}
	}
}

func TestAnInterruptedApplyLeavesNoLiveLines(t *testing.T) {
	bed.Clean(t)
	config, _ := gates(t)
	term := newTerminal(t, 80, 24, fmt.Sprintf("paunch apply --file %s --config-id c --managed-by ctrlc --settle 0", config))
	term.shows("not yet")
	term.tmux("send-keys", "C-c")
	text := term.shows("code 130")
	if strings.Contains(text, "creating") || !strings.Contains(text, "interrupted before it was healthy") {
		t.Errorf("the screen:\n%s", text)
	}
}

func TestADumbTerminalAndAPipeGetPlainLines(t *testing.T) {
	for name, command := range map[string]string{
		"dumb terminal": "TERM=dumb paunch apply --verbose --file %[1]s --config-id c --managed-by plain --settle 0",
		"pipe":          "paunch apply --verbose --file %[1]s --config-id c --managed-by plain --settle 0 2>&1 | cat -v",
		"file":          "paunch apply --verbose --file %[1]s --config-id c --managed-by plain --settle 0 >%[2]s/log 2>&1; cat -v %[2]s/log",
	} {
		t.Run(name, func(t *testing.T) {
			bed.Clean(t)
			config, dir := gates(t)
			write(t, filepath.Join(dir, "healthy"), "")
			write(t, filepath.Join(dir, "go"), "")
			term := newTerminal(t, 100, 24, fmt.Sprintf(command+"; true %[2]s", config, dir))
			text := term.shows("code 0", "start_order 0: web", "creating web: waiting for its health gate", "creating sync: waiting for its end", "created sync: new")
			if strings.Contains(text, "^[") || strings.Contains(text, "s: waiting") || strings.Contains(text, secret) {
				t.Errorf("%s", text)
			}
		})
	}
}

func TestAPullSaysHowFarItIsInATerminal(t *testing.T) {
	bed.Clean(t)
	r := testbed.NewRegistry(t, testbed.RegistryOptions{})
	_, name, _ := strings.Cut(r.PushNew(t, bed, "o/slow:1"), "/")
	addr, release := r.Dripping(t)
	t.Cleanup(func() { _ = bed.Command(context.Background(), "rmi", "--force", addr+"/"+name).Run() })
	config := filepath.Join(t.TempDir(), "step.yml")
	write(t, config, fmt.Sprintf("web: {image: %s/%s, net: host, restart: always, command: [sleep, '1000'], stop_signal: KILL}\n", addr, name))
	term := newTerminal(t, 80, 24, fmt.Sprintf("paunch apply --tls-verify=false --file %s --config-id c --managed-by pull --settle 0", config))
	said := "Copying blob"
	if !strings.HasPrefix(strings.TrimSpace(bed.Output(t, "version", "--format", "{{.Client.Version}}")), "4.") {
		said = " kB/s"
	}
	term.shows("pulling "+addr, said)
	release()
	wantOnce(t, term.shows("code 0", "c: 1 created"), "pulled "+addr, "created web")
}
