package spec

import (
	"strconv"

	"github.com/containers/podman/v5/libpod/define"
	"github.com/containers/podman/v5/pkg/domain/entities/types"
	"github.com/containers/podman/v5/pkg/specgen"
	"github.com/containers/podman/v5/pkg/specgenutil"
	"github.com/containers/podman/v5/pkg/util"
	units "github.com/docker/go-units"
	"github.com/opencontainers/runtime-spec/specs-go"
	commonconfig "go.podman.io/common/pkg/config"

	"github.com/overcloud/paunch/module/internal/config"
)

// UpdateLine returns the podman command that changes options of a container in place.
func UpdateLine(container string, options []config.Option, restart string) []string {
	return append(append([]string{"podman", "update"}, texts(updateWords(options, restart))...), container)
}

func updateWords(options []config.Option, restart string) []word {
	var words []word
	set := map[string]string{}
	for _, o := range options {
		for _, v := range o.Values {
			if o.Flag == "pids-limit" && v == "0" {
				v = "-1" // no limit, which 0 only means to a new container
			}
			words = append(words, word{flag: o.Flag, value: v, key: o.Key})
			set[o.Flag] = v
		}
	}
	if swap := defaultSwap(set); swap != "" {
		words = append(words, word{flag: "memory-swap", value: swap, key: "memory"})
	}
	if restart != "" {
		words = append(words, word{flag: "restart", value: restart, key: "restart"})
	}
	return words
}

// defaultSwap is the limit of memory and swap that a new container gets with a limit of memory alone: twice that. One that
// runs keeps the limit that it has, which may be lower than the new one of memory.
func defaultSwap(set map[string]string) string {
	if set["memory"] == "" || set["memory-swap"] != "" {
		return ""
	}
	limit, err := units.RAMInBytes(set["memory"])
	if err != nil || limit <= 0 {
		return ""
	}
	return strconv.FormatInt(2*limit, 10)
}

// Update makes of options what the call takes that changes a container in place; without are those that it is to have no
// more. As with a new container, Podman's libraries read the words that UpdateLine shows.
func Update(options []config.Option, restart string, without []string) (*types.ContainerUpdateOptions, error) {
	conf, err := commonconfig.Default()
	if err != nil {
		return nil, err
	}
	p, err := read(texts(append(updateWords(options, restart), wordsWithout(without, conf)...)), conf)
	if err != nil {
		return nil, err
	}
	if p.Changed("pids-limit") {
		p.create.PIDsLimit = &p.pidsLimit
	}
	s := &specgen.SpecGenerator{}
	s.ResourceLimits = &specs.LinuxResources{}
	if s.ResourceLimits, err = specgenutil.GetResources(s, &p.create); err != nil {
		return nil, err
	}
	if s.ResourceLimits == nil {
		s.ResourceLimits = &specs.LinuxResources{}
	}
	unlimitSwap(s, p.create.MemorySwap)
	checkMemory(s.ResourceLimits)
	unset(s.ResourceLimits, without)
	u := &types.ContainerUpdateOptions{Resources: s.ResourceLimits, ChangedHealthCheckConfiguration: p.changedHealth(), DevicesLimits: deviceLimits(s)}
	if p.Changed("restart") {
		policy, retries, err := util.ParseRestartPolicy(p.create.Restart)
		if err != nil {
			return nil, err
		}
		u.RestartPolicy = &policy
		if policy == define.RestartPolicyOnFailure {
			u.RestartRetries = &retries
		}
	}
	return u, nil
}

// checkMemory has the runtime refuse a limit below what the container uses: on cgroup v2 the kernel would kill it.
func checkMemory(r *specs.LinuxResources) {
	if r.Memory != nil && r.Memory.Limit != nil {
		check := true
		r.Memory.CheckBeforeUpdate = &check
	}
}

func deviceLimits(s *specgen.SpecGenerator) *define.UpdateContainerDevicesLimits {
	limits := &define.UpdateContainerDevicesLimits{}
	limits.SetBlkIOWeightDevice(s.WeightDevice)
	limits.SetDeviceReadBPs(s.ThrottleReadBpsDevice)
	limits.SetDeviceWriteBPs(s.ThrottleWriteBpsDevice)
	limits.SetDeviceReadIOPs(s.ThrottleReadIOPSDevice)
	limits.SetDeviceWriteIOPs(s.ThrottleWriteIOPSDevice)
	return limits
}

// changedHealth are the words about healthchecks.
func (p *parsed) changedHealth() *define.UpdateHealthCheckConfig {
	c, h := &p.create, &define.UpdateHealthCheckConfig{}
	for flag, set := range map[string]func(){
		"health-cmd":           func() { h.HealthCmd = &c.HealthCmd },
		"health-interval":      func() { h.HealthInterval = &c.HealthInterval },
		"health-timeout":       func() { h.HealthTimeout = &c.HealthTimeout },
		"health-retries":       func() { h.HealthRetries = &c.HealthRetries },
		"health-start-period":  func() { h.HealthStartPeriod = &c.HealthStartPeriod },
		"health-on-failure":    func() { h.HealthOnFailure = &c.HealthOnFailure },
		"health-max-log-count": func() { h.HealthMaxLogCount = &c.HealthMaxLogCount },
		"health-max-log-size":  func() { h.HealthMaxLogSize = &c.HealthMaxLogSize },
	} {
		if p.Changed(flag) {
			set()
		}
	}
	return h
}
