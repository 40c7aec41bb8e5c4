//go:build realpodman

package paunch_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

func TestAReplacedServiceKnowsItselfByItsOwnNameOnly(t *testing.T) {
	bed.Clean(t)
	entry := func(v string) config { return config{"web": service("net", "none", "environment", config{"V": v})} }
	must(t, request(t, entry("1")))
	must(t, request(t, entry("2")))
	hosts := bed.Output(t, "exec", "web", "cat", "/etc/hosts")
	conmon := bed.Output(t, "inspect", "--format", "{{.State.ConmonPid}}", "web")
	line, err := os.ReadFile("/proc/" + conmon + "/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"/etc/hosts": hosts, "conmon": string(line)} {
		if strings.Contains(text, "web-") || !strings.Contains(text, "web") {
			t.Errorf("%s: %q", what, text)
		}
	}
}

func TestCopiesThatPeopleMadeAreLeftAlone(t *testing.T) {
	bed.Clean(t)
	first := config{"web": service(), "sync": job("true")}
	must(t, request(t, first))
	bed.Output(t, "commit", "--quiet", "web", "localhost/snapshot")
	t.Cleanup(func() { bed.Output(t, "rmi", "--force", "localhost/snapshot") })
	bed.Output(t, "run", "--detach", "--net", "none", "--name", "web-snapshot", "localhost/snapshot", "sleep", "1000")
	bed.Output(t, "container", "clone", "web", "web-testcopy")
	bed.Output(t, "container", "clone", "--run", "sync", "sync-archive1")
	before := map[string]string{}
	for _, name := range []string{"web-snapshot", "web-testcopy", "sync-archive1"} {
		before[name] = id(t, name)
	}
	for _, c := range []config{first, {"web": service("environment", config{"A": 1}), "sync": job("true", "user", "root")}, first} {
		result := must(t, request(t, c))
		if n := len(result.Warnings); n < 3 {
			t.Errorf("%d warnings: %v", n, result.Warnings)
		}
		for name, was := range before {
			diff(t, name, was, id(t, name))
		}
	}
	diff(t, "the snapshot", "running", bed.Output(t, "inspect", "--format", "{{.State.Status}}", "web-snapshot"))
}

func TestWhateverRunsIsProtectedWhateverItBecomes(t *testing.T) {
	fire := func(more ...any) config {
		return with(config{"image": testbed.Image, "net": "host", "command": []any{"sh", "-c", runs}}, more...)
	}
	for name, c := range map[string]struct{ from, fails, works config }{
		"a service by a job":                     {service(), job("echo no database; exit 3"), job("true")},
		"a service by a job without its command": {service(), job("", "command", "/no/such"), job("true")},
		"what is not waited for":                 {fire(), fire("command", "/no/such"), fire("environment", config{"A": 1})},
		"what is not waited for, bad user":       {fire(), fire("user", "nobody-here"), fire("user", "root")},
		"what is not waited for, by a service":   {fire(), service("command", []any{"sh", "-c", "exit 3"}), service()},
	} {
		t.Run(name, func(t *testing.T) {
			bed.Clean(t)
			must(t, request(t, config{"web": c.from}))
			old := id(t, "web")
			mustFail(t, request(t, config{"web": c.fails}), `container "web"`)
			diff(t, "the old container", old, id(t, "web"))
			diff(t, "containers", []string{"web running"}, listed(t))
			must(t, request(t, config{"web": c.works}))
			if n := len(listed(t)); n != 1 || id(t, "web") == old {
				t.Errorf("%v", listed(t))
			}
			diff(t, "changed by the next apply", false, must(t, request(t, config{"web": c.works})).Changed)
		})
	}
}

func TestAStoppedServiceOfAClusterManagerIsReplacedByAStoppedOne(t *testing.T) {
	bed.Clean(t)
	c := func(v int) config {
		return config{"db": service("restart_stopped", false, "environment", config{"V": v})}
	}
	must(t, request(t, c(1)))
	bed.Output(t, "stop", "--time", "1", "db")
	diff(t, "action", map[string]string{"db": "recreated"}, actions(must(t, request(t, c(2)))))
	diff(t, "containers", []string{"db created"}, listed(t))
	diff(t, "changed by the next apply", false, must(t, request(t, c(2))).Changed)
	bed.Output(t, "start", "db")
	must(t, request(t, c(3)))
	diff(t, "containers", []string{"db running"}, listed(t))
}

func TestTheOldContainerMayBeRemovedByOthersWhileItStops(t *testing.T) {
	bed.Clean(t)
	must(t, request(t, config{"web": service("command", []any{"sh", "-c", "trap '' TERM; while :; do sleep 1; done"}, "stop_grace_period", 4)}))
	old := id(t, "web")
	done := make(chan *paunch.Result)
	req := request(t, config{"web": service()})
	go func() {
		result, _ := paunch.Apply(context.Background(), req)
		done <- result
	}()
	waitFor(t, func() bool { return slices.Contains(listed(t), "web stopping") })
	bed.Output(t, "rm", "--force", "--time", "0", old)
	if result := <-done; result.Failed {
		t.Error(result.Msg)
	}
	diff(t, "containers", []string{"web running"}, listed(t))
}

func TestAHealthGateIsRefusedWhereNothingChecksAndKeepsTheSettleTime(t *testing.T) {
	bed.Clean(t)
	must(t, request(t, config{"web": service()}))
	started := bed.Output(t, "inspect", "--format", "{{.State.StartedAt}}", "web")
	mustFail(t, request(t, config{"web": service("wait", "healthy")}), "no healthcheck to wait for")
	diff(t, "started", started, bed.Output(t, "inspect", "--format", "{{.State.StartedAt}}", "web"))

	req := request(t, config{"web": service("wait", "healthy", "healthcheck", config{"test": "true", "interval": "1s"},
		"restart", "on-failure:1", "command", []any{"sh", "-c", "sleep 1; exit 9"})})
	req.Settle = 3 * time.Second
	result := mustFail(t, req, "exit code 9")
	diff(t, "rolled back", true, result.Containers[0].RolledBack)
	diff(t, "containers", []string{"web running"}, listed(t))
}
