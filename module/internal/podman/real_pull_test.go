//go:build realpodman

package podman

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/testbed"
)

// noTLS asks for a connection without verification.
func noTLS() *bool { return new(bool) }

// wantPulled pulls an image that is not here, and once more.
func wantPulled(t *testing.T, c *Client, r apply.PullRequest) {
	t.Helper()
	t.Cleanup(func() { _ = bed.Command(context.Background(), "untag", r.Image, r.Image).Run() })
	for i, want := range []bool{true, false} {
		id, moved, err := c.Pull(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if moved != want || len(id) != 64 {
			t.Errorf("pull %d: id %q, moved %v; want %v", i+1, id, moved, want)
		}
	}
}

// wantRefused pulls an image that cannot come, and wants an error with the words.
func wantRefused(t *testing.T, c *Client, r apply.PullRequest, words ...string) {
	t.Helper()
	_, _, err := c.Pull(t.Context(), r)
	if err == nil {
		t.Fatalf("%s came", r.Image)
	}
	t.Logf("%v", err)
	if !errors.Is(err, apply.ErrPermanent) {
		t.Errorf("%q is not permanent", err)
	}
	for _, w := range words {
		if !strings.Contains(strings.ToLower(err.Error()), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func TestPullFromARegistryWithoutTLS(t *testing.T) {
	c := connect(t)
	r := testbed.NewRegistry(t, testbed.RegistryOptions{})
	ref := r.Push(t, bed, "o/nova:1")
	wantPulled(t, c, apply.PullRequest{Image: ref, Policy: "always", TLSVerify: noTLS()})
	wantRefused(t, c, apply.PullRequest{Image: r.Addr + "/o/nova:2", TLSVerify: noTLS()}, "manifest unknown")
	wantRefused(t, c, apply.PullRequest{Image: r.Addr + "/o/none:1", TLSVerify: noTLS()}, "unknown")
	wantRefused(t, c, apply.PullRequest{Image: ref, Policy: "always"}, "http response to https client")
	wantRefused(t, c, apply.PullRequest{Image: r.Addr + "/O/UPPER:1", TLSVerify: noTLS()}, "lowercase")
}

func TestAMissingImageIsPulledOnce(t *testing.T) {
	c := connect(t)
	r := testbed.NewRegistry(t, testbed.RegistryOptions{})
	ref := r.Push(t, bed, "o/once:1")
	wantPulled(t, c, apply.PullRequest{Image: ref, TLSVerify: noTLS()})
	wantPulled(t, c, apply.PullRequest{Image: r.Push(t, bed, "o/newer:1"), Policy: "newer", TLSVerify: noTLS()})
}

func TestAPulledTagThatMovesIsToldSo(t *testing.T) {
	c := connect(t)
	r := testbed.NewRegistry(t, testbed.RegistryOptions{})
	ref := r.Push(t, bed, "o/moving:1")
	request := apply.PullRequest{Image: ref, Policy: "always", TLSVerify: noTLS()}
	wantPulled(t, c, request)
	first, _, err := c.Pull(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	moved := bed.Output(t, "import", "--quiet", "--change", "ENV MOVED=1", os.DevNull, "localhost/moved:1")
	bed.Output(t, "push", "--quiet", "--tls-verify=false", "localhost/moved:1", "docker://"+ref)
	bed.Output(t, "image", "rm", "localhost/moved:1")
	second, isMoved, err := c.Pull(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if !isMoved || second == first {
		t.Errorf("moved %v from %s to %s (pushed %s)", isMoved, first, second, moved)
	}
}

func TestPullFromARegistryWithTLS(t *testing.T) {
	c := connect(t)
	r := testbed.NewRegistry(t, testbed.RegistryOptions{TLS: true})
	ref := r.Push(t, bed, "o/nova:1")
	wantRefused(t, c, apply.PullRequest{Image: ref, Policy: "always"}, "certificate")
	wantPulled(t, c, apply.PullRequest{Image: ref, Policy: "always", TLSVerify: noTLS()})
	bed.Output(t, "untag", ref, ref)
	r.Trust(t, bed)
	wantPulled(t, c, apply.PullRequest{Image: ref, Policy: "always"})
}

func TestPullWithCredentials(t *testing.T) {
	c := connect(t)
	r := testbed.NewRegistry(t, testbed.RegistryOptions{Auth: true})
	request := apply.PullRequest{Image: r.Push(t, bed, "o/nova:1"), Policy: "always", TLSVerify: noTLS()}
	wantRefused(t, c, request, "auth")
	request.AuthFile = r.AuthFile(t, testbed.User, "a wrong password")
	wantRefused(t, c, request, "auth")
	request.AuthFile = "/nowhere/auth.json"
	wantRefused(t, c, request, "registry auth file", "no such file")
	request.AuthFile = r.AuthFile(t, testbed.User, testbed.Password)
	wantPulled(t, c, request)
}

func TestATrustPolicyThatRejectsIsFinal(t *testing.T) {
	c := connect(t)
	r := testbed.NewRegistry(t, testbed.RegistryOptions{})
	request := apply.PullRequest{Image: r.Push(t, bed, "evil/nova:1"), Policy: "always", TLSVerify: noTLS()}
	bed.Reject(t, r.Addr+"/evil/nova")
	wantRefused(t, c, request, "rejected by policy")
	wantPulled(t, c, apply.PullRequest{Image: r.Push(t, bed, "good/nova:1"), Policy: "always", TLSVerify: noTLS()})
}

func TestARegistryThatIsAwayMayBeBackLater(t *testing.T) {
	c := connect(t)
	_, _, err := c.Pull(t.Context(), apply.PullRequest{Image: "127.0.0.1:1/o/nova:1", TLSVerify: noTLS()})
	if err == nil || errors.Is(err, apply.ErrPermanent) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
}

func TestAPullThatStallsEndsWithItsLimitAndPodmanGivesItUp(t *testing.T) {
	c := connect(t)
	r := testbed.NewRegistry(t, testbed.RegistryOptions{})
	r.Push(t, bed, "o/stalls:1")
	addr, givenUp := r.Stalling(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, _, err := c.Pull(ctx, apply.PullRequest{Image: addr + "/o/stalls:1", TLSVerify: noTLS()})
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, apply.ErrPermanent) {
		t.Errorf("got %v", err)
	}
	select {
	case <-givenUp:
	case <-time.After(20 * time.Second):
		t.Error("Podman still pulls")
	}
	// Nothing of it is in the way of the next one.
	wantPulled(t, c, apply.PullRequest{Image: r.Addr + "/o/stalls:1", TLSVerify: noTLS()})
}

func TestAnUnreachableShortNameIsFinal(t *testing.T) {
	wantRefused(t, connect(t), apply.PullRequest{Image: "no-such-short-name"})
}

func TestAPullEndsWithTheContext(t *testing.T) {
	c := connect(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := c.Pull(ctx, apply.PullRequest{Image: "127.0.0.1:1/o/nova:1"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAPullTellsHowFarItIs(t *testing.T) {
	c := connect(t)
	r := testbed.NewRegistry(t, testbed.RegistryOptions{})
	_, name, _ := strings.Cut(r.PushNew(t, bed, "o/slow:1"), "/")
	addr, release := r.Dripping(t)
	ref := addr + "/" + name
	t.Cleanup(func() { _ = bed.Command(context.Background(), "rmi", "--force", ref).Run() })
	var told []apply.PullProgress
	var ids []string
	for range 2 { // the second time it is here
		id, _, err := c.Pull(t.Context(), apply.PullRequest{Image: ref, TLSVerify: noTLS(), Progress: func(p apply.PullProgress) {
			told = append(told, p)
			if p.Bytes > 0 || strings.HasPrefix(p.Note, "Copying blob") {
				release()
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if len(ids[0]) != 64 || ids[0] != ids[1] {
		t.Errorf("ids %q", ids)
	}
	if counted := len(told) > 0 && told[0].Bytes > 0; counted != c.countsBytes() {
		t.Errorf("Podman %s tells %+v", c.Version(), told)
	}
}

func TestARefusedPullSaysTheSameWhereItsProgressIsWanted(t *testing.T) {
	c := connect(t)
	r := testbed.NewRegistry(t, testbed.RegistryOptions{})
	for _, image := range []string{r.Addr + "/o/none:1", "127.0.0.1:1/o/closed:1"} {
		request := apply.PullRequest{Image: image, TLSVerify: noTLS()}
		_, _, want := c.Pull(t.Context(), request)
		request.Progress = func(apply.PullProgress) {}
		_, _, got := c.Pull(t.Context(), request)
		if got == nil || want == nil || got.Error() != want.Error() || errors.Is(got, apply.ErrPermanent) != errors.Is(want, apply.ErrPermanent) {
			t.Errorf("%s: %v, and without progress %v", image, got, want)
		}
	}
}
