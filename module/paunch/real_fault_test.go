//go:build realpodman && realfaults

package paunch_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

// How the faults are made: the time that one call to Podman has, and how late what is late comes.
const (
	faultTimeout = 3 * time.Second
	faultLate    = faultTimeout + 800*time.Millisecond
	faultOutage  = 1500 * time.Millisecond
)

// scenario is one kind of apply under faults: the host goes from one config to the other.
type scenario struct {
	from, to config // both orders are tried in turn where from has containers
	want     []string
}

// faultScenarios log what jobs and execs do into a directory, which they see as /log.
func faultScenarios(log string) map[string]scenario {
	volumes := []any{log + ":/log"}
	logs := func(name, version string) config {
		return job("echo "+name+version+" >>/log/ran", "volumes", volumes)
	}
	host := func(version string) config {
		return config{
			"f-init": logs("init", version), "f-db": service("environment", config{"V": version}, "volumes", volumes),
			"f-web": service("start_order", 1, "environment", config{"V": version}),
			"f-setup": config{
				"action": "exec", "start_order": 2, "environment": config{"V": version},
				"command": []any{"f-db", "sh", "-c", "echo setup" + version + " >>/log/ran"},
			},
		}
	}
	joined := func(version string) config {
		return config{
			"f-net":  service("net", "none", "environment", config{"V": version}),
			"f-join": service("net", "container:f-net"), "f-third": service("net", "container:f-net", "start_order", 1),
		}
	}
	hostContainers := []string{"f-db running", "f-init exited", "f-setup created", "f-web running"}
	return map[string]scenario{
		"cold":      {config{}, host("1"), hostContainers},
		"replacing": {host("1"), host("2"), hostContainers},
		"joined":    {joined("1"), joined("2"), []string{"f-join running", "f-net running", "f-third running"}},
	}
}

// allFaults reports whether every fault is made at every request; else each request gets one of them.
func allFaults() bool { return os.Getenv("PAUNCH_FAULTS") == "all" }

func TestAFaultAtAnyRequestLeavesNoServiceDownAndIsRepairedByTheNextRun(t *testing.T) {
	bed.Clean(t)
	log := t.TempDir()
	turn := 0
	scenarios := faultScenarios(log)
	for _, name := range []string{"cold", "replacing", "joined"} {
		t.Run(name, func(t *testing.T) {
			f := newFaulty(t, log, scenarios[name])
			for n := range f.requests(t) {
				for i, fault := range testbed.Faults() {
					if allFaults() || i == (n+turn)%len(testbed.Faults()) {
						f.inject(t, n, fault)
					}
				}
			}
			turn += 3
		})
	}
}

// faulty is a scenario with a proxy in front of Podman.
type faulty struct {
	scenario
	proxy *testbed.Proxy
	log   string
	step  int // how many runs have gone to a config
	ran   int // what jobs and execs have logged
}

func newFaulty(t *testing.T, log string, s scenario) *faulty {
	t.Helper()
	bed.Clean(t)
	if err := os.RemoveAll(filepath.Join(log, "ran")); err != nil {
		t.Fatal(err)
	}
	for _, foreign := range []string{"f-web-abcdefgh", "foreign"} {
		bed.Output(t, "run", "--detach", "--name", foreign, "--network", "none", testbed.Image, "sh", "-c", runs)
	}
	f := &faulty{scenario: s, proxy: testbed.NewProxy(t, bed.Socket()), log: log}
	must(t, f.request(t, bed.URL(), s.from))
	f.ran = len(f.logged(t))
	return f
}

func (f *faulty) request(t *testing.T, url string, c config) paunch.Request {
	t.Helper()
	req := request(t, c)
	req.ManagedBy, req.PodmanURL, req.PodmanTimeout = "faulty", url, faultTimeout
	req.Settle = 200 * time.Millisecond
	return req
}

// next returns the config to go to.
func (f *faulty) next(t *testing.T) config {
	t.Helper()
	if len(f.from) == 0 {
		must(t, f.request(t, bed.URL(), f.from))
		return f.to
	}
	f.step++
	if f.step%2 == 1 {
		return f.to
	}
	return f.from
}

// requests returns how many requests an apply without a fault makes.
func (f *faulty) requests(t *testing.T) int {
	t.Helper()
	c := f.next(t)
	f.proxy.Forget()
	must(t, f.request(t, f.proxy.URL, c))
	f.check(t, "without a fault", c)
	return len(f.proxy.Requests())
}

// inject applies with a fault at one request, and then without.
func (f *faulty) inject(t *testing.T, n int, fault testbed.Fault) {
	t.Helper()
	c := f.next(t)
	f.proxy.Forget()
	f.proxy.Inject(faultLate, faultOutage, func(i int) testbed.Fault {
		if i == n {
			return fault
		}
		return testbed.NoFault
	})
	result, _ := paunch.Apply(context.Background(), f.request(t, f.proxy.URL, c)) // may fail
	f.proxy.Inject(0, 0, nil)
	what := fmt.Sprintf("%s at request %d (%s)", fault, n, f.nameOf(n))
	f.checkServing(t, what+": "+result.Msg)
	if again, err := paunch.Apply(context.Background(), f.request(t, bed.URL(), c)); err != nil {
		t.Errorf("the run after a %s: %s: %s", what, result.Msg, again.Msg)
	}
	f.check(t, what+": "+result.Msg, c)
}

func (f *faulty) nameOf(n int) string {
	if all := f.proxy.Requests(); n < len(all) {
		return all[n]
	}
	return "not made"
}

// checkServing demands that every service of before has a container that runs.
func (f *faulty) checkServing(t *testing.T, what string) {
	t.Helper()
	running := map[string]bool{}
	for _, c := range ps(t) {
		running[c.Labels["container_name"]] = running[c.Labels["container_name"]] || c.State == "running"
	}
	for name, e := range f.from {
		if _, isService := e.(config)["restart"]; isService && !running[name] {
			t.Errorf("%s is down after a %s\n%s", name, what, strings.Join(listed(t), "\n"))
		}
	}
}

// check demands the wanted state, nothing doubled and nothing foreign touched.
func (f *faulty) check(t *testing.T, what string, c config) {
	t.Helper()
	want := append(slices.Clone(f.want), "f-web-abcdefgh running", "foreign running")
	slices.Sort(want)
	diff(t, "containers after a "+what, want, listed(t))
	if result := must(t, f.request(t, bed.URL(), c)); result.Changed {
		t.Errorf("after a %s: the next run changes %v", what, result.ChangedContainers)
	}
	logged := f.logged(t)
	expected := 0
	for _, e := range c {
		if _, isService := e.(config)["restart"]; !isService {
			expected++
		}
	}
	if got := len(logged) - f.ran; got != expected {
		t.Errorf("after a %s: jobs and execs ran %d times, want %d: %v", what, got, expected, logged[f.ran:])
	}
	f.ran = len(logged)
}

// logged are the lines that jobs and execs logged.
func (f *faulty) logged(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(f.log, "ran"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}
