package testbed

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// UserName is the unprivileged user of rootless tests.
const UserName = "paunchtest"

// Unprivileged is a user who may run rootless Podman, with a directory of its own.
type Unprivileged struct {
	UID, GID uint32
	// Dir is its temporary directory, with its home and its runtime directory (run) in it.
	Dir string
}

// NewUnprivileged makes the user, unless it is there, and a directory that goes at the end of the test.
// The user stays: tests of other packages may run as the same one at this moment. The test must run as
// root.
func NewUnprivileged(tb testing.TB) *Unprivileged {
	tb.Helper()
	if os.Geteuid() != 0 {
		tb.Skip("only root can become another user")
	}
	if _, err := user.Lookup(UserName); err != nil {
		run(tb, "useradd", "--create-home", "--shell", "/bin/sh", UserName)
	}
	ensureSubIDs(tb)
	u, err := user.Lookup(UserName)
	if err != nil {
		tb.Fatal(err)
	}
	uid, gid := number(tb, u.Uid), number(tb, u.Gid)
	dir, err := os.MkdirTemp("", "paunch-u-") // tb.TempDir is below directories of root's alone
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		killPauses(dir+"/"+dirPrefix+"*/tmp", dir+"/run/libpod/tmp")
		_ = os.RemoveAll(dir)
	})
	for _, d := range []string{dir, dir + "/home", dir + "/run"} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			tb.Fatal(err)
		}
		if err := os.Chown(d, int(uid), int(gid)); err != nil {
			tb.Fatal(err)
		}
	}
	return &Unprivileged{UID: uid, GID: gid, Dir: dir}
}

// ensureSubIDs gives the user a range of ids where useradd has not.
func ensureSubIDs(tb testing.TB) {
	tb.Helper()
	text, _ := os.ReadFile("/etc/subuid")
	if !strings.Contains("\n"+string(text), "\n"+UserName+":") {
		run(tb, "usermod", "--add-subuids", "500000-565535", "--add-subgids", "500000-565535", UserName)
	}
}

func number(tb testing.TB, text string) uint32 {
	tb.Helper()
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		tb.Fatal(err)
	}
	return uint32(n)
}

func run(tb testing.TB, name string, args ...string) {
	tb.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		tb.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
}

// Command runs a copy of a program (which may lie where the user cannot go) as the user.
func (u *Unprivileged) Command(tb testing.TB, program string, env ...string) *exec.Cmd {
	tb.Helper()
	path, err := copyInto(u.Dir, program)
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Dir = "/"
	cmd.Env = append([]string{
		"HOME=" + u.Dir + "/home", "XDG_RUNTIME_DIR=" + u.Dir + "/run", "TMPDIR=" + u.Dir, "USER=" + UserName,
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: u.UID, Gid: u.GID}, Setpgid: true}
	return cmd
}

// copyInto copies a program into a directory and returns its path there.
func copyInto(dir, program string) (string, error) {
	in, err := os.Open(program)
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }()
	out, err := os.CreateTemp(dir, "program-")
	if err != nil {
		return "", err
	}
	_, copyErr := io.Copy(out, in)
	return out.Name(), errors.Join(copyErr, out.Chmod(0o755), out.Close())
}
