//go:build realpodman

package podman

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/overcloud/paunch/module/internal/apply"
	"github.com/overcloud/paunch/module/internal/testbed"
)

// childRootless, as an unprivileged user, connects without any setting, takes a container through its
// life, says so, and waits until its input ends.
func childRootless() {
	if err := rootless(context.Background()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func rootless(ctx context.Context) (err error) {
	own, err := testbed.New()
	if err != nil {
		return err
	}
	defer func() {
		if removeErr := own.Remove(); err == nil {
			err = removeErr
		}
	}()
	if err := own.WriteWrapper(own.Dir); err != nil {
		return err
	}
	if err := os.Setenv("PATH", own.Dir+":"+os.Getenv("PATH")); err != nil {
		return err
	}
	if err := os.Setenv("CONTAINERS_CONF", filepath.Join(own.Dir, "containers.conf")); err != nil {
		return err
	}
	c, err := Connect(ctx, Options{})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := oneLife(ctx, c); err != nil {
		return err
	}
	fmt.Println(c.URL(), c.link().service.pid)
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	return nil
}

// oneLife creates, starts, waits for and removes a container.
func oneLife(ctx context.Context, c *Client) error {
	e := entry("echo $$ $(id -u); exit 3")
	id, err := c.Create(ctx, apply.CreateRequest{Entry: e, Name: e.Name})
	if err != nil {
		return err
	}
	if err := c.Start(ctx, id); err != nil {
		return err
	}
	code, err := c.Wait(ctx, id)
	if err != nil || code != 3 {
		return fmt.Errorf("exit code %d, %w", code, err)
	}
	var out, errs bytes.Buffer
	if err := c.Logs(ctx, id, time.Time{}, 5, &out, &errs); err != nil || out.String() != "1 0\n" {
		return fmt.Errorf("logs %q, %w", out.String(), err)
	}
	return c.Remove(ctx, id)
}

// serviceProcesses are the processes of a user that run a podman service.
func serviceProcesses(t *testing.T, uid uint32) []int {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil {
			continue
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		line, _ := os.ReadFile(dir + "/cmdline")
		if ok && stat.Uid == uid && bytes.Contains(line, []byte("system\x00service")) {
			pid, _ := strconv.Atoi(filepath.Base(dir))
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestAnUnprivilegedUserNeedsNoSetUp(t *testing.T) {
	u := testbed.NewUnprivileged(t)
	for _, test := range []struct {
		name string
		end  func(t *testing.T, pid int, stdin *os.File)
	}{
		{"when its run ends", func(_ *testing.T, _ int, stdin *os.File) { _ = stdin.Close() }},
		{"when its run is killed", func(t *testing.T, pid int, _ *os.File) {
			if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}},
	} {
		t.Run("and nothing runs on "+test.name, func(t *testing.T) {
			cmd := u.Command(t, os.Args[0], childEnv+"=rootless")
			in, toChild, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stdin, cmd.Stderr = in, os.Stderr
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			_ = in.Close()
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil || !strings.HasPrefix(line, "private service "+u.Dir+"/run/"+serviceDirPrefix) {
				t.Fatalf("the user's run says %q, %v", line, err)
			}
			if n := len(serviceProcesses(t, u.UID)); n == 0 {
				t.Error("no service runs while it runs")
			}
			test.end(t, cmd.Process.Pid, toChild)
			_ = cmd.Wait()
			for deadline := time.Now().Add(20 * time.Second); len(serviceProcesses(t, u.UID)) > 0; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("processes %v of its service run on", serviceProcesses(t, u.UID))
				}
			}
			_ = toChild.Close()
		})
	}
}
