//go:build realpodman

package podman

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/observed"
)

// private returns a client of a private service on the bed's storage.
func private(t *testing.T) *Client {
	t.Helper()
	bed.Clean(t)
	t.Setenv("PATH", bed.Wrapper(t)+":"+os.Getenv("PATH"))
	c, err := newPrivate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// newPrivate returns a client of a private service of the podman in $PATH.
func newPrivate(ctx context.Context) (*Client, error) {
	l, err := connectPrivate(ctx, contactTimeout)
	if err != nil {
		return nil, err
	}
	return newClient(l, Options{ContactTimeout: contactTimeout}), nil
}

// waitGone waits until a process has ended.
func waitGone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); syscall.Kill(pid, 0) == nil; time.Sleep(10 * time.Millisecond) {
		if stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); bytes.Contains(stat, []byte(") Z ")) {
			return // ended; whoever adopted it has yet to notice
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d lives on", pid)
		}
	}
}

func TestAPrivateServiceEndsWithTheClientAndContainersRunOn(t *testing.T) {
	c := private(t)
	if !c.Local() || !strings.HasPrefix(c.URL(), "private service /") {
		t.Errorf("local %v, url %s", c.Local(), c.URL())
	}
	id := start(t, c, entry(runsOn))
	pid, dir := c.link().service.pid, c.link().service.dir.path
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("its directory: %v, %v", info, err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	waitGone(t, pid)
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its directory is left: %v", err)
	}
	d, err := connect(t).Inspect(t.Context(), id)
	if err != nil || d.Status != observed.Running {
		t.Errorf("its container is %s, %v", d.Status, err)
	}
}

