package testbed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Image is the image that every Podman of a test bed has: busybox, with its applets as links.
const Image = "localhost/busybox:latest"

// dirPrefix names the directories of test beds, to find those of killed test runs.
//
// It is short: a rootless Podman takes no run directory of more than 50 characters.
const dirPrefix = "paunch-bed-"

// Podman is a Podman of its own: no container, image, volume or lock is shared with the machine's.
type Podman struct {
	Dir string
	// Home is $HOME of the service: per-user policy.json, registries and certificates go below it.
	Home    string
	binary  string
	service *exec.Cmd
	ended   chan struct{}
}

// Run is the body of a TestMain: it sets a Podman up with its service running, stores it in bed, runs
// the tests and takes it down. It returns the exit code.
func Run(m *testing.M, bed **Podman) int {
	if err := hideHostSocket(); err != nil {
		fmt.Fprintln(os.Stderr, "testbed:", err)
		return 1
	}
	removeDead()
	p, err := New()
	if err == nil {
		// The client reads it too: resource limits and such are the command's work, not the service's.
		err = errors.Join(os.Setenv("CONTAINERS_CONF", p.confPath()), p.StartService())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testbed:", err)
		return 1
	}
	*bed = p
	code := m.Run()
	if err := p.Remove(); err != nil {
		fmt.Fprintln(os.Stderr, "testbed:", err)
		return 1
	}
	return code
}

// New sets up storage and the busybox image; no service runs yet.
func New() (*Podman, error) { return NewIn("") }

// NewIn is New with everything below a directory, such as a small file system; "" is $TMPDIR.
func NewIn(parent string) (*Podman, error) {
	binary, err := exec.LookPath("podman")
	if err != nil {
		return nil, fmt.Errorf("podman is needed: %w", err)
	}
	dir, err := os.MkdirTemp(parent, dirPrefix)
	if err != nil {
		return nil, err
	}
	p := &Podman{Dir: dir, Home: filepath.Join(dir, "home"), binary: binary}
	if err := p.setUp(); err != nil {
		return nil, errors.Join(err, p.Remove())
	}
	return p, nil
}

func (p *Podman) setUp() error {
	// Containers with a user namespace of their own must be able to reach their storage.
	if err := os.Chmod(p.Dir, 0o711); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(p.Dir, "pid"), []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(p.Home, ".config", "containers"), 0o700); err != nil {
		return err
	}
	conf, err := containersConf()
	if err != nil {
		return err
	}
	if err := os.WriteFile(p.confPath(), []byte(conf), 0o600); err != nil {
		return err
	}
	return p.importBusybox()
}

// Env is the environment of everything that uses this Podman's storage.
func (p *Podman) Env() []string {
	env := make([]string, 0, len(os.Environ())+2)
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "CONTAINERS_CONF", "HOME", "CONTAINER_HOST", "XDG_CONFIG_HOME", "REGISTRY_AUTH_FILE", "DOCKER_CONFIG":
		default:
			env = append(env, kv)
		}
	}
	return append(env, "CONTAINERS_CONF="+p.confPath(), "HOME="+p.Home, "PODMAN_IGNORE_CGROUPSV1_WARNING=1")
}

// flags are podman's global flags that lead to this Podman's storage.
func (p *Podman) flags() []string {
	return []string{
		"--root", filepath.Join(p.Dir, "root"), "--runroot", p.RunRoot(),
		"--tmpdir", filepath.Join(p.Dir, "tmp"),
	}
}

// RunRoot is where the storage keeps what does not outlive a boot.
func (p *Podman) RunRoot() string { return filepath.Join(p.Dir, "r") }

// Command is a call of the podman command on this Podman's storage.
func (p *Podman) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.binary, append(p.flags(), args...)...)
	cmd.Env = p.Env()
	return cmd
}

