package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/paunch"
)

const (
	heartbeat = 10 * time.Second // between two signs of life in a pipe
	redraw    = time.Second      // of the live lines on a terminal
)

// progress tells of a run: one line for each thing that was done, and between them what is being worked on and waited
// for. On a terminal these are live lines below the others, elsewhere a line every ten seconds.
type progress struct {
	w      io.Writer
	log    io.Writer // gets each line too, with its time; nil = none
	quiet  bool      // nothing is written to w
	all    bool      // tell also of what is unchanged, and of each wait as it begins
	colors bool
	now    func() time.Time
	screen *screen // nil where there is none: a pipe, a file, a dumb terminal

	mu    sync.Mutex
	work  work
	end   chan struct{}
	ended sync.WaitGroup
}

// startProgress begins to tell on w; call stop before anything else is printed.
func startProgress(p *progress) *progress {
	p.now, p.end = time.Now, make(chan struct{})
	p.work.began = time.Now()
	period := heartbeat
	if isTerminal(p.w) && !p.quiet {
		p.screen, p.colors, period = &screen{w: p.w}, colored(p.w), redraw
	}
	ticker := time.NewTicker(period)
	changes := make(chan os.Signal, 1)
	if p.screen != nil {
		signal.Notify(changes, unix.SIGWINCH, unix.SIGCONT)
	}
	p.ended.Go(func() {
		defer signal.Stop(changes)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				p.tick()
			case s := <-changes:
				p.changed(s)
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
	p.all = verbose(cmd)
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

// verbose reports whether --verbose was given.
func verbose(cmd *cobra.Command) bool {
	n, _ := cmd.Flags().GetCount("verbose")
	return n > 0
}

// stop ends it, and clears the live lines.
func (p *progress) stop() {
	close(p.end)
	p.ended.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.screen.clear()
}

// event takes one event of the run.
func (p *progress) event(e paunch.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	news := p.work.take(e, p.now())
	switch {
	case e.Done:
		if e.Action != "unchanged" || p.all {
			p.done(e)
		}
	case news && p.screen == nil && (e.Name == "" || e.Action == "pulled" || p.all):
		p.line(beginLine(e))
	}
	p.draw()
}

// trace takes one line of the decisions of a run.
func (p *progress) trace(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line(printable.Line(line))
	p.draw()
}

// line prints a line that is fit for a terminal. Progress that nobody can read stops nothing.
func (p *progress) line(line string) {
	if p.log != nil {
		_, _ = fmt.Fprintf(p.log, "%s %s\n", p.now().Format("2006-01-02 15:04:05.000"), line)
	}
	if !p.quiet {
		p.screen.clear()
		_, _ = fmt.Fprintln(forPrograms(p.w), line)
	}
}

// done prints the line about what was done: on a terminal cut to its width, and in red where it failed.
func (p *progress) done(e paunch.Event) {
	line := doneLine(e)
	if p.log == nil && p.screen != nil {
		line = cut(line, p.screen.width(), false)
		if p.colors && e.Err != nil {
			line = paint(red, line)
		}
	}
	p.line(line)
}

// doneLine says what was done.
func doneLine(e paunch.Event) string {
	line := e.Action + " " + e.Name
	if e.Reason != "" {
		line += ": " + e.Reason
	}
	return printable.Line(line)
}

// beginLine says what begins, or what is waited for from now on.
func beginLine(e paunch.Event) string {
	line := e.Reason
	switch {
	case e.Name != "":
		line = doing(e.Action) + " " + e.Name
		if e.Waiting != "" {
			line += ": waiting for " + e.Waiting
		}
	case e.Waiting != "":
		line = "waiting for " + e.Waiting
	}
	return printable.Line(line)
}

func (p *progress) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.screen == nil {
		p.line(printable.Line(p.work.sentence(p.now())))
	}
	p.draw()
}

// changed answers a terminal that has another size, or that others have written to while the program was stopped.
func (p *progress) changed(s os.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s == unix.SIGCONT {
		p.screen.forget()
	}
	p.draw()
}

// draw draws the live lines again.
func (p *progress) draw() {
	if p.screen != nil {
		p.screen.draw(p.work.lines(p.now()))
	}
}