func TestAPrivateServiceOutlivesTheThreadThatAskedForIt(t *testing.T) {
	bed.Clean(t)
	t.Setenv("PATH", bed.Wrapper(t)+":"+os.Getenv("PATH"))
	clients := make(chan *Client, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this function
		c, err := newPrivate(t.Context())
		if err != nil {
			t.Error(err)
		}
		clients <- c
	}()
	c := <-clients
	if c == nil {
		return
	}
	defer func() { _ = c.Close() }()
	for range 20 { // enough calls for the thread to be gone and its signal to have come
		if _, err := c.Containers(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// childPrivate connects to a private service, starts the container that the environment names, and
// waits to be killed.
func childPrivate() {
	c, err := newPrivate(context.Background())
	if err == nil {
		err = c.Start(context.Background(), os.Getenv("PAUNCH_PODMAN_TEST_START"))
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(c.link().service.pid, c.link().service.dir.path)
	select {}
}

func TestAKilledRunTakesItsServiceWithItAndTheNextCleansUp(t *testing.T) {
	outer := connect(t)
	id := create(t, outer, entry(runsOn))
	child := exec.Command(os.Args[0])
	child.Env = append(bed.Env(), childEnv+"=private", "PAUNCH_PODMAN_TEST_START="+id, "PATH="+bed.Wrapper(t)+":"+os.Getenv("PATH"))
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	said, dir, ok := strings.Cut(strings.TrimSpace(line), " ")
	pid, convErr := strconv.Atoi(said)
	if err != nil || !ok || convErr != nil {
		t.Fatalf("the run says %q, %v", line, err)
	}
	if err := syscall.Kill(-child.Process.Pid, syscall.SIGKILL); err != nil { // its whole group, as Ansible does
		t.Fatal(err)
	}
	_ = child.Wait()
	waitGone(t, pid)
	d, err := outer.Inspect(t.Context(), id)
	if err != nil || d.Status != observed.Running {
		t.Errorf("its container is %s, %v", d.Status, err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("nothing is left to clean up: %v", err)
	}
	removeDeadDirs(filepath.Dir(dir))
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its directory is left: %v", err)
	}
}

func TestAPrivateServiceThatDiesHalfWayIsStartedAgain(t *testing.T) {
	c := private(t)
	id := start(t, c, entry("sleep 1; exit 5"))
	first := c.link().service
	code, err := c.waitWhile(t, id, func() { _ = syscall.Kill(first.pid, syscall.SIGKILL) })
	if err != nil || code != 5 {
		t.Errorf("the wait: exit code %d, %v", code, err)
	}
	if _, err := c.Containers(t.Context()); err != nil {
		t.Errorf("a call after it: %v", err)
	}
	if _, err := os.Stat(first.dir.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory of the first one is left: %v", err)
	}
}

func TestAPrivateServiceThatDiesAndCannotBeStartedAgainSaysSo(t *testing.T) {
	c := private(t)
	dir := t.TempDir()
	script := "#!/bin/sh\necho 'Error: no space left on device' >&2\nexit 125\n"
	if err := os.WriteFile(filepath.Join(dir, "podman"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	_ = syscall.Kill(c.link().service.pid, syscall.SIGKILL)
	if _, err := c.Containers(t.Context()); err == nil || !strings.Contains(err.Error(), "podman service ended: signal: killed") {
		t.Errorf("a call after it: %v", err)
	}
}

// waitWhile waits for a container, with something done as soon as the wait has begun.
func (c *Client) waitWhile(t *testing.T, id string, do func()) (int, error) {
	t.Helper()
	type end struct {
		code int
		err  error
	}
	ended := make(chan end, 1)
	go func() {
		code, err := c.Wait(t.Context(), id)
		ended <- end{code, err}
	}()
	time.Sleep(200 * time.Millisecond) // the request is on its way; nothing tells when it has come
	do()
	got := <-ended
	return got.code, got.err
}

func TestAServiceThatCannotStartSaysWhy(t *testing.T) {
	dir := t.TempDir()
	script := "#!/bin/sh\necho 'Error: no space left on device' >&2\nexit 125\n"
	if err := os.WriteFile(filepath.Join(dir, "podman"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	_, err := connectPrivate(t.Context(), contactTimeout)
	if err == nil || !strings.Contains(err.Error(), "podman service ended: exit status 125: Error: no space left on device") {
		t.Errorf("got %v", err)
	}
}

func TestAWaitGoesOnWhenTheServiceIsRestarted(t *testing.T) {
	c := connect(t)
	id := start(t, c, entry("sleep 2; exit 5"))
	code, err := c.waitWhile(t, id, func() {
		bed.KillService()
		if err := bed.StartService(); err != nil {
			t.Error(err)
		}
	})
	if err != nil || code != 5 {
		t.Errorf("exit code %d, %v", code, err)
	}
}

func TestAWaitEndsWhenTheServiceStaysAway(t *testing.T) {
	c := connect(t)
	id := start(t, c, entry(runsOn))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c.outage = time.Second
	ended := make(chan error, 1)
	go func() {
		_, err := c.Wait(ctx, id)
		ended <- err
	}()
	time.Sleep(200 * time.Millisecond) // as in waitWhile
	bed.KillService()
	err := <-ended
	if startErr := bed.StartService(); startErr != nil {
		t.Fatal(startErr)
	}
	if err == nil || !strings.Contains(err.Error(), "the connection to podman at "+c.URL()+" broke") {
		t.Errorf("got %v", err)
	}
}

func TestAServiceThatHangsIsGivenUpInTime(t *testing.T) {
	c := connect(t)
	if err := bed.SignalService(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bed.SignalService(syscall.SIGCONT) }()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := c.Observe(ctx, Want{})
	if err == nil || !strings.Contains(err.Error(), "list containers: podman did not answer within 300ms") || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if _, err := Connect(t.Context(), Options{URL: bed.URL(), ContactTimeout: 300 * time.Millisecond}); err == nil || !strings.Contains(err.Error(), "accepts connections but does not answer within 300ms") {
		t.Errorf("a new contact: %v", err)
	}
}

func TestACreateAgainstAServiceThatBreaksIsOneError(t *testing.T) {
	c := connect(t)
	c.outage = 300 * time.Millisecond
	bed.KillService()
	_, err := c.Create(t.Context(), apply.CreateRequest{Entry: entry("true"), Name: "x-x"})
	if startErr := bed.StartService(); startErr != nil {
		t.Fatal(startErr)
	}
	if err == nil || !strings.Contains(err.Error(), "the connection to podman at") {
		t.Errorf("got %v", err)
	}
}

func TestAContainerWhoseStorageIsWronglyCountedAsMountedCanBeStarted(t *testing.T) {
	c := connect(t)
	e := entry(runsOn)
	id := start(t, c, e)
	mountpoints := filepath.Join(bed.RunRoot(), bed.Output(t, "info", "--format", "{{.Store.GraphDriverName}}")+"-layers", "mountpoints.json")
	mounted, err := os.ReadFile(mountpoints)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	bed.KillService()                                                 // it remembers what it has read
	if err := os.WriteFile(mountpoints, mounted, 0o600); err != nil { // as if the disk had been full at the unmount
		t.Fatal(err)
	}
	if err := bed.StartService(); err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

func TestAnImageGetsNoVariableOfOursByAPattern(t *testing.T) {
	t.Setenv("DEPLOY_PASSWORD", "not for images")
	c := private(t)
	image := "localhost/pattern:latest"
	bed.LoadImage(t, image, "PATH=/bin", "DEPLOY_*", "*")
	e := entry("true")
	e.Image = image
	create(t, c, e)
	if env := bed.Output(t, "inspect", "--format", "{{.Config.Env}}", e.Name); strings.Contains(env, "not for images") {
		t.Errorf("its environment is %s", env)
	}
}
