package podman

import (
	"net"
	"os"
	"slices"
	"testing"

	"github.com/overcloud/paunch/module/internal/observed"
)

func TestPortsOnWhichAProcessListensAreSeen(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		port := uint16(l.Addr().(*net.TCPAddr).Port)
		me := observed.Container{ID: "me", PID: os.Getpid()}
		if found := (&Client{seesProcesses: true}).Listening([]observed.Container{me})["me"]; !slices.Contains(found, port) {
			t.Errorf("%s: port %d is not among %v", address, port, found)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if found := (&Client{seesProcesses: true}).Listening([]observed.Container{me})["me"]; slices.Contains(found, port) {
			t.Errorf("%s: port %d is closed and among %v", address, port, found)
		}
	}
}

func TestPortsOfAnotherHostsProcessesAreUnknown(t *testing.T) {
	me := observed.Container{ID: "me", PID: os.Getpid()}
	if found := (&Client{}).Listening([]observed.Container{me}); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}