// Output runs the podman command and returns its stdout without the last newline.
func (p *Podman) Output(tb testing.TB, args ...string) string {
	tb.Helper()
	var stderr bytes.Buffer
	cmd := p.Command(context.Background(), args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("podman %s: %v: %s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSuffix(string(out), "\n")
}

// Wrapper makes a directory with a podman command in it that uses this Podman's storage; put in front
// of $PATH, it leads a program that spawns podman here.
func (p *Podman) Wrapper(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	if err := p.WriteWrapper(dir); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// WriteWrapper writes the command of Wrapper into a directory.
func (p *Podman) WriteWrapper(dir string) error {
	script := "#!/bin/sh\nexport CONTAINERS_CONF=" + p.confPath() + " HOME=" + p.Home + "\nexec " + p.binary + " " +
		strings.Join(p.flags(), " ") + " \"$@\"\n"
	return os.WriteFile(filepath.Join(dir, "podman"), []byte(script), 0o755)
}

// Socket is where the service listens.
func (p *Podman) Socket() string { return filepath.Join(p.Dir, "podman.sock") }

// URL is the service's address.
func (p *Podman) URL() string { return "unix://" + p.Socket() }

func (p *Podman) confPath() string { return filepath.Join(p.Dir, "containers.conf") }

// StartService starts the service and waits until it listens.
func (p *Podman) StartService() error {
	_ = os.Remove(p.Socket())
	log, err := os.OpenFile(filepath.Join(p.Dir, "service.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	cmd := p.Command(context.Background(), "system", "service", "--time", "0", p.URL())
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	ended := make(chan struct{})
	go func() { // Pdeathsig is about the thread: see package podman
		runtime.LockOSThread()
		err := cmd.Start()
		_ = log.Close()
		started <- err
		if err == nil {
			_ = cmd.Wait() // tests kill it
			close(ended)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	p.service, p.ended = cmd, ended
	return p.awaitSocket()
}

func (p *Podman) awaitSocket() error {
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		conn, err := net.Dial("unix", p.Socket())
		if err == nil {
			return conn.Close()
		}
		select {
		case <-p.ended:
			return fmt.Errorf("the service ended: %s", p.ServiceLog())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return fmt.Errorf("the service does not listen: %s", p.ServiceLog())
}

// ServiceLog is what the service printed.
func (p *Podman) ServiceLog() string {
	text, _ := os.ReadFile(filepath.Join(p.Dir, "service.log"))
	return string(text)
}

// SignalService sends a signal to the service: SIGSTOP lets it hang, which it does when this returns;
// SIGCONT ends that.
func (p *Podman) SignalService(sig syscall.Signal) error {
	if err := p.service.Process.Signal(sig); err != nil || sig != syscall.SIGSTOP {
		return err
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if stopped(p.service.Process.Pid) {
			return nil
		}
	}
	return errors.New("the service does not stop")
}

// stopped reports whether every thread of a process is stopped: on a busy machine one can go on for a while.
func stopped(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, path := range threads {
		stat, err := os.ReadFile(path)
		if err == nil && !bytes.Contains(stat, []byte(") T ")) {
			return false
		}
	}
	return len(threads) > 0
}

// KillService kills the service as the kernel would. Containers run on.
func (p *Podman) KillService() {
	_ = p.service.Process.Kill()
	<-p.ended
}

// Clean removes all containers and volumes at the end of a test.
func (p *Podman) Clean(tb testing.TB) {
	tb.Cleanup(func() {
		for _, args := range [][]string{{"rm", "--all", "--force", "--time", "0"}, {"volume", "rm", "--all", "--force"}} {
			if out, err := p.removed(args...); err != nil {
				tb.Errorf("podman %s: %v: %s", strings.Join(args, " "), err, out)
			}
		}
	})
}

// removed makes a removal until it succeeds, for a minute: one of many containers takes long on a busy machine, and Podman 4
// goes through them in any order and stops at one that others are in, or whose memory file system one that just ended
// still has open.
func (p *Podman) removed(args ...string) (out []byte, err error) {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		out, err = p.Command(context.Background(), args...).CombinedOutput()
		if err == nil || time.Now().After(deadline) {
			return out, err
		}
	}
}

// Remove takes everything down: containers, service, mounts, directory.
func (p *Podman) Remove() error {
	if p.service != nil {
		_ = p.service.Process.Signal(syscall.SIGCONT)
		p.KillService()
	}
	return removeDir(p)
}

func removeDir(p *Podman) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	out, rmErr := p.Command(ctx, "rm", "--all", "--force", "--time", "0").CombinedOutput()
	root := filepath.Join(p.Dir, "root")
	if os.Geteuid() == 0 {
		unmountBelow(p.Dir)
	} else {
		// Files of other users of the containers can be removed from inside the user namespace only.
		_ = p.Command(ctx, "unshare", "rm", "-rf", root).Run() // RemoveAll below tells
		killPauses(filepath.Join(p.Dir, "tmp"), filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "libpod", "tmp"))
	}
	// The file with our process id goes last: with it, the next run finds what could not be removed.
	for _, path := range []string{root, p.Dir} {
		if err := removeTree(path); err != nil {
			return fmt.Errorf("remove %s: %w (podman rm: %s)", path, errors.Join(err, rmErr), out)
		}
	}
	return nil
}

// removeTree removes a directory, again where it is busy or filled meanwhile: the clean-up that conmon starts
// for a container that has just ended mounts the storage driver's directory once more, and writes into it.
func removeTree(path string) error {
	var err error
	for range 100 {
		err = os.RemoveAll(path)
		if !errors.Is(err, syscall.EBUSY) && !errors.Is(err, syscall.ENOTEMPTY) {
			return err
		}
		unmountBelow(path)
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

// unmountBelow takes off what is mounted below a directory, the last first: the storage driver's own
// mount of its directory, and those of containers that Podman has lost.
func unmountBelow(dir string) {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return // the removal tells
	}
	var points []string
	for line := range strings.Lines(string(table)) {
		if fields := strings.Fields(line); len(fields) > 4 && strings.HasPrefix(fields[4], dir+"/") {
			points = append(points, fields[4])
		}
	}
	for _, point := range slices.Backward(points) {
		_ = syscall.Unmount(point, syscall.MNT_DETACH)
	}
}

// killPauses ends the processes that keep a rootless Podman's user namespace open, by their pid files in
// directories (patterns).
func killPauses(dirs ...string) {
	for _, dir := range dirs {
		files, _ := filepath.Glob(filepath.Join(dir, "*pause.pid"))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if pid, convErr := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && convErr == nil {
				_ = syscall.Kill(pid, syscall.SIGKILL)
				_ = os.Remove(file) // or a later Podman of this directory would try to join the dead one
			}
		}
	}
}

// removeDead removes the test beds of runs that were killed.
func removeDead() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), dirPrefix+"*"))
	for _, dir := range dirs {
		text, err := os.ReadFile(filepath.Join(dir, "pid"))
		if err != nil {
			continue
		}
		pid, err := strconv.Atoi(string(text))
		if err != nil || syscall.Kill(pid, 0) == nil {
			continue
		}
		_ = removeDir(&Podman{Dir: dir, Home: filepath.Join(dir, "home"), binary: "podman"}) // left for the next run
	}
}
