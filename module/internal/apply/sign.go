package apply

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// Sign is one sign of what a run does: an op that begins or ends, or what it waits for in between.
type Sign struct {
	// Outcome is what is known of the op. Its Name is empty for what concerns the whole step: Action is then SignWave
	// or SignSettle. One with neither a reason nor anything that is waited for ends the one before.
	Outcome
	Done    bool
	Waiting string // what is waited for now; "" = an answer of Podman or systemd
	Output  string // the last whole line of what is waited for; "" = none
	Bytes   int64  // of an image that is pulled, as far as it has come; 0 = Podman does not say
}

// Actions of the signs that concern the whole step.
const (
	SignWave   plan.Action = "wave"
	SignSettle plan.Action = "settle"
)

// signPeriod is how often what is waited for is asked for its last line.
const signPeriod = time.Second

func (x *Executor) sign(s Sign) {
	if x.o.Progress != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.o.Progress(s)
	}
}

// signWave says which entries of a wave are worked on, and returns what to call at its end. A wave in which there is
// nothing to do is not worth a word.
func (x *Executor) signWave(wave plan.Wave) (end func()) {
	var names []string
	for _, op := range wave.Ops {
		if op.Procedure != replacement.Nothing || len(op.Steps) > 0 {
			names = append(names, op.Name)
		}
	}
	if len(names) == 0 {
		return func() {}
	}
	s := Sign{Outcome: Outcome{Action: SignWave, Wave: wave.Order, Reason: fmt.Sprintf("start_order %d: %s", wave.Order, strings.Join(names, ", "))}}
	x.sign(s)
	return func() { x.sign(Sign{Outcome: Outcome{Action: SignWave}}) }
}

// waits says what the op waits for, and what that said last.
func (r *opRun) waits(what, output string) {
	r.x.sign(Sign{Outcome: r.out, Waiting: what, Output: output})
}

// waitsFor says what the op waits for, and now and then the last line that read returns, until the returned function is
// called. Nothing is read where nobody listens.
func (r *opRun) waitsFor(what string, read func(context.Context) string) (end func()) {
	if r.x.o.Progress == nil {
		return func() {}
	}
	s := Sign{Outcome: r.out, Waiting: what}
	r.x.sign(s)
	ctx, cancel := context.WithCancel(r.ctx)
	var reader sync.WaitGroup
	reader.Go(func() {
		for sleep(ctx, signPeriod) {
			if line := read(ctx); line != "" && line != s.Output && ctx.Err() == nil {
				s.Output = line
				r.x.sign(s)
			}
		}
	})
	return func() {
		cancel()
		reader.Wait()
	}
}

// lastLogLine returns the last line that a container has printed since this run started it; "" where it cannot be read.
func (r *opRun) lastLogLine(id string) func(context.Context) string {
	since := r.out.since
	return func(ctx context.Context) string {
		var last lastLine
		_ = r.x.rt.Logs(ctx, id, since, 1, last.stream(), last.stream())
		return last.String()
	}
}

// lastLine keeps the last whole line of several streams. One that is not whole could hold half a secret, which nothing
// would mask.
type lastLine struct {
	mu   sync.Mutex
	line string
}

// String returns the line, without the part that a carriage return overwrote.
func (l *lastLine) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := strings.TrimRight(l.line, "\r")
	return line[strings.LastIndexByte(line, '\r')+1:]
}

// stream returns a writer for one stream.
func (l *lastLine) stream() *lineWriter { return &lineWriter{to: l} }

// lineWriter gathers the lines of one stream.
type lineWriter struct {
	to      *lastLine
	partial Tail
}

// Write never fails.
func (w *lineWriter) Write(p []byte) (int, error) {
	end := bytes.LastIndexByte(p, '\n')
	if end < 0 {
		return w.partial.Write(p)
	}
	lines := bytes.TrimRight(p[:end], "\n")
	if begin := bytes.LastIndexByte(lines, '\n'); begin >= 0 {
		w.partial, lines = Tail{}, lines[begin+1:]
	}
	_, _ = w.partial.Write(lines)
	if line := w.partial.Lines(1); line != "" {
		w.to.mu.Lock()
		w.to.line = line
		w.to.mu.Unlock()
	}
	w.partial = Tail{}
	_, _ = w.partial.Write(p[end+1:])
	return len(p), nil
}
