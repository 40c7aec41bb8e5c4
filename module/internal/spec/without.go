package spec

import (
	"strconv"

	"github.com/containers/podman/v5/libpod/define"
	"github.com/opencontainers/runtime-spec/specs-go"
	commonconfig "go.podman.io/common/pkg/config"
)

// wordsWithout are the words for what a container has that was made without an option, where there are any.
func wordsWithout(flags []string, conf *commonconfig.Config) []word {
	defaults := map[string]string{
		"pids-limit":           strconv.FormatInt(conf.PidsLimit(), 10),
		"health-interval":      define.DefaultHealthCheckInterval,
		"health-timeout":       define.DefaultHealthCheckTimeout,
		"health-retries":       strconv.Itoa(int(define.DefaultHealthCheckRetries)),
		"health-start-period":  define.DefaultHealthCheckStartPeriod,
		"health-on-failure":    "none",
		"health-max-log-count": strconv.Itoa(int(define.DefaultHealthMaxLogCount)),
		"health-max-log-size":  strconv.Itoa(int(define.DefaultHealthMaxLogSize)),
	}
	var words []word
	for _, flag := range flags {
		if v, known := defaults[flag]; known {
			words = append(words, word{flag: flag, value: v})
		}
	}
	return words
}

// unset takes limits away for which Podman's command has no word. To a runtime 0 means "as it is" and -1 "no limit".
func unset(r *specs.LinuxResources, flags []string) {
	none, unlimited := uint64(0), int64(-1)
	for _, flag := range flags {
		switch flag {
		case "memory":
			memoryOf(r).Limit, memoryOf(r).Swap = &unlimited, &unlimited
		case "memory-swap":
			if memoryOf(r).Limit == nil { // else it follows from that
				memoryOf(r).Swap = &unlimited
			}
		case "memory-reservation":
			zero := int64(0)
			memoryOf(r).Reservation = &zero
		case "cpus", "cpu-quota":
			cpuOf(r).Quota = &unlimited
		case "cpu-period":
			cpuOf(r).Period = &none
		case "cpu-shares":
			cpuOf(r).Shares = &none
		case "blkio-weight":
			weight := uint16(0)
			if r.BlockIO == nil {
				r.BlockIO = &specs.LinuxBlockIO{}
			}
			r.BlockIO.Weight = &weight
		}
	}
}

func memoryOf(r *specs.LinuxResources) *specs.LinuxMemory {
	if r.Memory == nil {
		r.Memory = &specs.LinuxMemory{}
	}
	return r.Memory
}

func cpuOf(r *specs.LinuxResources) *specs.LinuxCPU {
	if r.CPU == nil {
		r.CPU = &specs.LinuxCPU{}
	}
	return r.CPU
}
