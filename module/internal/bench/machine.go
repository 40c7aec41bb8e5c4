package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// machine is where and when a run was.
type machine struct {
	Date    string `json:"date"`
	Commit  string `json:"commit"`
	Kernel  string `json:"kernel"`
	Cgroup  string `json:"cgroup"`
	Runtime string `json:"runtime"`
	Podman  string `json:"podman"`
	CPU     string `json:"cpu"`
	Cores   int    `json:"cores"`
	Memory  string `json:"memory"`
	// Load is the mean of processes that wanted to run in the minute before: more than a few of others disturb the times.
	Load string `json:"load_before"`
}

// describe reads what the numbers depend on.
func (b *bench) describe(commit string) (machine, error) {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return machine{}, err
	}
	info := b.bed.Command(context.Background(), "info", "--format", "{{.Version.Version}}|{{.Host.CgroupsVersion}}|{{.Host.OCIRuntime.Version}}")
	out, err := info.Output()
	if err != nil {
		return machine{}, fmt.Errorf("podman info: %w", err)
	}
	fields := strings.SplitN(strings.TrimSpace(string(out)), "|", 3)
	if len(fields) != 3 {
		return machine{}, fmt.Errorf("podman info: unexpected %q", out)
	}
	firstLine, _, _ := strings.Cut(fields[2], "\n")
	return machine{
		Date: time.Now().UTC().Format(time.DateOnly), Commit: commit, Kernel: unix.ByteSliceToString(name.Release[:]),
		Podman: fields[0], Runtime: firstLine, Cgroup: fields[1], CPU: cpuModel(), Cores: runtime.NumCPU(),
		Memory: memory(), Load: load(),
	}, nil
}

func cpuModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for _, l := range bytes.Split(text, []byte("\n")) {
		if name, value, found := strings.Cut(string(l), ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func memory() string {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%.0f GiB", float64(info.Totalram)*float64(info.Unit)/(1<<30))
}

func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// findRuntime returns the OCI runtime that the bed's Podman uses.
func findRuntime(b *bench) string {
	out, err := b.bed.Command(context.Background(), "info", "--format", "{{.Host.OCIRuntime.Path}}").Output()
	if err != nil {
		return ""
	}
	path, err := exec.LookPath(strings.TrimSpace(string(out)))
	if err != nil {
		return ""
	}
	return path
}
