package apply_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/apply/applytest"
)

// signsUntil applies a config and returns its signs, one line each. The first sign that has the words interrupts the run.
func (h *host) signsUntil(words string, raw entries) []string {
	h.t.Helper()
	ctx, interrupt := context.WithCancel(h.t.Context())
	defer interrupt()
	var signs []string
	h.options.Progress = func(s apply.Sign) {
		line := strings.Join([]string{string(s.Action), s.Name, s.Reason, s.Waiting, s.Output}, "|")
		if s.Done {
			line += "|done"
		}
		signs = append(signs, line)
		if words != "" && strings.Contains(line, words) {
			interrupt()
		}
	}
	h.apply(ctx, raw)
	if words != "" && ctx.Err() == nil {
		h.t.Errorf("no sign has %q:\n%s", words, strings.Join(signs, "\n"))
	}
	return signs
}

func TestSignsSayWhatAJobWaitsForAndItsLastLine(t *testing.T) {
	h := newHost(t)
	h.Behave("sync", applytest.Behaviour{RunsOn: true, Stdout: []string{"first", "half done"}})
	got := h.signsUntil("half done", entries{"sync": job("start_order", 2)})
	want := []string{
		"wave||start_order 2: sync||",
		"created|sync|new||",
		"created|sync|new|its end, at most 5s|",
		"created|sync|new|its end, at most 5s|half done",
		"failed|sync|new|||done",
		"wave||||",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSignsSayWhatAHealthGateHeard(t *testing.T) {
	h := newHost(t)
	h.Behave("web", applytest.Behaviour{RunsOn: true, Health: applytest.Fails})
	got := h.signsUntil("health gate, at most 5s|not ready", entries{"web": service("healthcheck", entries{"test": "true", "interval": "1ms"}, "wait", "healthy")})
	if all := strings.Join(got, "\n"); !strings.Contains(all, "created|web|new|its health gate, at most 5s|\n") {
		t.Errorf("got:\n%s", all)
	}
}

func TestSignsSayWhatAnExecAndASettleTimeWaitFor(t *testing.T) {
	h := newHost(t)
	h.BehaveCommand([]string{"bootstrap"}, applytest.Behaviour{Stdout: []string{"working"}})
	got := strings.Join(h.signsUntil("", entries{
		"web":  service(),
		"boot": entries{"action": "exec", "command": []any{"web", "bootstrap"}, "start_order": 1},
	}), "\n")
	for _, want := range []string{"executed|boot|new|its command in web, at most 5s|\n", "wave||start_order 0: web||\n", "created|web|new|||done\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not among:\n%s", want, got)
		}
	}
}

func TestNobodyIsToldOfAWaveWithNothingToDo(t *testing.T) {
	h := newHost(t)
	h.must(entries{"web": service()})
	got := h.signsUntil("", entries{"web": service()})
	if diff := cmp.Diff([]string{"unchanged|web||||done"}, got); diff != "" {
		t.Error(diff)
	}
}
