package spec

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/containers/podman/v5/libpod/define"
	"github.com/containers/podman/v5/pkg/specgen"
	"go.podman.io/image/v5/manifest"
)

// settle does what podman's create command does between reading its flags and filling the spec.
func (p *parsed) settle() (err error) {
	c := &p.create
	if c.Net, err = p.netOptions(); err != nil {
		return err
	}
	if c.ImageVolume == define.TypeBind { // the older word
		c.ImageVolume = "anonymous"
	}
	for _, check := range []func() error{p.checkWords, p.checkUserNS, p.checkCPU, p.checkRemote, p.checkHosts, p.checkDNS} {
		if err := check(); err != nil {
			return err
		}
	}
	if p.Changed("pids-limit") {
		c.PIDsLimit = &p.pidsLimit
	}
	if p.Changed("oom-score-adj") {
		c.OOMScoreAdj = &p.oomScoreAdj
	}
	if p.Changed("entrypoint") {
		c.Entrypoint = &p.entrypoint
	}
	return nil
}

// checkWords holds options of a few words to those: only the service would, when it comes to the container.
func (p *parsed) checkWords() error {
	c := &p.create
	for _, o := range []struct {
		flag, value string
		words       []string
	}{
		{"systemd", strings.ToLower(c.Systemd), []string{"true", "false", "always"}},
		{"sdnotify", c.SdNotifyMode, []string{"container", "conmon", "healthy", "ignore"}},
		{"cgroups", c.CgroupsMode, []string{"enabled", "disabled", "no-conmon", "split"}},
		{"seccomp-policy", c.SeccompPolicy, []string{"default", "image"}},
		{"log-driver", c.LogDriver, []string{"k8s-file", "json-file", "journald", "none", "passthrough", "passthrough-tty"}},
	} {
		if p.Changed(o.flag) && !slices.Contains(o.words, o.value) {
			return fmt.Errorf("%q must be one of %s", o.value, strings.Join(o.words, ", "))
		}
	}
	return nil
}

func (p *parsed) checkUserNS() error {
	c := &p.create
	if len(c.UIDMap) == 0 && len(c.GIDMap) == 0 && c.SubUIDName == "" && c.SubGIDName == "" {
		return nil
	}
	if p.Changed("userns") {
		return errors.New("userns excludes uidmap, gidmap, subuidname and subgidname")
	}
	c.UserNS = "private"
	return nil
}

func (p *parsed) checkCPU() error {
	if p.Changed("cpus") && (p.Changed("cpu-period") || p.Changed("cpu-quota")) {
		return errors.New("cpus excludes cpu_period and cpu_quota")
	}
	if p.Changed("pids-limit") && (p.pidsLimit > math.MaxInt32 || p.pidsLimit < math.MinInt32) {
		return errors.New("pids_limit is out of range")
	}
	return nil
}

// checkRemote refuses what needs the process that creates the container to live on beside it.
func (p *parsed) checkRemote() error {
	c := &p.create
	for _, g := range c.GroupAdd {
		if g == "keep-groups" {
			return errors.New("keep-groups has no meaning over podman's API: there are no groups to keep")
		}
	}
	if strings.HasPrefix(c.LogDriver, "passthrough") {
		return errors.New("the log driver " + c.LogDriver + " has no meaning over podman's API")
	}
	if c.CgroupsMode == "split" {
		return errors.New("the mode split has no meaning over podman's API")
	}
	return nil
}

func (p *parsed) checkHosts() error {
	if p.network.noHosts && (p.Changed("add-host") || p.Changed("hosts-file")) {
		return errors.New("no_hosts excludes add_host and hosts_file")
	}
	return nil
}

func (p *parsed) checkDNS() error {
	if !p.Changed("dns") && !p.Changed("dns-option") && !p.Changed("dns-search") {
		return nil
	}
	if n := p.create.Net.Network; n.NSMode == specgen.NoNetwork || n.IsContainer() {
		return errors.New("dns settings have no meaning with the network mode " + string(n.NSMode))
	}
	return nil
}

// overrideHealth lets an entry change the timing of a check that comes with the image.
func (p *parsed) overrideHealth(s *specgen.SpecGenerator) (err error) {
	if s.HealthConfig != nil {
		return nil
	}
	c, h := &p.create, &manifest.Schema2HealthConfig{}
	if p.Changed("health-interval") {
		if c.HealthInterval == "disable" {
			c.HealthInterval = "-1s"
		}
		if h.Interval, err = time.ParseDuration(c.HealthInterval); err != nil {
			return err
		}
	}
	if p.Changed("health-retries") {
		h.Retries = int(c.HealthRetries) //nolint:gosec // a number of tries
	}
	if p.Changed("health-timeout") {
		if h.Timeout, err = time.ParseDuration(c.HealthTimeout); err != nil {
			return err
		}
		if h.Timeout < 1 {
			return errors.New("the time a check may take must be more than nothing")
		}
	}
	if p.Changed("health-start-period") {
		if h.StartPeriod, err = time.ParseDuration(c.HealthStartPeriod); err != nil {
			return err
		}
	}
	s.HealthConfig = h
	return nil
}
