package testbed

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// containersConf is the text of the bed's containers.conf: that of $CONTAINERS_CONF, else what this
// machine needs; always with locks in files of its own, as those in shared memory belong to all
// Podmans of a user.
func containersConf() (string, error) {
	text := defaultConf()
	if path := os.Getenv("CONTAINERS_CONF"); path != "" {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		text = string(content)
	}
	if strings.Contains(text, "lock_type") {
		return text, nil
	}
	const engine = "[engine]\n"
	if !strings.Contains(text, engine) {
		text += "\n" + engine
	}
	return strings.Replace(text, engine, engine+"lock_type = \"file\"\n", 1), nil
}

// defaultConf asks for limits that this machine can give (Podman's own are 1048576 files as root), and
// for runc where crun cannot work: on a hybrid cgroup hierarchy.
func defaultConf() string {
	files, procs := limit(syscall.RLIMIT_NOFILE), limit(6 /* RLIMIT_NPROC */)
	text := fmt.Sprintf("[containers]\ndefault_ulimits = [\"nofile=%d:%d\", \"nproc=%d:%d\"]\n", min(files, 1024), files, procs, procs)
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err != nil {
		if _, err := exec.LookPath("runc"); err == nil {
			text += "[engine]\nruntime = \"runc\"\n"
		}
	}
	return text
}

// limit is a hard limit of this process, at most 4096.
func limit(resource int) uint64 {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(resource, &l); err != nil {
		return 1024
	}
	return min(l.Max, 4096)
}
