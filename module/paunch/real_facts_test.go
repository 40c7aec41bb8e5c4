//go:build realpodman

package paunch_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

func TestFactsOfAStepAndOfAHostCostThreeRequestsAndChangeNothing(t *testing.T) {
	bed.Clean(t)
	c := config{"web": service(), "job": config{"image": testbed.Image, "net": "none", "detach": false, "command": "true", "environment": config{"DB_PASSWORD": "hunter22"}}}
	must(t, request(t, c))
	before := snapshot(t)
	proxy := testbed.NewProxy(t, bed.Socket())
	req := request(t, c)
	req.PodmanURL = proxy.URL
	facts, err := paunch.Facts(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(proxy.Requests()); n > 3 {
		t.Errorf("%d requests: %v", n, proxy.Requests())
	}
	if *facts.Drift || len(facts.Containers) != 2 || facts.Containers[1].Name == "" {
		t.Errorf("facts: %+v", facts)
	}
	for _, f := range facts.Containers {
		want := map[string]string{"web": "running running", "job": "finished exited"}[f.Name]
		if got := f.Wanted + " " + f.State; got != want || !strings.HasPrefix(f.ImageDigest, "sha256:") {
			t.Errorf("%s: %q, digest %q", f.Name, got, f.ImageDigest)
		}
	}
	if !facts.ByName["web"].State.Running || facts.ByName["web"].ImageName == "" {
		t.Errorf("in the shape of inspect: %+v", facts.ByName)
	}
	text, err := json.Marshal(facts)
	if err != nil || strings.Contains(string(text), "hunter22") {
		t.Errorf("a secret or an error: %v %s", err, text)
	}
	host := paunch.Defaults()
	host.PodmanURL, host.ManagedBy = req.PodmanURL, ""
	if facts, err = paunch.Facts(context.Background(), host); err != nil || facts.Drift != nil || len(facts.Containers) != 2 || len(facts.Inspected) != 2 {
		t.Errorf("of the host: %v %+v", err, facts)
	}
	diff(t, "the host", before, snapshot(t))
}

func TestFactsNameWhatAnApplyWouldChange(t *testing.T) {
	bed.Clean(t)
	must(t, request(t, config{"web": service(), "old": service()}))
	changed := service()
	changed["environment"] = config{"COLOUR": "blue"}
	facts, err := paunch.Facts(context.Background(), request(t, config{"web": changed, "new": service()}))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range facts.Containers {
		got[f.Name] = strings.Join([]string{f.Wanted, f.State, f.Action}, " ")
		if !f.Drift {
			t.Errorf("no drift: %+v", f)
		}
	}
	diff(t, "facts", map[string]string{"web": "running running recreated", "new": "running absent created", "old": "absent running removed"}, got)
}
