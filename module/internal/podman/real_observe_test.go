//go:build realpodman

package podman

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/testbed"
)

func volumesOnly([]observed.Container) map[config.ResourceKind]bool {
	return map[config.ResourceKind]bool{config.Volume: true}
}

func TestALookTakesAsManyRequestsForManyContainersAsForOne(t *testing.T) {
	proxy := testbed.NewProxy(t, bed.Socket())
	c := connectTo(t, proxy.URL)
	for range 12 {
		create(t, c, entry("true"))
	}
	proxy.Forget()
	again := connectTo(t, proxy.URL)
	state, err := again.Observe(t.Context(), Want{Images: []string{testbed.Image, "localhost/busybox", "localhost/none:1", testbed.Image}, Resources: volumesOnly})
	if err != nil {
		t.Fatal(err)
	}
	if len(state.Containers) != 12 {
		t.Errorf("%d containers, want 12", len(state.Containers))
	}
	if got := proxy.Requests(); len(got) > 4 { // ping, containers, images, volumes
		t.Errorf("%d requests:\n%s", len(got), strings.Join(got, "\n"))
	}
}

func TestParallelCallsKeepTheirConnections(t *testing.T) {
	proxy := testbed.NewProxy(t, bed.Socket())
	c := connectTo(t, proxy.URL)
	proxy.Forget()
	for range 5 {
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if _, err := c.Containers(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	if n := proxy.Connections(); n > 32 {
		t.Errorf("%d connections for 80 calls at 16 at once", n)
	}
}

func TestALookFindsImagesByEveryKindOfReference(t *testing.T) {
	c := connect(t)
	id := bed.Output(t, "image", "inspect", "--format", "{{.Id}}", testbed.Image)
	digest := bed.Output(t, "image", "inspect", "--format", "{{.Digest}}", testbed.Image)
	refs := []string{
		testbed.Image, "localhost/busybox", "busybox", id, id[:12], "localhost/busybox@" + digest,
		"localhost/none", "none", "quay.io/none:1", "localhost/none@sha256:" + strings.Repeat("0", 64),
	}
	state, err := c.Observe(t.Context(), Want{Images: refs})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, ref := range refs[:6] {
		want[ref] = id
	}
	if diff := cmp.Diff(want, state.Images); diff != "" {
		t.Errorf("images (-want +got):\n%s", diff)
	}
	if state.Volumes != nil {
		t.Errorf("volumes that nobody asked for: %v", state.Volumes)
	}
}

func TestALookSeesEveryStateAndWhatOnlyTheStorageKnows(t *testing.T) {
	c := connect(t)
	ctx := t.Context()
	want := map[string]observed.Status{}
	made := func(e string, status observed.Status) { want[e] = status }
	e := entry("true")
	create(t, c, e)
	made(e.Name, observed.Created)
	e = entry("true")
	if err := c.Init(ctx, create(t, c, e)); err != nil {
		t.Fatal(err)
	}
	made(e.Name, observed.Created)
	e = entry(runsOn)
	start(t, c, e)
	made(e.Name, observed.Running)
	e = entry("exit 3")
	if _, err := c.Wait(ctx, start(t, c, e)); err != nil {
		t.Fatal(err)
	}
	made(e.Name, observed.Exited)
	e = entry(runsOn)
	start(t, c, e)
	bed.Output(t, "pause", e.Name)
	made(e.Name, observed.Paused)
	leftover := bed.LeaveStorage(t, "left-over")
	bed.Output(t, "volume", "create", "vol-x")

	state, err := c.Observe(ctx, Want{Resources: volumesOnly})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]observed.Status{}
	for _, k := range state.Containers {
		got[k.Name] = k.Status
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
	leftovers := []observed.Leftover{{ID: leftover, Name: "left-over", CreatedAt: state.Leftovers[0].CreatedAt}}
	if age := time.Since(leftovers[0].CreatedAt); age < 0 || age > time.Minute {
		t.Errorf("the leftover's age is %s", age)
	}
	if diff := cmp.Diff(leftovers, state.Leftovers); diff != "" {
		t.Errorf("leftovers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]bool{"vol-x": true}, state.Volumes); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
	}
	if err := c.Unpause(ctx, e.Name); err != nil {
		t.Error(err)
	}
	if d, err := c.Inspect(ctx, e.Name); err != nil || d.Status != observed.Running {
		t.Errorf("after unpause: %s, %v", d.Status, err)
	}
}

func TestHealthOfTheListingIsThatOfTheInspectionOrEmpty(t *testing.T) {
	c := connect(t)
	id := start(t, c, entry(runsOn, option("health-cmd", "true"), option("health-interval", "disable")))
	if _, err := c.RunHealthcheck(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	d, err := c.Inspect(t.Context(), id)
	if err != nil || d.Health != "healthy" {
		t.Fatalf("inspected as %q, %v", d.Health, err)
	}
	all, err := c.Containers(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	if got := all[0].Health; got != "" && got != d.Health {
		t.Errorf("listed as %q", got)
	}
	t.Logf("podman %s lists the health as %q", c.Version(), all[0].Health)
}

func TestANameThatBeginsAnotherContainersIDIsNotThatContainer(t *testing.T) {
	c := connect(t)
	id := start(t, c, entry(runsOn))
	prefix := id[:6]
	for what, err := range map[string]error{
		"stop":   c.Stop(t.Context(), prefix),
		"rename": c.Rename(t.Context(), prefix, "other-x"),
		"remove": c.Remove(t.Context(), prefix),
	} {
		if what != "remove" && err == nil {
			t.Errorf("%s of %s is no error", what, prefix)
		}
	}
	d, err := c.Inspect(t.Context(), id)
	if err != nil || d.Status != observed.Running {
		t.Fatalf("the other container is %s, %v", d.Status, err)
	}
	// One that really has such a name is found.
	e := entry("true")
	if _, err := c.Create(t.Context(), apply.CreateRequest{Entry: e, Name: prefix}); err != nil {
		t.Fatal(err)
	}
	if err := c.Remove(t.Context(), prefix); err != nil {
		t.Fatal(err)
	}
	all, err := c.Containers(t.Context())
	if err != nil || len(all) != 1 || all[0].ID != id {
		t.Errorf("left: %v, %v", all, err)
	}
}

func TestRemovingLeavesEveryVolume(t *testing.T) {
	c := connect(t)
	e := entry("true", option("volume", "kept-x:/kept", "/anonymous"))
	id := start(t, c, e)
	if _, err := c.Wait(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	state, err := c.Observe(t.Context(), Want{Resources: volumesOnly})
	if err != nil || len(state.Volumes) != 2 {
		t.Fatalf("volumes %v, %v", state.Volumes, err)
	}
	if err := c.Remove(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	state, err = c.Observe(t.Context(), Want{Resources: volumesOnly})
	if err != nil {
		t.Fatal(err)
	}
	if !state.Volumes["kept-x"] || len(state.Volumes) != 2 {
		t.Errorf("volumes: %v", state.Volumes)
	}
}

func TestContainersThatEndWhileTheyAreRemovedAreRemoved(t *testing.T) {
	c := connect(t)
	var wg sync.WaitGroup
	for i := range 24 {
		e := entry(fmt.Sprintf("sleep 0.%02d", i))
		wg.Go(func() {
			id, err := c.Create(t.Context(), apply.CreateRequest{Entry: e, Name: e.Name})
			if err == nil {
				err = c.Start(t.Context(), id)
			}
			if err == nil {
				err = c.Remove(t.Context(), id)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if all, err := c.Containers(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("left: %v, %v", all, err)
	}
}

func TestAStopTakesTheContainersOwnTime(t *testing.T) {
	c := connect(t)
	id := start(t, c, entry("trap '' TERM; sleep 10000", option("stop-timeout", "1")))
	if err := c.Stop(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if d, err := c.Inspect(t.Context(), id); err != nil || d.ExitCode != 137 {
		t.Errorf("exit code %d, %v; want that of SIGKILL", d.ExitCode, err)
	}
}

func TestAContainerThatItsPolicyRestartsIsWaitedForToItsLastEnd(t *testing.T) {
	c := connect(t)
	e := entry("echo run; exit 4")
	e.Restart = "on-failure:2"
	id := start(t, c, e)
	code, err := c.Wait(t.Context(), id)
	if err != nil || code != 4 {
		t.Errorf("exit code %d, %v", code, err)
	}
}

func TestAPausedContainerCanBeStoppedAndRemoved(t *testing.T) {
	c := connect(t)
	stopped, removed := start(t, c, entry(runsOn, option("stop-timeout", "1"))), start(t, c, entry(runsOn))
	bed.Output(t, "pause", stopped, removed)
	if err := c.Stop(t.Context(), stopped); err != nil {
		t.Error(err)
	}
	if d, err := c.Inspect(t.Context(), stopped); err != nil || d.Status != observed.Exited {
		t.Errorf("stopped: it is %s, %v", d.Status, err)
	}
	if err := c.Remove(t.Context(), removed); err != nil {
		t.Error(err)
	}
}

func TestContainersThatDependOnEachOtherAreRemovedTogetherInAnyOrder(t *testing.T) {
	c := connect(t)
	first := entry(runsOn)
	base := start(t, c, first)
	second := entry(runsOn, option("pid", "container:"+first.Name))
	dependent := start(t, c, second)
	err := c.Remove(t.Context(), base)
	if err == nil || errors.Is(err, apply.ErrNameTaken) || !strings.Contains(err.Error(), "dependent") {
		t.Errorf("alone: %v", err)
	}
	var wg sync.WaitGroup
	for _, id := range []string{base, dependent} {
		wg.Go(func() {
			if err := c.Remove(t.Context(), id); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
