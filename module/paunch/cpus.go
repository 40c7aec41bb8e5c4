package paunch

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// defaultCPUs are the CPUs for containers that say nothing about theirs, as a list such as 0,1,4: where the
// kernel keeps some for itself or for guests (isolcpus), those that this process may use, as with paunch.
// Elsewhere, for a rootless user, who may seldom set them, and for the Podman of another host it is "", all.
func defaultCPUs(podmanURL string) string {
	if podmanURL == "" {
		podmanURL = os.Getenv("CONTAINER_HOST")
	}
	if os.Geteuid() != 0 || strings.HasPrefix(podmanURL, "tcp:") || strings.HasPrefix(podmanURL, "ssh:") {
		return ""
	}
	cmdline, err := os.ReadFile("/proc/cmdline")
	if err != nil || !isolates(string(cmdline)) {
		return ""
	}
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return "" // more CPUs than the set has room for
	}
	return cpuList(&set)
}

// isolates reports whether a kernel's command line takes CPUs away from ordinary processes.
func isolates(cmdline string) bool {
	for _, word := range strings.Fields(cmdline) {
		if strings.HasPrefix(word, "isolcpus=") {
			return true
		}
	}
	return false
}

func cpuList(set *unix.CPUSet) string {
	var cpus []string
	for cpu := range len(set) * strconv.IntSize {
		if set.IsSet(cpu) {
			cpus = append(cpus, strconv.Itoa(cpu))
		}
	}
	return strings.Join(cpus, ",")
}
