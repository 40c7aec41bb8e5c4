package testbed

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// hostSocket is where the machine's own Podman answers, where its distribution lets it.
const hostSocket = "/run/podman/podman.sock"

// hideHostSocket begins the test program again where the socket of the machine's own Podman is not to be
// seen: in a mount namespace with an empty directory over it. What finds no socket starts a service of its
// own, which leads to the bed; the machine's would answer in its place. It returns where nothing is to be
// hidden, or the caller is no root, whose socket is another.
func hideHostSocket() error {
	if _, err := os.Stat(hostSocket); os.IsNotExist(err) || os.Geteuid() != 0 {
		return nil
	}
	runtime.LockOSThread() // the namespace is this thread's; the new program has no other
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("a mount namespace: %w", err)
	}
	// Mounts of the machine come here, none goes back, and Podman may propagate its own.
	for _, how := range []uintptr{unix.MS_SLAVE, unix.MS_SHARED} {
		if err := unix.Mount("", "/", "", unix.MS_REC|how, ""); err != nil {
			return fmt.Errorf("the propagation of mounts: %w", err)
		}
	}
	if err := unix.Mount("tmpfs", filepath.Dir(hostSocket), "tmpfs", 0, "mode=0700"); err != nil {
		return fmt.Errorf("hide %s: %w", hostSocket, err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return unix.Exec(self, os.Args, os.Environ())
}
