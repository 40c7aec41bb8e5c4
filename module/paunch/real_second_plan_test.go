//go:build realpodman

package paunch_test

import (
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

// pulling makes a request for a service whose image is in a registry of the test's own, and applies it.
func pulling(t *testing.T, more ...any) (req paunch.Request, image string) {
	t.Helper()
	image = testbed.NewRegistry(t, testbed.RegistryOptions{}).Push(t, bed, "o/second:1")
	req = request(t, config{"web": with(service("image", image), more...)})
	req.TLSVerify = new(bool)
	must(t, req)
	t.Cleanup(func() {
		req.State = paunch.StateAbsent
		must(t, req)
	})
	return req, image
}

func TestTheDiffIsOfThePlanThatThePullsLedTo(t *testing.T) {
	req, image := pulling(t, "pull", "always")
	bed.Output(t, "create", "--name", "newer", "--net", "host", testbed.Image, "true")
	bed.Output(t, "commit", "--quiet", "--change", "ENV MOVED=1", "newer", "localhost/newer:1")
	bed.Output(t, "push", "--quiet", "--tls-verify=false", "localhost/newer:1", "docker://"+image)
	bed.Output(t, "rm", "newer")
	bed.Output(t, "rmi", "localhost/newer:1")
	r := must(t, req)
	if actions(r)["web"] != "recreated" {
		t.Fatalf("actions %v", actions(r))
	}
	if r.Diff == nil || !strings.Contains(r.Diff.After, "web: recreated (image "+image+" is now") {
		t.Errorf("the diff is not of the plan that was executed: %+v", r.Diff)
	}
}

func TestTheDiffShowsNoChangeThatThePullsMadeNeedless(t *testing.T) {
	req, image := pulling(t)
	bed.Output(t, "untag", image, image) // of all its names, only this one
	r := must(t, req)
	if actions(r)["web"] != "unchanged" {
		t.Fatalf("actions %v", actions(r))
	}
	if r.Diff != nil {
		t.Errorf("the diff shows what was not done: %+v", r.Diff)
	}
}
