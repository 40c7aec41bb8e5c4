//go:build realpodman

package paunch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

func TestCheckModePredictsExactlyAndChangesNothing(t *testing.T) {
	bed.Clean(t)
	first := config{
		"init": job("echo ready"), "web": service("start_order", 1), "db": service("start_order", 1),
		"setup": config{"action": "exec", "command": []any{"db", "true"}, "start_order": 2},
		"fire":  config{"image": testbed.Image, "net": "none", "command": "true"},
		"gone":  job("true", "remove", true), "old": service(),
	}
	second := config{
		"init": job("echo again"), "web": service("start_order", 1), "db": service("start_order", 1, "privileged", true),
		"setup": config{"action": "exec", "command": []any{"db", "true"}, "start_order": 2},
		"fire":  config{"image": testbed.Image, "net": "none", "command": "true"},
		"gone":  job("true", "remove", true), "new": service(),
	}
	for i, c := range []config{first, first, second, second, {}} {
		req := request(t, c)
		before := snapshot(t)
		predicted, err := paunch.Plan(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		diff(t, fmt.Sprintf("apply %d: the host after the prediction", i), before, snapshot(t))
		done := must(t, req)
		diff(t, fmt.Sprintf("apply %d: actions", i), actions(predicted), actions(done))
		diff(t, fmt.Sprintf("apply %d: changed", i), predicted.Changed, done.Changed)
		diff(t, fmt.Sprintf("apply %d: changed containers", i), predicted.ChangedContainers, done.ChangedContainers)
		diff(t, fmt.Sprintf("apply %d: the host changed", i), done.Changed, before != snapshot(t))
	}
	diff(t, "an empty config leaves", []string(nil), listed(t))
}

func TestAStepThatChangesNothingCostsAFewRequestsInAll(t *testing.T) {
	bed.Clean(t)
	proxy := testbed.NewProxy(t, bed.Socket())
	c := config{}
	for i := range 50 {
		c[fmt.Sprintf("c%02d", i)] = config{"image": testbed.Image, "net": "none", "detach": false, "command": "true", "environment": config{"DB_PASSWORD": "hunter22"}}
	}
	req := request(t, c)
	must(t, req)
	req.PodmanURL = proxy.URL
	result := must(t, req)
	if result.Changed {
		t.Errorf("changed: %v", result.ChangedContainers)
	}
	if n := len(proxy.Requests()); n > 6 {
		t.Errorf("%d requests: %v", n, proxy.Requests())
	}
}

func TestOnlyWhatChangedIsReplaced(t *testing.T) {
	bed.Clean(t)
	must(t, request(t, config{"web": service(), "db": service()}))
	web, db := id(t, "web"), id(t, "db")
	result := must(t, request(t, config{"web": service("environment", config{"A": 1}), "db": service()}))
	diff(t, "actions", map[string]string{"web": "recreated", "db": "unchanged"}, actions(result))
	diff(t, "db is the same container", db, id(t, "db"))
	if web == id(t, "web") {
		t.Error("web is the old container")
	}
	diff(t, "containers", []string{"db running", "web running"}, listed(t))
}

func TestAReplacementThatCannotStartLeavesTheOldOne(t *testing.T) {
	for name, c := range map[string]struct {
		entry config
		says  string
		stays bool // the old one never stopped
	}{
		"no such executable": {service("command", "/no/such/thing"), "/no/such/thing", true},
		"it ends":            {service("command", []any{"sh", "-c", "echo no config >&2; sleep 0.1; exit 7"}, "restart", "on-failure:1"), "no config", false},
		"not healthy": {service("healthcheck", config{"test": "echo sick; false", "interval": "1s", "retries": 1},
			"wait", "healthy", "health_timeout", 2), "sick", false},
	} {
		t.Run(name, func(t *testing.T) {
			bed.Clean(t)
			must(t, request(t, config{"web": service()}))
			old := id(t, "web")
			pid := bed.Output(t, "inspect", "--format", "{{.State.Pid}}", "web")
			req := request(t, config{"web": c.entry, "next": service("start_order", 1)})
			req.Settle = 2 * time.Second
			result := mustFail(t, req, `container "web"`, c.says, "not reached")
			diff(t, "the old container", old, id(t, "web"))
			diff(t, "containers", []string{"web running"}, listed(t))
			diff(t, "it went on", c.stays, pid == bed.Output(t, "inspect", "--format", "{{.State.Pid}}", "web"))
			diff(t, "rolled back", !c.stays, result.Containers[0].RolledBack)
			diff(t, "changed", !c.stays, result.Changed)
		})
	}
}

func TestAFailedOneShotTellsWhyAndRunsAgain(t *testing.T) {
	bed.Clean(t)
	marker := filepath.Join(t.TempDir(), "fixed")
	c := config{
		"sync": job("test -e /m/fixed || { echo Access denied for hunter22 >&2; exit 3; }",
			"volumes", []any{filepath.Dir(marker) + ":/m"}, "environment", config{"DB_PASSWORD": "hunter22"}),
		"beside": service(), "web": service("start_order", 1),
	}
	result := mustFail(t, request(t, c), `container "sync"`, "exit code 3", "Access denied for ********", "podman logs sync")
	diff(t, "actions", map[string]string{"sync": "failed", "beside": "created", "web": "not_reached"}, actions(result))
	if err := os.WriteFile(marker, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	diff(t, "fixed", map[string]string{"sync": "recreated", "beside": "unchanged", "web": "created"}, actions(must(t, request(t, c))))
	diff(t, "again", false, must(t, request(t, c)).Changed)
}

func TestAHealthGateOfAnEntryWithoutRestartHoldsTheNextWave(t *testing.T) {
	bed.Clean(t)
	fire := func(test, script string) config {
		return with(job(script), "detach", true, "stop_signal", "KILL", "wait", "healthy", "health_timeout", 3,
			"healthcheck", config{"test": test, "interval": "1s", "retries": 1})
	}
	for name, c := range map[string]struct {
		entry config
		next  string
	}{
		"never healthy": {fire("false", runs), "not_reached"},
		"healthy":       {fire("true", runs), "created"},
		"ends well":     {fire("false", "sleep 0.5"), "created"},
		"ends badly":    {fire("false", "sleep 0.5; exit 3"), "not_reached"},
	} {
		t.Run(name, func(t *testing.T) {
			bed.Clean(t)
			for _, run := range []string{"first", "second"} {
				result, err := paunch.Apply(context.Background(), request(t, config{"fire": c.entry, "web": service("start_order", 1)}))
				failed := c.next == "not_reached"
				diff(t, run+" run fails", failed, err != nil)
				if web := actions(result)["web"]; failed && web != c.next || run == "first" && web != c.next {
					t.Errorf("%s run: web is %s", run, web)
				}
			}
		})
	}
}

func TestAReCreatedJobTellsWhenItWasStarted(t *testing.T) {
	bed.Clean(t)
	must(t, request(t, config{"sync": job("sleep 1"), "web": service()})) // a second, as started_at has whole ones
	result := must(t, request(t, config{"sync": job("exit 0"), "web": service("environment", config{"A": 1})}))
	for _, c := range result.Containers {
		want, err := time.Parse(time.RFC3339Nano, bed.Output(t, "inspect", "--format", "{{.State.StartedAt.Format \"2006-01-02T15:04:05Z07:00\"}}", c.Name))
		if err != nil {
			t.Fatal(err)
		}
		diff(t, c.Name+" was started", want.UTC().Format(time.RFC3339), c.StartedAt)
	}
	diff(t, "restarted services", []string{"web"}, result.Restarted)
}

func TestAnExecRunsOnceAndAgainWhenItsTargetIsNew(t *testing.T) {
	bed.Clean(t)
	dir := t.TempDir()
	c := func(more ...any) config {
		return config{
			"db":    service(append([]any{"volumes", []any{dir + ":/d"}}, more...)...),
			"setup": config{"action": "exec", "command": []any{"db", "sh", "-c", "echo x >> /d/count"}, "start_order": 1, "user": "root"},
		}
	}
	count := func() int {
		text, err := os.ReadFile(filepath.Join(dir, "count"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(text), "x")
	}
	must(t, request(t, c()))
	must(t, request(t, c()))
	diff(t, "runs", 1, count())
	diff(t, "a new target", "executed", actions(must(t, request(t, c("privileged", true))))["setup"])
	diff(t, "runs", 2, count())
	req := request(t, c("privileged", true))
	req.ExecPolicy = paunch.ExecAlways
	must(t, req)
	diff(t, "runs", 3, count())
}

func TestDriftIsRepaired(t *testing.T) {
	bed.Clean(t)
	c := config{"web": service("stop_signal", "KILL"), "db": service("stop_signal", "KILL"), "mq": service("stop_signal", "KILL")}
	must(t, request(t, c))
	bed.Output(t, "stop", "web")
	bed.Output(t, "rm", "--force", "db")
	bed.Output(t, "rename", "mq", "somewhere")
	web, mq := id(t, "web"), id(t, "somewhere")
	result := must(t, request(t, c))
	diff(t, "actions", map[string]string{"web": "started", "db": "created", "mq": "renamed"}, actions(result))
	diff(t, "web is the same", web, id(t, "web"))
	diff(t, "mq is the same", mq, id(t, "mq"))
	diff(t, "containers", []string{"db running", "mq running", "web running"}, listed(t))
	diff(t, "again", false, must(t, request(t, c)).Changed)
}

func TestAContainerWhoseConmonWasKilledIsReplaced(t *testing.T) {
	bed.Clean(t)
	c := config{
		"alone": service("stop_signal", "KILL"), "both": service("stop_signal", "KILL", "ipc", "shareable"), "well": service("stop_signal", "KILL"),
		"guest": service("stop_signal", "KILL", "ipc", "container:both", "start_order", 1),
	}
	must(t, request(t, c))
	well := id(t, "well")
	for name, processes := range map[string]string{"alone": "{{.State.ConmonPid}}", "both": "{{.State.ConmonPid}} {{.State.Pid}}"} {
		for _, text := range strings.Fields(bed.Output(t, "inspect", "--format", processes, name)) {
			kill(t, text)
		}
	}
	check := request(t, c)
	check.Check = true
	predicted := must(t, check)
	result := must(t, request(t, c))
	want := map[string]string{"alone": "recreated", "both": "recreated", "guest": "recreated", "well": "unchanged"}
	diff(t, "predicted", want, actions(predicted))
	diff(t, "actions", want, actions(result))
	diff(t, "well is the same", well, id(t, "well"))
	diff(t, "containers", []string{"alone running", "both running", "guest running", "well running"}, listed(t))
	diff(t, "again", false, must(t, request(t, c)).Changed)
}

// kill kills a process and waits until it is gone.
func kill(t *testing.T, pid string) {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	for err = syscall.Kill(n, syscall.SIGKILL); err == nil; err = syscall.Kill(n, 0) {
		time.Sleep(10 * time.Millisecond)
	}
}

func TestAForeignContainerIsNeverTouched(t *testing.T) {
	bed.Clean(t)
	bed.Output(t, "run", "--detach", "--name", "web", "--net", "host", "--stop-signal", "KILL", testbed.Image, "sleep", "1000")
	theirs := id(t, "web")
	result := must(t, request(t, config{"web": service()}))
	real := result.Containers[0].RealName
	if !strings.HasPrefix(real, "web-") || len(real) != len("web-")+8 {
		t.Fatalf("real name %q", real)
	}
	ours := id(t, real)
	diff(t, "theirs", theirs, id(t, "web"))
	diff(t, "again", false, must(t, request(t, config{"web": service()})).Changed)
	bed.Output(t, "rm", "--force", "web")
	diff(t, "free again", map[string]string{"web": "renamed"}, actions(must(t, request(t, config{"web": service()}))))
	diff(t, "the same container", ours, id(t, "web"))
	must(t, func() paunch.Request { r := request(t, config{}); r.State = paunch.StateAbsent; return r }())
	diff(t, "deleted", []string(nil), listed(t))
}

func TestContainersOfOlderToolsAreAdopted(t *testing.T) {
	bed.Clean(t)
	label := func(l ...string) []string {
		args := []string{"run", "--detach", "--net", "host", "--stop-signal", "KILL"}
		for _, v := range l {
			args = append(args, "--label", v)
		}
		return args
	}
	script := []string{testbed.Image, "sleep", "1000"}
	bed.Output(t, append(append(label("managed_by=paunch", "config_id=step1", "container_name=a",
		`config_data={"image": "`+testbed.Image+`", "net": "host", "restart": "always", "command": "sleep 1000", "stop_signal": "KILL"}`), "--name", "a"), script...)...)
	bed.Output(t, append(append(label("managed_by=tripleo_ansible", "config_id=step1", "container_name=b",
		`config_data={'image': '`+testbed.Image+`', 'net': 'host', 'restart': 'always', 'command': ['sleep', '1000'], 'stop_signal': 'KILL'}`), "--name", "b"), script...)...)
	bed.Output(t, append(append(label("managed_by=edpm_ansible", "config_id=step1", "container_name=c",
		`config_data={'image': '`+testbed.Image+`', 'net': 'host', 'restart': 'always', 'command': 'sleep 2000', 'stop_signal': 'KILL'}`), "--name", "c"), script...)...)
	entry := config{"image": testbed.Image, "net": "host", "restart": "always", "command": "sleep 1000", "stop_signal": "KILL"}
	req := request(t, config{"a": entry, "b": entry, "c": entry})
	req.ManagedBy = "paunch"
	a, b := id(t, "a"), id(t, "b")
	result := must(t, req)
	diff(t, "actions", map[string]string{"a": "unchanged", "b": "unchanged", "c": "recreated"}, actions(result))
	diff(t, "a", a, id(t, "a"))
	diff(t, "b", b, id(t, "b"))
	diff(t, "again", false, must(t, req).Changed)
}

func TestPrunedRemovesWhatIsNotKept(t *testing.T) {
	bed.Clean(t)
	for _, configID := range []string{"step1", "step2", "step3"} {
		req := request(t, config{"c-" + configID: service()})
		req.ConfigID = configID
		must(t, req)
	}
	req := request(t, nil)
	req.State, req.ConfigID, req.KeepConfigIDs = paunch.StatePruned, "", []string{"step2"}
	must(t, req)
	diff(t, "containers", []string{"c-step2 running"}, listed(t))
}

func TestTwoAppliesAtOnceQueueUp(t *testing.T) {
	bed.Clean(t)
	c := config{"a": service(), "b": job("sleep 0.5"), "c": service("start_order", 1)}
	results := make([]*paunch.Result, 2)
	var group sync.WaitGroup
	for i := range results {
		group.Add(1)
		go func() {
			defer group.Done()
			results[i], _ = paunch.Apply(context.Background(), request(t, c))
		}()
	}
	group.Wait()
	for _, r := range results {
		if r.Failed {
			t.Error(r.Msg)
		}
	}
	if results[0].Changed == results[1].Changed {
		t.Errorf("one changes, the other does not: %v %v", results[0].Changed, results[1].Changed)
	}
	diff(t, "containers", []string{"a running", "b exited", "c running"}, listed(t))
}

func TestNoSecretLeavesTheProcess(t *testing.T) {
	bed.Clean(t)
	secrets := []string{"hunter22-env", "hunter22-flag", "hunter22-url"}
	c := config{
		"sync": job("echo $DB_PASSWORD; echo \"$0 $1 $2\" >&2; exit 1", "environment", config{"DB_PASSWORD": secrets[0], "URL": "mysql://u:" + secrets[2] + "@h/d"}),
	}
	c["sync"].(config)["command"] = []any{"sh", "-c", "echo $DB_PASSWORD $URL; echo \"$0 $1\" >&2; exit 1", "--bootstrap-password", secrets[1]}
	req := request(t, c)
	for _, check := range []bool{true, false} {
		req.Check = check
		result, _ := paunch.Apply(context.Background(), req)
		text, err := json.Marshal(result)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range secrets {
			if bytes.Contains(text, []byte(s)) {
				t.Errorf("check %v: %s is in the result:\n%s", check, s, text)
			}
		}
	}
	labels := bed.Output(t, "inspect", "--format", "{{json .Config.Labels}} {{json .Config.CreateCommand}}", "sync")
	for _, s := range secrets {
		if strings.Contains(labels, s) {
			t.Errorf("%s is in the labels: %s", s, labels)
		}
	}
}

func TestGigabytesOfOutputLeaveABoundedTail(t *testing.T) {
	bed.Clean(t)
	c := config{"noisy": job("yes 0123456789012345678901234567890123456789 | head -c 300000000; echo the end; exit 1", "log_driver", "k8s-file")}
	result := mustFail(t, request(t, c), "the end")
	if n := len(result.Containers[0].Stdout); n > 64<<10 {
		t.Errorf("%d bytes of output", n)
	}
}

func TestBadConfigsAreRefusedWholeBeforeAnythingIsTouched(t *testing.T) {
	bed.Clean(t)
	must(t, request(t, config{"web": service()}))
	before := snapshot(t)
	result := mustFail(t, request(t, config{
		"web":   service("memory", "a lot"),
		"bind":  service("volumes", []any{"/no/such/dir:/x"}),
		"vol":   service("volumes", []any{"no_such_volume:/x"}),
		"envf":  service("env_file", "/no/such/file"),
		"image": service("image", ""),
		"exec":  config{"action": "exec", "command": []any{"nobody", "x"}},
	}), `"web"`, "memory", `"image"`)
	_ = result
	req := request(t, config{
		"bind": service("volumes", []any{"/no/such/dir:/x"}), "vol": service("volumes", []any{"no_such_volume:/x"}),
		"envf": service("env_file", "/no/such/file"), "exec": config{"action": "exec", "command": []any{"nobody", "x"}},
	})
	req.VolumePolicy = paunch.VolumesRequired
	mustFail(t, req, "/no/such/dir", "no_such_volume", "/no/such/file", "nobody")
	diff(t, "the host", before, snapshot(t))
}

func TestAMissingImageIsOneClearMessageAndTouchesNothing(t *testing.T) {
	bed.Clean(t)
	must(t, request(t, config{"web": service()}))
	before := snapshot(t)
	req := request(t, config{"web": service("image", "127.0.0.1:1/no/image:1"), "other": service()})
	req.PullRetries = 0
	result := mustFail(t, req, `image "127.0.0.1:1/no/image:1"`)
	diff(t, "actions", map[string]string{"web": "failed", "other": "not_reached"}, actions(result))
	diff(t, "the host", before, snapshot(t))
}

func TestAServiceThatDiesHalfWayIsAClearErrorAndTheNextRunGoesOn(t *testing.T) {
	bed.Clean(t)
	c := config{"sync": job("sleep 3"), "web": service("start_order", 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		mustFail(t, request(t, c), `container "sync"`)
	}()
	waitFor(t, func() bool { return len(listed(t)) == 1 && strings.HasSuffix(listed(t)[0], "running") })
	bed.KillService()
	<-done
	if err := bed.StartService(); err != nil {
		t.Fatal(err)
	}
	must(t, request(t, c))
	diff(t, "containers", []string{"sync exited", "web running"}, listed(t))
}

func waitFor(t *testing.T, ready func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		if ready() {
			return
		}
	}
	t.Fatal("it did not come")
}

func TestSIGTERMEndsWithAResult(t *testing.T) {
	bed.Clean(t)
	cmd := start(t, config{"config_id": "step1", "managed_by": "term", "config": config{"sync": job("sleep 100", "stop_signal", "KILL"), "web": service("start_order", 1)}})
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { l := listed(t); return len(l) == 1 && strings.HasSuffix(l[0], "running") })
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the exit status is 1
	var result paunch.Result
	if err := json.Unmarshal(out.Bytes(), &result); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	diff(t, "failed", true, result.Failed)
	if !strings.Contains(result.Msg, "interrupted") {
		t.Error(result.Msg)
	}
	diff(t, "containers", []string{"sync running"}, listed(t))
}

func TestTheListHasEveryManagedContainer(t *testing.T) {
	bed.Clean(t)
	req := request(t, config{"web": service(), "sync": job("true", "environment", config{"A": 1})})
	must(t, req)
	got, err := paunch.List(context.Background(), paunch.ListRequest{ManagedBy: req.ManagedBy, PodmanURL: bed.URL()})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, l := range got {
		names = append(names, l.ConfigID+" "+l.RealName+" "+l.Status)
	}
	diff(t, "list", []string{"step1 sync exited", "step1 web running"}, names)
}

func TestLogsGoToTheLogPath(t *testing.T) {
	bed.Clean(t)
	req := request(t, config{"sync": job("echo to the log")})
	req.LogPath = filepath.Join(t.TempDir(), "stdouts")
	must(t, req)
	text, err := os.ReadFile(filepath.Join(req.LogPath, "sync.log"))
	if err != nil || !strings.Contains(string(text), "to the log") {
		t.Errorf("%v: %s", err, text)
	}
	diff(t, "again", false, must(t, req).Changed)
}

func TestTheOutputOfAFailedJobIsItsOwnThoughTheLogFileIsKept(t *testing.T) {
	bed.Clean(t)
	req := request(t, config{"sync": job("echo synced; exit 4")})
	req.LogPath = filepath.Join(t.TempDir(), "stdouts")
	diff(t, "the first", "synced", mustFail(t, req, "exit code 4").Containers[0].Stdout)
	for name, script := range map[string]string{"a changed job": "exit 5", "the same job again": "exit 5"} {
		req.Config = config{"sync": job(script)}
		diff(t, name, "", mustFail(t, req, "exit code 5").Containers[0].Stdout)
	}
	bed.Output(t, "rm", "sync")
	req.Config = config{"sync": job("echo mine; exit 6")}
	diff(t, "after a removal by hand", "mine", mustFail(t, req, "exit code 6").Containers[0].Stdout)
	text, err := os.ReadFile(filepath.Join(req.LogPath, "sync.log"))
	if err != nil || !strings.Contains(string(text), "synced") {
		t.Errorf("the file was not kept: %v: %s", err, text)
	}
}

func TestTheOutputOfAReplacementThatEndsIsNotThatOfTheOldContainer(t *testing.T) {
	bed.Clean(t)
	chatty := "trap 'exit 0' TERM; while :; do echo alive; sleep 0.05; done"
	req := request(t, config{"web": service("command", []any{"sh", "-c", chatty})})
	req.LogPath = filepath.Join(t.TempDir(), "stdouts")
	must(t, req)
	req.Config = config{"web": service("restart", "on-failure:1", "command", []any{"sh", "-c", "exit 7"})}
	result := mustFail(t, req, "exit code 7")
	diff(t, "rolled back, output", []any{true, ""}, []any{result.Containers[0].RolledBack, result.Containers[0].Stdout})
}
