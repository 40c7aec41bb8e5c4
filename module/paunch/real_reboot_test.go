//go:build realpodman

package paunch_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

func TestWhatRanBeforeABootIsStartedAndNotReplaced(t *testing.T) {
	bed.Clean(t)
	c := config{
		"web": service(), "managed": service("restart_stopped", false),
		"fire": config{"image": testbed.Image, "net": "none", "command": []any{"sh", "-c", runs}},
		"done": job("true"), "failed": job("exit 3", "exit_codes", []any{3}),
	}
	must(t, request(t, c))
	ids := map[string]string{}
	for name := range c {
		ids[name] = id(t, name)
	}
	bed.Output(t, "exec", "web", "sh", "-c", "echo precious >/f")
	bed.Reboot(t)
	result := must(t, request(t, c))
	diff(t, "actions", map[string]string{"web": "started", "managed": "unchanged", "fire": "started", "done": "unchanged", "failed": "unchanged"}, actions(result))
	for name := range c {
		diff(t, "container of "+name, ids[name], id(t, name))
	}
	diff(t, "its layer", "precious", bed.Output(t, "exec", "web", "cat", "/f"))
	diff(t, "changed by the next apply", false, must(t, request(t, c)).Changed)
}

func TestAOneShotThatABootCutOffRunsAgain(t *testing.T) {
	bed.Clean(t)
	dir := t.TempDir()
	c := config{"sync": job("test -e /m/second && exit 0; touch /m/second; "+runs, "volumes", []any{dir + ":/m"}, "timeout", 60)}
	req := request(t, c)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan *paunch.Result)
	go func() {
		result, _ := paunch.Apply(ctx, req) // it is interrupted
		ended <- result
	}()
	waitFor(t, func() bool { _, err := os.Stat(filepath.Join(dir, "second")); return err == nil })
	cancel()
	<-ended
	bed.Reboot(t)
	diff(t, "actions", map[string]string{"sync": "recreated"}, actions(must(t, req)))
	diff(t, "changed by the next apply", false, must(t, req).Changed)
}
