package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/paunch"
)

const (
	heartbeat = 10 * time.Second // between two signs of life in a pipe
	redraw    = time.Second      // of the line on a terminal
)

// clearLine moves to the beginning of the line and clears it.
const clearLine = "\r\x1b[K"

// progress tells of a run: one line for each thing that was done, and between them what is being worked on. On a
// terminal that is one line that is drawn again, elsewhere a line every ten seconds.
type progress struct {
	w     io.Writer
	log   io.Writer // gets each line too, with its time; nil = none
	quiet bool      // nothing is written to w
	all   bool      // tell also of what is unchanged
	live  bool
	now   func() time.Time

	mu      sync.Mutex
	began   time.Time
	running []working // in the order in which they began
	end     chan struct{}
	ended   sync.WaitGroup
}

// working is one thing that is being worked on.
type working struct {
	name, action string
	since        time.Time
}

// startProgress begins to tell on w; call stop before anything else is printed.
func startProgress(p *progress) *progress {
	p.live, p.now, p.began, p.end = isTerminal(p.w) && !p.quiet, time.Now, time.Now(), make(chan struct{})
	period := heartbeat
	if p.live {
		period = redraw
	}
	ticker := time.NewTicker(period)
	p.ended.Go(func() {
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				p.tick()
			case <-p.end:
				return
			}
		}
	})
	return p
}

// withProgress does what a request asks for and tells of it on the standard error output.
func withProgress(cmd *cobra.Command, req paunch.Request, do func(context.Context, paunch.Request) (*paunch.Result, error)) (*paunch.Result, error) {
	p := &progress{w: cmd.ErrOrStderr()}
	f := cmd.Flags()
	p.quiet, _ = f.GetBool("quiet") // all are flags of every command
	verbose, _ := f.GetCount("verbose")
	p.all = verbose > 0
	path, _ := f.GetString("log-file")
	file, err := openLog(path)
	if err != nil {
		return nil, err
	}
	if file != nil {
		defer file.Close() //nolint:errcheck // every line is written at once
		p.log = file
	}
	startProgress(p)
	defer p.stop()
	req.Caller, req.Progress = "cli", p.event
	if debug, _ := f.GetBool("debug"); debug {
		req.Debug, req.Trace = true, p.trace
	}
	return do(cmd.Context(), req)
}

// stop ends it, and clears the line on a terminal.
func (p *progress) stop() {
	close(p.end)
	p.ended.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

// event takes one event of the run.
func (p *progress) event(e paunch.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.running[:0]
	for _, r := range p.running {
		if r.name != e.Name {
			kept = append(kept, r)
		}
	}
	p.running = kept
	if !e.Done {
		p.running = append(p.running, working{e.Name, e.Action, p.now()})
	} else if e.Action != "unchanged" || p.all {
		p.line(doneLine(e))
	}
	if p.live {
		p.draw()
	}
}

// trace takes one line of the decisions of a run.
func (p *progress) trace(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line(printable.Line(line))
}

// line prints a line. Progress that nobody can read stops nothing.
func (p *progress) line(line string) {
	if p.log != nil {
		_, _ = fmt.Fprintf(p.log, "%s %s\n", p.now().Format("2006-01-02 15:04:05.000"), line)
	}
	if !p.quiet {
		p.clear()
		_, _ = fmt.Fprintln(p.w, line)
	}
}

// doneLine says what was done.
func doneLine(e paunch.Event) string {
	line := e.Action + " " + e.Name
	if e.Reason != "" {
		line += ": " + e.Reason
	}
	return printable.Line(line)
}

func (p *progress) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.live {
		p.draw()
		return
	}
	p.line(p.text())
}

// draw draws the line of a terminal again. Control sequences go past the escaping, the text does not.
func (p *progress) draw() {
	text := p.text()
	if width := widthOf(p.w); width > 1 {
		text = cut(text, width-1, false)
	}
	_, _ = io.WriteString(forPrograms(p.w), clearLine+text)
}

func (p *progress) clear() {
	if p.live {
		_, _ = io.WriteString(forPrograms(p.w), clearLine)
	}
}

// text names what is being worked on, with its seconds.
func (p *progress) text() string {
	now := p.now()
	if len(p.running) == 0 {
		return fmt.Sprintf("waiting %s: for the host lock, Podman or the end of the settle time", seconds(now.Sub(p.began)))
	}
	parts := make([]string, len(p.running))
	for i, r := range p.running {
		parts[i] = fmt.Sprintf("%s (to be %s, %s)", r.name, r.action, seconds(now.Sub(r.since)))
	}
	return printable.Line("working on " + strings.Join(parts, ", "))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%ds", int(d.Seconds())) }
