package hostlock

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// holdEnv makes the test binary a process that takes the lock of this name in that directory and keeps
// it until it is killed.
const holdEnv = "PAUNCH_HOSTLOCK_HOLD"

func TestMain(m *testing.M) {
	if dir, name, ok := strings.Cut(os.Getenv(holdEnv), "|"); ok {
		if _, err := acquireIn(context.Background(), dir, name, 0, func(string) {}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("held")
		select {}
	}
	os.Exit(m.Run())
}

// hold starts another process that holds the lock.
func hold(t *testing.T, dir, name string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holdEnv+"="+dir+"|"+name)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process says %q", line)
	}
	return cmd
}

func TestALockThatAnotherProcessHoldsNamesItsHolder(t *testing.T) {
	dir := t.TempDir()
	other := hold(t, dir, "tripleo")
	var told []string
	_, err := acquireIn(t.Context(), dir, "tripleo", 10*time.Millisecond, func(holder string) { told = append(told, holder) })
	if want := []string{fmt.Sprintf(" (pid %d)", other.Process.Pid)}; !slices.Equal(told, want) {
		t.Errorf("told while it waits: %q, want %q", told, want)
	}
	if !errors.Is(err, ErrHeld) {
		t.Fatalf("got %v, want ErrHeld", err)
	}
	want := fmt.Sprintf("another apply of managed_by tripleo (pid %d) holds the lock", other.Process.Pid)
	if !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want it to contain %q", err, want)
	}
}

func TestALockIsFreeWhenItsHolderWasKilled(t *testing.T) {
	dir := t.TempDir()
	other := hold(t, dir, "paunch")
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	release, err := acquireIn(t.Context(), dir, "paunch", 0, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := release.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestAWaiterGetsTheLockWhenItIsReleased(t *testing.T) {
	dir := t.TempDir()
	release, err := acquireIn(t.Context(), dir, "paunch", 0, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() {
		second, err := acquireIn(t.Context(), dir, "paunch", time.Minute, func(string) {})
		if err == nil {
			err = second.Release()
		}
		got <- err
	}()
	if err := release.Release(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Fatal(err)
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	dir := t.TempDir()
	release, err := acquireIn(t.Context(), dir, "paunch", 0, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = release.Release() }()
	stop := errors.New("told to stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if _, err := acquireIn(ctx, dir, "paunch", time.Hour, func(string) {}); !errors.Is(err, stop) {
		t.Errorf("got %v, want %v", err, stop)
	}
}

func TestDifferentNamesDoNotWaitForEachOther(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"paunch", "tripleo", "a/b", "a_b", "../a", "", strings.Repeat("x", 300), strings.Repeat("x", 301)} {
		release, err := acquireIn(t.Context(), dir, name, 0, func(string) {})
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		defer func() { _ = release.Release() }()
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 8 {
		t.Errorf("got %d lock files in the directory, want 8", len(left))
	}
}

func TestTheEnvironmentDoesNotChooseTheLock(t *testing.T) {
	for _, uid := range []int{0, 1000} {
		places := map[string]bool{}
		for _, env := range []map[string]string{
			{}, {"XDG_RUNTIME_DIR": "/run/user/1000"}, {"XDG_RUNTIME_DIR": t.TempDir()}, {"TMPDIR": t.TempDir()}, {"HOME": t.TempDir()},
		} {
			for _, name := range []string{"XDG_RUNTIME_DIR", "TMPDIR", "HOME"} {
				t.Setenv(name, env[name])
			}
			places[strings.Join(candidateDirs(uid), ":")] = true
		}
		if len(places) != 1 {
			t.Errorf("user %d: %v", uid, places)
		}
	}
	if a, b := candidateDirs(1000), candidateDirs(1001); a[0] == b[0] {
		t.Errorf("two users share %s", a[0])
	}
}

// TestTwoProcessesWithAndWithoutASessionMeet takes the lock here as a cron job would, and there as a login.
func TestTwoProcessesWithAndWithoutASessionMeet(t *testing.T) {
	name := fmt.Sprintf("test-hostlock-%d", os.Getpid())
	t.Setenv("XDG_RUNTIME_DIR", "")
	t.Setenv("TMPDIR", "")
	release, err := Acquire(t.Context(), name, 0)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := lockDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(filepath.Join(dir, fileName(name))) })
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	if _, err := Acquire(t.Context(), name, 0); !errors.Is(err, ErrHeld) {
		t.Errorf("got %v, want ErrHeld", err)
	}
	if err := release.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestADirectoryOfOthersIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "locks")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := ensureDir(dir); err != nil {
		t.Fatalf("an own directory: %v", err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := ensureDir(dir); err == nil {
		t.Error("a directory that everybody can write to is taken")
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	if err := ensureDir(link); err == nil {
		t.Error("a symbolic link is taken")
	}
}

func TestTheNextHolderLearnsWhichCreatesDidNotEnd(t *testing.T) {
	dir := t.TempDir()
	first, err := acquireIn(t.Context(), dir, "paunch", 0, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	for _, name := range []string{"web", "db", "done"} {
		first.Creating(name)
	}
	first.Created("done")
	if err := first.Release(); err != nil { // as the kernel does for one that was killed
		t.Fatal(err)
	}
	for range 2 { // one that is killed before it has done anything about it hands it on
		next, err := acquireIn(t.Context(), dir, "paunch", 0, func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		got := next.Interrupted()
		if len(got) != 2 || got["web"].Before(begin) || got["db"].After(time.Now()) {
			t.Errorf("interrupted: %v", got)
		}
		if err := next.Release(); err != nil {
			t.Fatal(err)
		}
	}
	last, err := acquireIn(t.Context(), dir, "paunch", 0, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	last.Created("web")
	last.Created("db")
	if got := interruptedIn(lockPath(dir, "paunch")); len(got) > 0 {
		t.Errorf("after they were cleared: %v", got)
	}
}
