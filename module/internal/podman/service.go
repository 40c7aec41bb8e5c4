package podman

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// idleEnd ends a service that outlived us after all. A client that lives makes a call far more
	// often; a wait counts as one.
	idleEnd = 30 * time.Minute
	// readyTimeout covers a first start, in which Podman may set up its storage or user namespace.
	readyTimeout = 60 * time.Second
	readyPoll    = 5 * time.Millisecond
	// termGrace is how long the service may take to finish what it is doing after SIGTERM.
	termGrace = 5 * time.Second
	// stderrTail is how much of its last output stands in an error.
	stderrTail = 2048
)

// service is a `podman system service` of our own.
type service struct {
	dir    *serviceDir
	socket string
	pid    int
	ended  chan struct{} // closed when the process has ended
	err    error         // how it ended; read after ended
}

// startService spawns a service and waits until it listens.
func startService(ctx context.Context) (*service, error) {
	binary, err := findPodman("/usr/bin", "/usr/local/bin")
	if err != nil {
		return nil, err
	}
	dir, err := newServiceDir()
	if err != nil {
		return nil, err
	}
	s := &service{dir: dir, socket: filepath.Join(dir.path, "podman.sock"), ended: make(chan struct{})}
	if err := s.spawn(binary); err != nil {
		return nil, errors.Join(fmt.Errorf("start a private podman service: %w", err), dir.remove())
	}
	if err := s.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// findPodman looks in $PATH, and where distributions put it, as the PATH of an Ansible task or of a
// unit can be minimal.
func findPodman(fallbacks ...string) (string, error) {
	if path, err := exec.LookPath("podman"); err == nil {
		return path, nil
	}
	for _, dir := range fallbacks {
		path := filepath.Join(dir, "podman")
		if _, err := exec.LookPath(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("podman is not installed on this host (looked in $PATH, %s); install the package podman, version 4.3 or newer",
		strings.Join(fallbacks, ", "))
}

// spawn starts the process on an OS thread of its own. The kernel sends Pdeathsig when the *thread*
// that started the process ends, which for a thread of Go's pool can be any time; so the thread is
// locked until the process has ended. It is SIGKILL because a Podman that gets SIGTERM in the middle of a
// create can wait for itself for ever, with the locks in hand that every later Podman needs; a kill
// frees them. A rootless podman's child in its user namespace has asked for SIGTERM in that case.
func (s *service) spawn(binary string) error {
	output, err := os.OpenFile(s.dir.outputPath(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	cmd := exec.Command(binary, "system", "service", "--time", strconv.Itoa(int(idleEnd.Seconds())), "unix://"+s.socket) //nolint:gosec // the binary is podman
	cmd.Env = serviceEnv(os.Environ())
	cmd.Dir = "/"
	// A file, not a pipe: conmon inherits it and outlives both of us.
	cmd.Stdout, cmd.Stderr = output, output
	// A group of its own: a Ctrl-C at the terminal is for us, and we still need the service then.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		_ = output.Close()
		if err == nil {
			s.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			s.err = cmd.Wait()
			close(s.ended)
		}
	}()
	return <-started
}

// What of our environment a private service gets: what it needs to find its configuration, storage, helpers
// and registries. Podman before 5.8.4 gives a container of an image whose Env says NAME* every variable
// that begins so (CVE-2026-57231), and secrets of the run that called us are none of its business.
var (
	serviceVariables = []string{
		"HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR",
		"REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "SSL_CERT_FILE", "SSL_CERT_DIR",
		"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY",
		"http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy",
		"DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS",
		"STORAGE_DRIVER", "STORAGE_OPTS", "PODMAN_IGNORE_CGROUPSV1_WARNING", "PODMAN_USERNS",
	}
	serviceFamilies = []string{"LC_", "XDG_", "CONTAINERS_", "CONTAINER_", "_CONTAINERS_"}
	// otherService are variables of those families that lead podman to another service.
	otherService = []string{"CONTAINER_HOST", "CONTAINER_CONNECTION", "CONTAINER_SSHKEY", "CONTAINER_PROXY", "CONTAINER_PASSPHRASE"}
)

// serviceEnv is what of our environment a private service gets, with a PATH on which it finds its helpers.
func serviceEnv(environ []string) []string {
	path := "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	env := make([]string, 0, len(serviceVariables)+1)
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		switch {
		case name == "PATH" && value != "":
			path = value + ":" + path
		case name != "PATH" && isForService(name):
			env = append(env, kv)
		}
	}
	return append(env, "PATH="+path)
}

// isForService reports whether a private service gets a variable.
func isForService(name string) bool {
	if slices.Contains(serviceVariables, name) {
		return true
	}
	inFamily := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	return slices.ContainsFunc(serviceFamilies, inFamily) && !slices.Contains(otherService, name)
}

// awaitReady waits until the socket answers. Podman tells nobody when it listens (sd_notify would need
// a socket of ours and reaches only the direct child), so it is asked.
func (s *service) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyTimeout,
		fmt.Errorf("the private podman service does not listen after %s", readyTimeout))
	defer cancel()
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		if probe(ctx, "unix", s.socket, time.Second) == nil {
			return nil
		}
		select {
		case <-s.ended:
			return s.endedError()
		case <-ctx.Done():
			return fmt.Errorf("start a private podman service: %w", context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// endedError says how the service ended and what it said last; nil while it runs, and for a service
// that is not ours.
func (s *service) endedError() error {
	if s == nil {
		return nil
	}
	// The connection breaks a moment before the process can be reaped.
	select {
	case <-s.ended:
	case <-time.After(200 * time.Millisecond):
		return nil
	}
	how := "exit status 0"
	if s.err != nil {
		how = s.err.Error()
	}
	if said := s.dir.outputTail(stderrTail); said != "" {
		how += ": " + said
	}
	return fmt.Errorf("podman service ended: %s", how)
}

// hasEnded reports whether the service's process has ended.
func (s *service) hasEnded() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// kill ends the service's process at once; again is no error.
func (s *service) kill() {
	select {
	case <-s.ended: // its process id may be another's by now
	default:
		_ = syscall.Kill(s.pid, syscall.SIGKILL) // an error means that it is gone already
		<-s.ended
	}
}

// stop ends the service and removes what it left; again is no error. Containers and their conmon run on.
func (s *service) stop() error {
	select {
	case <-s.ended: // its process id may be another's by now
		return s.dir.remove()
	default:
	}
	// Errors of kill mean that the process is gone already.
	_ = syscall.Kill(s.pid, syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(termGrace):
		_ = syscall.Kill(s.pid, syscall.SIGKILL)
		<-s.ended
	}
	return s.dir.remove()
}
