package apply_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
	"github.com/overcloud/paunch/module/internal/observed"
)

// failures makes calls fail: by their golden form, how often.
func failures(left map[string]int, with error) func(applytest.Call) error {
	var mu sync.Mutex
	return func(c applytest.Call) error {
		mu.Lock()
		defer mu.Unlock()
		for call := range left {
			if strings.HasPrefix(c.String(), call) && left[call] > 0 {
				left[call]--
				return with
			}
		}
		return nil
	}
}

var errNoSpace = errors.New("no space left on device")

func TestARollBackInsistsOnStartingTheOldContainer(t *testing.T) {
	for name, c := range map[string]struct {
		fails map[string]int
		want  []string
	}{
		"its start fails for a while":     {map[string]int{"rename web-00000001 web": 1, "start web": 3}, []string{"web running"}},
		"its name is found last":          {map[string]int{"rename web web-00000003": 1, "rename web-00000001 web": 9}, []string{"web running"}},
		"the new one cannot be removed":   {map[string]int{"rename web-00000001 web": 1, "remove web-00000001": 3}, []string{"web running"}},
		"it cannot get its name back":     {map[string]int{"rename web-00000001 web": 1, "rename web-00000003 web": 1000}, []string{"web-00000003 running"}},
		"its start fails, and its rename": {map[string]int{"rename web-00000001 web": 1, "rename web-00000003 web": 2, "start web-00000003": 2}, []string{"web running"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.must(entries{"web": service()})
			h.options.Insist = 2 * time.Second
			h.Before = failures(c.fails, errNoSpace)
			_, report := h.apply(context.Background(), entries{"web": service("image", "web:2")})
			if o := outcome(t, report, "web"); o.Err == nil || !o.RolledBack {
				t.Errorf("rolled back %v: %v", o.RolledBack, o.Err)
			}
			diff(t, "containers", c.want, h.summary())
			h.Before = nil
			h.must(entries{"web": service("image", "web:2")})
			diff(t, "containers after the next run", []string{"web running"}, h.summary())
		})
	}
}

// late makes one call take effect only when the caller has given up.
func (h *host) late(call string, effect func()) {
	var once sync.Once
	h.Before = func(c applytest.Call) error {
		if !strings.HasPrefix(c.String(), call) {
			return nil
		}
		err := error(nil)
		once.Do(func() {
			err = fmt.Errorf("podman did not answer: %w", apply.ErrNoAnswer)
			time.AfterFunc(50*time.Millisecond, effect)
		})
		return err
	}
}

func TestAStopThatTakesEffectLateDoesNotLeaveTheServiceDown(t *testing.T) {
	joined := func(image string) entries {
		return entries{"net": service(), "web": service("net", "container:net", "image", image)}
	}
	for name, c := range map[string]struct {
		image  string
		before func(*host)
	}{
		"of a replacement": {"web:2", func(*host) {}},
		"of a restart":     {"web:1", func(h *host) { h.End("net", 1) }},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.must(joined("web:1"))
			c.before(h)
			h.options.CallTimeout = 300 * time.Millisecond
			h.late("stop web", func() { h.End("web", 0) })
			_, report := h.apply(context.Background(), joined(c.image))
			if o := outcome(t, report, "web"); o.Err == nil {
				t.Error("it does not fail")
			}
			diff(t, "containers", []string{"net running", "web running"}, h.summary())
		})
	}
}

func TestAContainerOfACreateThatTakesEffectLateIsRemovedByTheSameRun(t *testing.T) {
	h := newHost(t)
	h.must(entries{"web": service()})
	h.options.CallTimeout = 2 * time.Second
	var made apply.CreateRequest
	h.late("create web-00000001", func() {
		web := h.State().Containers[0]
		made = apply.CreateRequest{Name: "web-00000001", Labels: web.Labels}
		made.Entry.Name, made.Entry.Image = "web", "web:2"
		h.Before = nil
		if _, err := h.Create(context.Background(), made); err != nil {
			t.Error(err)
		}
	})
	_, report := h.apply(context.Background(), entries{"web": service("image", "web:2")})
	if o := outcome(t, report, "web"); o.Err == nil || o.State != observed.Running {
		t.Errorf("%s: %v", o.State, o.Err)
	}
	diff(t, "containers", []string{"web running"}, h.summary())
	if made.Name == "" {
		t.Error("it was not made at all")
	}
}

func TestARollBackThatCannotRestoreTheNameStartsTheOldContainerWithoutItsUnit(t *testing.T) {
	h := newHostWithUnits(t)
	h.must(entries{"web": service()})
	h.Before = failures(map[string]int{"rename web-00000001 web": 1, "rename web-00000003 web": 1000}, errNoSpace)
	_, report := h.apply(context.Background(), entries{"web": service("image", "web:2")})
	o := outcome(t, report, "web")
	if o.Err == nil || !o.RolledBack || !strings.Contains(o.Err.Error(), "it was started without its unit") {
		t.Errorf("rolled back %v: %v", o.RolledBack, o.Err)
	}
	diff(t, "containers", []string{"web-00000003 running"}, h.summary())
	h.Before = nil
	h.must(entries{"web": service("image", "web:2")})
	diff(t, "containers after the next run", []string{"web running"}, h.summary())
}

func TestARecordThatCannotBeMadeAtOnceIsInsistedOnSoThatNothingRunsTwice(t *testing.T) {
	for name, fails := range map[string]error{
		"its create fails":           errNoSpace,
		"its create is not answered": fmt.Errorf("podman did not answer: %w", apply.ErrNoAnswer),
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.options.Insist, h.options.CallTimeout = 2*time.Second, 300*time.Millisecond
			h.Before = failures(map[string]int{"create setup": 2, "create sync-": 1}, fails)
			raw := entries{"web": service(), "setup": setup("setup"), "sync": job("remove", true)}
			h.must(raw)
			diff(t, "containers", []string{"setup created exec", "sync created one-shot", "web running"}, h.summary())
			h.Forget()
			h.must(raw)
			diff(t, "calls of the next run", []string(nil), h.Changes())
		})
	}
}

func TestAReplacementOnANearlyFullDiskDoesNotStopTheOldContainer(t *testing.T) {
	h := newHost(t)
	h.must(entries{"web": service()})
	h.Free = 300 << 10
	h.Forget()
	_, report := h.apply(context.Background(), entries{"web": service("image", "web:2")})
	o := outcome(t, report, "web")
	if o.Err == nil || !strings.Contains(o.Err.Error(), "300 KiB free, a replacement needs 1024") || o.Changed {
		t.Errorf("changed %v: %v", o.Changed, o.Err)
	}
	diff(t, "containers", []string{"web running"}, h.summary())
	if slices.ContainsFunc(h.Changes(), func(call string) bool {
		return strings.HasPrefix(call, "stop web") || strings.HasPrefix(call, "rename")
	}) {
		t.Errorf("calls: %v", h.Changes())
	}
	h.Free = 1 << 20
	h.must(entries{"web": service("image", "web:2")})
	diff(t, "containers with room", []string{"web running"}, h.summary())
}
