//go:build realpodman

package paunch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/hostlock"
	"github.com/overcloud/paunch/module/internal/plan"
	"github.com/overcloud/paunch/module/paunch"
)

// killedCreating is the lock of a run that was killed while it was creating a container.
func killedCreating(t *testing.T, req paunch.Request, name string) {
	t.Helper()
	lock, err := hostlock.Acquire(t.Context(), req.ManagedBy, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	lock.Creating(name)
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestStorageThatAnInterruptedCreateLeftIsCleared(t *testing.T) {
	bed.Clean(t)
	req := request(t, config{"web": service(), "db": service()})
	killedCreating(t, req, "web")
	bed.LeaveStorage(t, "web")
	bed.LeaveStorage(t, "db-"+plan.Suffix("abcd", req.ManagedBy, req.ConfigID, "db"))
	must(t, req)
	diff(t, "containers", []string{"db running", "web running"}, listed(t))
	diff(t, "again", false, must(t, req).Changed)
}

func TestStorageIsClearedByOneManagerAtATime(t *testing.T) {
	bed.Clean(t)
	one := request(t, config{"web": service()})
	two := one
	two.ManagedBy += "-other"
	ids := map[string]string{}
	for _, req := range []paunch.Request{one, two} {
		ids[req.ManagedBy] = bed.LeaveStorage(t, "web-"+plan.Suffix("abcd", req.ManagedBy, req.ConfigID, "web"))
	}
	other, err := hostlock.Clearing(t.Context(), time.Minute) // a third manager is at it
	if err != nil {
		t.Fatal(err)
	}
	held := func() string { return bed.Output(t, "ps", "--all", "--external", "--quiet", "--no-trunc") }
	begun, ended := make(chan string, 2), make(chan error, 2)
	for _, req := range []paunch.Request{one, two} {
		req.Progress = func(e paunch.Event) {
			if e.Action == "removed" && !e.Done {
				begun <- req.ManagedBy
			}
		}
		go func() {
			_, err := paunch.Apply(t.Context(), req)
			ended <- err
		}()
	}
	for range ids {
		if id := ids[<-begun]; !strings.Contains(held(), id) {
			t.Errorf("%s was cleared without the lock", id)
		}
	}
	other()
	for range ids {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	for manager, id := range ids {
		if strings.Contains(held(), id) {
			t.Errorf("%s did not clear %s", manager, id)
		}
	}
}

func TestStorageOfACreateInProgressIsLeftAloneAndGivesUpItsNameLater(t *testing.T) {
	bed.Clean(t)
	req := request(t, config{"web": service(), "db": service()})
	other := req
	other.ManagedBy += "-other"
	killedCreating(t, other, "web") // of another manager: that one clears it
	web := bed.LeaveStorage(t, "web")
	bed.LeaveStorage(t, "db-12345678")
	bed.LeaveStorage(t, "db-"+plan.Suffix("abcd", other.ManagedBy, other.ConfigID, "db"))
	before := listed(t)
	result := must(t, req)
	diff(t, "removed", 0, len(result.Containers)-2)
	diff(t, "containers", len(before)+2, len(listed(t)))
	bed.Output(t, "rm", "--storage", web)
	diff(t, "actions", map[string]string{"web": "renamed", "db": "unchanged"}, actions(must(t, req)))
}
