package apply_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/overcloud/paunch/module/internal/apply/applytest"
)

// fault is what happens to an apply at one of its calls.
type fault struct {
	kind      string // of faultKinds
	at        int    // the calls before it
	calls     int    // that were made
	interrupt context.CancelFunc

	mu      sync.Mutex
	reached bool
	dead    bool
	changes int            // that were made until a kill
	after   applytest.Call // whose answer is lost
	point   string
}

var faultKinds = []string{"kill before", "kill after", "kill before", "kill after", "error before", "error after", interruption}

const interruption = "interruption at"

func (h *history) someFault() *fault {
	return &fault{kind: pick(h, faultKinds), at: h.IntN(pick(h, []int{4, 12, 30}))}
}

func (f *fault) kills() bool { return strings.HasPrefix(f.kind, "kill") }

func (f *fault) String() string {
	switch {
	case f == nil:
		return ""
	case f.reached:
		return fmt.Sprintf(" with %s call %d, %s", f.kind, f.at, f.point)
	}
	return fmt.Sprintf(" with %s call %d, which was not made", f.kind, f.at)
}

var errInjected = errors.New("injected: the connection broke")

// before is the Fake's hook ahead of each call.
func (h *history) before(c applytest.Call) error {
	point := pointOf(c)
	h.points.see(point)
	f := h.fault
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return applytest.ErrKilled
	}
	f.calls++
	if f.calls != f.at+1 {
		return nil
	}
	f.reached, f.point = true, point
	h.points.reach(f.kind, point)
	switch f.kind {
	case "kill before":
		f.dead, f.changes = true, len(h.Changes())
		return applytest.ErrKilled
	case "error before":
		return errInjected
	case interruption:
		f.interrupt()
	default:
		f.after = c
	}
	return nil
}

// after is the Fake's hook after each call.
func (h *history) after(c applytest.Call) error {
	h.neverTwo("after " + c.String())
	f := h.fault
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return applytest.ErrKilled
	}
	if f.after != c || c.Op == "" {
		return nil
	}
	f.after = applytest.Call{}
	if f.kills() {
		f.dead, f.changes = true, len(h.Changes())
		return applytest.ErrKilled
	}
	return errInjected
}

// failpoints are the places in the executor that call the engine or systemd, by the function and what is called.
type failpoints struct {
	mu      sync.Mutex
	seen    map[string]int
	reached map[string]map[string]int // by kind of fault
}

func newFailpoints() *failpoints {
	return &failpoints{seen: map[string]int{}, reached: map[string]map[string]int{}}
}

func (p *failpoints) see(point string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[point]++
}

func (p *failpoints) reach(kind, point string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reached[point] == nil {
		p.reached[point] = map[string]int{}
	}
	p.reached[point][kind]++
}

// pointOf names the place that makes a call: "replacement.stopPrevious: stop". Of what a helper of calls.go does, the
// function that asked for it counts.
func pointOf(c applytest.Call) string {
	pcs := make([]uintptr, 24)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		frame, more := frames.Next()
		_, name, in := strings.Cut(frame.Function, "/internal/apply.")
		if in && filepath.Base(frame.File) != "calls.go" {
			name, _, _ = strings.Cut(name, ".func")
			return strings.NewReplacer("(*", "", ")", "").Replace(name) + ": " + c.Op
		}
		if !more {
			return "outside: " + c.Op
		}
	}
}

// report says which points there are and how often each fault hit them. A run of many histories must hit each that
// it passes often with every kind of fault.
func (p *failpoints) report(t *testing.T, count int) {
	t.Helper()
	kinds := slices.Compact(slices.Sorted(slices.Values(faultKinds)))
	for _, point := range slices.Sorted(maps.Keys(p.seen)) {
		var hits []string
		for _, kind := range kinds {
			n := p.reached[point][kind]
			hits = append(hits, fmt.Sprintf("%s %d", kind, n))
			if n == 0 && count >= 10000 && p.seen[point] > count/10 {
				t.Errorf("%s was passed %d times and no %s was made there", point, p.seen[point], kind)
			}
		}
		if testing.Verbose() {
			t.Logf("%-60s passed %7d: %s", point, p.seen[point], strings.Join(hits, ", "))
		}
	}
}
