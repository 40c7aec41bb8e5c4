package podman

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// shortDir is a directory whose path leaves room for a socket's name.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "paunch-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// listen listens on a socket; nobody accepts.
func listen(t *testing.T) (path string, l *net.UnixListener) {
	t.Helper()
	path = filepath.Join(shortDir(t), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return path, l
}

// serve answers every request as a Podman of this version does a ping; "" leaves the header out.
func serve(t *testing.T, version string) string {
	t.Helper()
	path, l := listen(t)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if version != "" {
			w.Header().Set("Libpod-API-Version", version)
		}
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return path
}

func stale(t *testing.T) string {
	t.Helper()
	path, l := listen(t)
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	return path
}

func TestANamedServiceThatDoesNotAnswerIsOneClearError(t *testing.T) {
	hanging, _ := listen(t)
	plain := filepath.Join(shortDir(t), "file")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, url string
		want      []string
	}{
		{"no socket", "unix:///nowhere/podman.sock", []string{"podman_url unix:///nowhere/podman.sock", "there is no such socket", "systemctl start podman.socket"}},
		{"a plain path", "/nowhere/podman.sock", []string{"there is no such socket"}},
		{"two slashes", "unix://nowhere/podman.sock", []string{"there is no such socket"}},
		{"a stale socket", "unix://" + stale(t), []string{"nobody listens there", "systemctl restart podman.socket"}},
		{"no socket but a file", plain, []string{"nobody listens there"}},
		{"a closed port", "tcp://127.0.0.1:1", []string{"nobody listens there"}},
		{"a hanging service", hanging, []string{"accepts connections but does not answer within 50ms"}},
		{"an unknown scheme", "http://localhost", []string{`scheme "http" is not known`, "unix:///run/podman/podman.sock"}},
		{"no url at all", "::", []string{"is not a valid url"}},
		{"an old Podman", serve(t, "3.4.4"), []string{"too old: 4.3 or newer is needed", "3.4.4"}},
		{"a Podman that is too old for us alone", serve(t, "4.2.1"), []string{"too old: it is 4.2.1, 4.3 or newer is needed"}},
		{"something else", serve(t, ""), []string{"too old"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := Connect(t.Context(), Options{URL: test.url, ContactTimeout: 50 * time.Millisecond})
			if err == nil {
				_ = c.Close()
				t.Fatal("it connects")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q has more than one line", err)
			}
		})
	}
}

func TestTheEnvironmentNamesAService(t *testing.T) {
	t.Setenv("CONTAINER_HOST", "unix://"+stale(t))
	_, err := Connect(t.Context(), Options{})
	if err == nil || !strings.Contains(err.Error(), "$CONTAINER_HOST unix://") {
		t.Errorf("got %v, want an error that names $CONTAINER_HOST", err)
	}
	c, err := Connect(t.Context(), Options{URL: serve(t, "5.4.2")})
	if err != nil {
		t.Fatalf("the option does not win: %v", err)
	}
	defer func() { _ = c.Close() }()
	if c.Version() != "5.4.2" || !c.Local() || !strings.HasPrefix(c.URL(), "unix:///") {
		t.Errorf("version %s, local %v, url %s", c.Version(), c.Local(), c.URL())
	}
}

func TestConnectingEndsWithTheContext(t *testing.T) {
	hanging, _ := listen(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("told to stop")
	cancel(stop)
	if _, err := Connect(ctx, Options{URL: hanging}); err == nil {
		t.Error("it connects")
	}
	ctx, cancelTimeout := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancelTimeout()
	if _, err := Connect(ctx, Options{URL: hanging}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestPodmanIsFoundBesideAMinimalPath(t *testing.T) {
	t.Setenv("PATH", "")
	dir := t.TempDir()
	_, err := findPodman(dir)
	if err == nil || !strings.Contains(err.Error(), "install the package podman") {
		t.Errorf("without podman: %v", err)
	}
	path := filepath.Join(dir, "podman")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := findPodman("/nowhere", dir); err != nil || got != path {
		t.Errorf("got %q, %v; want %q", got, err, path)
	}
}

func TestTheServiceGetsOnlyWhatPodmanNeedsOfOurEnvironmentAndAWholePath(t *testing.T) {
	got := serviceEnv([]string{
		"HOME=/root", "NOTIFY_SOCKET=/x", "LISTEN_FDS=1", "LISTEN_PID=7", "CONTAINER_HOST=unix:///y", "PATH=/mine", "EMPTY=",
		"DEPLOY_PASSWORD=x", "ANSIBLE_VAULT_PASSWORD_FILE=/y", "AWS_SECRET_ACCESS_KEY=z", "OS_PASSWORD=p", "INVOCATION_ID=u",
		"LC_ALL=C", "XDG_RUNTIME_DIR=/run/user/0", "CONTAINERS_STORAGE_CONF=/s", "https_proxy=http://proxy", "REGISTRY_AUTH_FILE=/a",
	})
	want := []string{
		"HOME=/root", "LC_ALL=C", "XDG_RUNTIME_DIR=/run/user/0", "CONTAINERS_STORAGE_CONF=/s", "https_proxy=http://proxy", "REGISTRY_AUTH_FILE=/a",
		"PATH=/mine:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	if got := serviceEnv(nil); !slices.ContainsFunc(got, func(kv string) bool { return strings.HasPrefix(kv, "PATH=/usr/local/sbin") }) {
		t.Errorf("without a PATH: %v", got)
	}
}

func TestDirectoriesOfDeadRunsAreRemovedAndThoseOfLivingOnesKept(t *testing.T) {
	parent := shortDir(t)
	living, err := makeServiceDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	dead, err := makeServiceDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	if err := dead.lock.Close(); err != nil { // what the kernel does
		t.Fatal(err)
	}
	young := filepath.Join(parent, serviceDirPrefix+"young") // no lock file yet
	if err := os.Mkdir(young, 0o700); err != nil {
		t.Fatal(err)
	}
	removeDeadDirs(parent)
	var left []string
	for _, path := range []string{living.path, dead.path, young} {
		if _, err := os.Stat(path); err == nil {
			left = append(left, path)
		}
	}
	if diff := cmp.Diff([]string{living.path, young}, left); diff != "" {
		t.Errorf("directories left (-want +got):\n%s", diff)
	}
	if err := living.remove(); err != nil {
		t.Error(err)
	}
}

func TestADirectoryThatIsTooLongForASocketIsRefused(t *testing.T) {
	parent := filepath.Join(t.TempDir(), strings.Repeat("x", 100))
	if err := os.Mkdir(parent, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := makeServiceDir(parent); err == nil || !strings.Contains(err.Error(), "too long for a socket") {
		t.Errorf("got %v", err)
	}
	if left, _ := filepath.Glob(parent + "/*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
