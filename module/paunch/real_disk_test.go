//go:build realpodman

package paunch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

// diskSteps is how many amounts of free space are tried, from none to diskMost bytes.
const (
	diskSteps = 20
	diskMost  = 512 << 10
)

// fullDisk is a Podman on a small disk whose services are replaced while that is nearly full.
type fullDisk struct {
	disk    *testbed.Disk
	podman  *testbed.Podman
	config  func(version int) config
	version int
}

func newFullDisk(t *testing.T, c func(version int) config) *fullDisk {
	t.Helper()
	disk := testbed.NewDisk(t, "96m")
	f := &fullDisk{disk: disk, podman: bedOn(t, disk), config: c}
	must(t, f.wanted(t))
	return f
}

func (f *fullDisk) wanted(t *testing.T) paunch.Request {
	t.Helper()
	req := request(t, f.config(f.version))
	req.PodmanURL = f.podman.URL()
	return req
}

// replace changes every service while the disk has so much space: from the beginning, or from the first rename
// on, which is when the old containers have been stopped.
func (f *fullDisk) replace(t *testing.T, free int64, atRename bool) {
	t.Helper()
	f.version++
	req := f.wanted(t)
	if atRename {
		proxy := testbed.NewProxy(t, f.podman.Socket())
		var once sync.Once
		proxy.Fault(func(r *http.Request) bool {
			if strings.Contains(r.URL.Path, "/rename") {
				once.Do(func() { f.disk.FillBut(t, free) })
			}
			return false
		})
		req.PodmanURL = proxy.URL
	} else {
		f.disk.FillBut(t, free)
	}
	result, _ := paunch.Apply(context.Background(), req) // may fail
	f.disk.Free(t)
	states := statesOf(t, f.podman)
	for name := range f.config(f.version) {
		if !states[name+" running"] {
			t.Errorf("with %d bytes free, %s is down: %v\n%s", free, name, states, result.Msg)
		}
	}
	must(t, f.wanted(t))
	if r := must(t, f.wanted(t)); r.Changed {
		t.Errorf("after %d bytes free, the second run changes %v", free, r.ChangedContainers)
	}
	want := map[string]bool{}
	for name := range f.config(f.version) {
		want[name+" running"] = true
	}
	diff(t, fmt.Sprintf("containers after %d bytes free", free), want, statesOf(t, f.podman))
}

func TestAFullDiskLeavesEveryServiceUpAndTheNextRunReplacesThem(t *testing.T) {
	f := newFullDisk(t, func(version int) config {
		e := config{"V": version}
		return config{
			"web": service("environment", e), "db": service("net", "none", "environment", e),
			"joined": service("net", "container:db", "environment", e),
		}
	})
	for n := range diskSteps {
		f.replace(t, int64(n)*diskMost/(diskSteps-1), false)
	}
}

func TestADiskThatFillsUpWhileContainersAreStoppedLeavesEveryServiceUp(t *testing.T) {
	f := newFullDisk(t, func(version int) config {
		e := config{"V": version}
		return config{"web": service("environment", e), "db": service("net", "none", "environment", e)}
	})
	const least = 64 << 10 // with hardly any space at all Podman can start nothing, old or new
	for free := int64(least); free <= diskMost; free += least {
		f.replace(t, free, true)
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
