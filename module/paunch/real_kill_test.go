//go:build realpodman

package paunch_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// kills is how many random moments each kind of apply is killed at.
func kills(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("PAUNCH_KILLS"))
	if err != nil {
		return 50
	}
	return n
}

func TestAKillAtARandomMomentIsRepairedByTheNextRun(t *testing.T) {
	bed.Clean(t)
	first := config{
		"init": job("true"), "web": service("start_order", 1), "db": service("start_order", 1, "net", "none"),
		"setup": config{"action": "exec", "command": []any{"db", "true"}, "start_order": 2},
		"gone":  job("true", "remove", true), "old": service(),
	}
	second := config{
		"init": job("true", "privileged", true), "web": service("start_order", 1, "environment", config{"A": 1}),
		"db":    service("start_order", 1, "net", "none", "privileged", true),
		"setup": config{"action": "exec", "command": []any{"db", "echo"}, "start_order": 2},
		"gone":  job("true", "remove", true, "user", "root"), "new": service(),
	}
	for name, c := range map[string]struct {
		prepare, run config
		want         []string
	}{
		"cold": {config{}, first, []string{"db running", "gone created", "init exited", "old running", "setup created", "web running"}},
		"changing in place": {
			config{"web": service("memory", "100m"), "db": service("memory", "100m", "net", "none")},
			config{"web": service("memory", "200m"), "db": service("memory", "200m", "net", "none", "start_order", 1)},
			[]string{"db running", "web running"},
		},
		"replacing": {first, second, []string{"db running", "gone created", "init exited", "new running", "setup created", "web running"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := config{"config_id": "step1", "managed_by": "kill", "settle": 0.2, "config": c.run}
			prepare := request(t, c.prepare)
			prepare.ManagedBy = "kill"
			again := request(t, c.run)
			again.ManagedBy, again.Settle = "kill", 200*time.Millisecond
			must(t, prepare)
			whole := start(t, args)
			began := time.Now()
			if out, err := whole.Output(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			length := time.Since(began)
			random := rand.New(rand.NewPCG(1, 2))
			for i := range kills(t) {
				must(t, prepare)
				moment := time.Duration(random.Int64N(int64(length)))
				cmd := start(t, args)
				cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(moment) // the moment is the point
				_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
				_ = cmd.Wait() // it was killed
				must(t, again)
				diff(t, "containers after a kill at "+moment.String(), c.want, withoutNotes(t))
				if r := must(t, again); r.Changed {
					t.Errorf("kill %d at %s: the second run changes %v", i, moment, r.ChangedContainers)
				}
			}
		})
	}
}

// withoutNotes lists the containers that are no notes, of which each container may have one.
func withoutNotes(t *testing.T) []string {
	t.Helper()
	all, notes := listed(t), strings.Fields(bed.Output(t, "ps", "--all", "--filter", "label=paunch_about", "--format", "{{.Names}}"))
	if len(notes) > len(all)-len(notes) {
		t.Errorf("notes %v among %v", notes, all)
	}
	return slices.DeleteFunc(all, func(line string) bool {
		name, _, _ := strings.Cut(line, " ")
		return slices.Contains(notes, name)
	})
}
