//go:build realpodman

package paunch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

// diskSteps is how many amounts of free space are tried, from none to diskMost bytes.
const (
	diskSteps = 20
	diskMost  = 512 << 10
)

func TestAFullDiskLeavesEveryServiceUpAndTheNextRunReplacesThem(t *testing.T) {
	disk := testbed.NewDisk(t, "96m")
	small := bedOn(t, disk)
	version := 0
	wanted := func() paunch.Request {
		e := config{"V": version}
		req := request(t, config{"web": service("environment", e), "db": service("net", "none", "environment", e), "joined": service("net", "container:db", "environment", e)})
		req.PodmanURL = small.URL()
		return req
	}
	must(t, wanted())
	for n := range diskSteps {
		free := int64(n) * diskMost / (diskSteps - 1)
		version++
		disk.FillBut(t, free)
		result, _ := paunch.Apply(context.Background(), wanted()) // may fail
		disk.Free(t)
		states := statesOf(t, small)
		for _, name := range []string{"web", "db", "joined"} {
			if !states[name+" running"] {
				t.Errorf("with %d bytes free, %s is down: %v\n%s", free, name, states, result.Msg)
			}
		}
		must(t, wanted())
		if r := must(t, wanted()); r.Changed {
			t.Errorf("after %d bytes free, the second run changes %v", free, r.ChangedContainers)
		}
		diff(t, fmt.Sprintf("containers after %d bytes free", free), map[string]bool{"web running": true, "db running": true, "joined running": true}, statesOf(t, small))
	}
}

// statesOf are the containers of a Podman as "entry state".
func statesOf(t *testing.T, p *testbed.Podman) map[string]bool {
	t.Helper()
	var all []seen
	if err := json.Unmarshal([]byte(p.Output(t, "ps", "--all", "--external", "--format", "json")), &all); err != nil {
		t.Fatal(err)
	}
	states := map[string]bool{}
	for _, c := range all {
		states[c.Labels["container_name"]+" "+c.State] = true
	}
	return states
}
