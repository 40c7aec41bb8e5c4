package paunch

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestIsolatedCPUsAreToldByTheKernelsCommandLine(t *testing.T) {
	for cmdline, want := range map[string]bool{
		"BOOT_IMAGE=/vmlinuz root=/dev/sda isolcpus=2-5 quiet\n": true,
		"isolcpus=managed_irq,domain,2-5":                        true,
		"BOOT_IMAGE=/vmlinuz root=/dev/sda quiet":                false,
		"comment=no-isolcpus rd.isolcpus=1 noisolcpus=1":         false,
		"": false,
	} {
		if got := isolates(cmdline); got != want {
			t.Errorf("%q: %v", cmdline, got)
		}
	}
}

func TestTheAffinityOfAProcessIsAList(t *testing.T) {
	var set unix.CPUSet
	if got := cpuList(&set); got != "" {
		t.Errorf("none: %q", got)
	}
	for _, cpu := range []int{0, 1, 4, 63, 64, 1023} {
		set.Set(cpu)
	}
	if got := cpuList(&set); got != "0,1,4,63,64,1023" {
		t.Errorf("got %q", got)
	}
	set.Zero() // the kernel writes no more than it has
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(cpuList(&set), ",") + 1; got != runtime.NumCPU() {
		t.Errorf("%d CPUs, this process has %d", got, runtime.NumCPU())
	}
}

func TestAnotherHostsPodmanHasOtherCPUs(t *testing.T) {
	for _, url := range []string{"tcp://h:1", "ssh://root@h/run/podman.sock"} {
		if got := defaultCPUs(url); got != "" {
			t.Errorf("%s: %q", url, got)
		}
	}
	t.Setenv("CONTAINER_HOST", "ssh://root@h/run/podman.sock")
	if got := defaultCPUs(""); got != "" {
		t.Errorf("by CONTAINER_HOST: %q", got)
	}
	t.Setenv("CONTAINER_HOST", "")
	cmdline, _ := os.ReadFile("/proc/cmdline")
	if got := defaultCPUs(""); (got != "") != (isolates(string(cmdline)) && os.Geteuid() == 0) {
		t.Errorf("this host: %q", got)
	}
}
