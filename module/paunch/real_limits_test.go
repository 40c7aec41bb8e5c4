//go:build realpodman

package paunch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/testbed"
)

func TestAPullThatStallsFailsAndTouchesNoContainer(t *testing.T) {
	bed.Clean(t)
	registry := testbed.NewRegistry(t, testbed.RegistryOptions{})
	registry.Push(t, bed, "o/stalls:1")
	addr, givenUp := registry.Stalling(t)
	image := addr + "/o/stalls:1"
	req := request(t, config{
		"slow": config{"image": image, "restart": "always", "net": "none"},
		"here": config{"image": testbed.Image, "restart": "always", "net": "none", "command": "sleep 1000"},
	})
	req.PullTimeout, req.TLSVerify = 2*time.Second, new(bool)
	result := mustFail(t, req, "image \""+image+"\"", "did not come within 2s (pull_timeout)", "podman pull "+image, "no container was touched")
	if got := actions(result); got["slow"] != "failed" || got["here"] != "not_reached" {
		t.Errorf("actions: %v", got)
	}
	if all := ps(t); len(all) != 0 {
		t.Errorf("containers: %+v", all)
	}
	select {
	case <-givenUp:
	case <-time.After(20 * time.Second):
		t.Error("Podman still pulls")
	}
}

func TestTheLongestNameIsAPossibleOne(t *testing.T) {
	bed.Clean(t)
	name := strings.Repeat("n", 173)
	keys := config{"image": testbed.Image, "restart": "always", "net": "none", "command": "sleep 1000", "stop_signal": "KILL"}
	req := request(t, config{name: keys})
	req.LogPath = t.TempDir()
	must(t, req)
	keys["command"] = "sleep 1001" // the new one has a longer name for a while
	diff(t, "actions", map[string]string{name: "recreated"}, actions(must(t, req)))
	req.Config = config{strings.Repeat("n", 174): keys}
	mustFail(t, req, "a name must not be longer than 173 characters")
}
