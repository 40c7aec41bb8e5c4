package spec

import (
	"slices"

	"github.com/containers/podman/v5/libpod/define"
	"github.com/containers/podman/v5/pkg/domain/entities"
	"github.com/spf13/pflag"
	commonconfig "go.podman.io/common/pkg/config"
)

// parsed is a command line after Podman's flag names were read.
type parsed struct {
	*pflag.FlagSet
	create entities.ContainerCreateOptions

	// What the CLI reads into no field of the create options by itself.
	passwd      bool
	pidsLimit   int64
	oomScoreAdj int
	entrypoint  string
	network     networkFlags
}

// networkFlags are the words that become entities.NetOptions.
type networkFlags struct {
	addHost    []string
	hostsFile  string
	dns        []string
	dnsOption  []string
	dnsSearch  []string
	ip         string
	ip6        string
	mac        string
	networks   []string
	aliases    []string
	publish    []string
	noHostname bool
	noHosts    bool
}

// read takes words as podman create would.
func read(words []string, conf *commonconfig.Config) (*parsed, error) {
	p := &parsed{FlagSet: pflag.NewFlagSet("create", pflag.ContinueOnError)}
	p.Usage = func() {}
	p.defaults(conf)
	p.bindProcess(conf)
	p.bindStorage()
	p.bindResources()
	p.bindNamespaces()
	p.bindHealth()
	p.bindNetwork(conf)
	return p, p.Parse(words)
}

// defaults are the CLI's: FillOutSpecGen relies on them. Limits and devices come from
// containers.conf, as with a CLI on the same host; a service of Podman 4 adds none by itself, and
// without them asks for more open files than some hosts allow.
func (p *parsed) defaults(conf *commonconfig.Config) {
	c := &p.create
	c.MemorySwappiness = -1
	c.ImageVolume = conf.Engine.ImageVolumeMode
	c.ReadWriteTmpFS = true
	c.SdNotifyMode = define.SdNotifyModeContainer
	c.StopTimeout = conf.Engine.StopTimeout
	c.Systemd = "true"
	c.Timezone = conf.TZ()
	c.Umask = conf.Umask()
	c.Ulimit = slices.Clone(conf.Ulimits())
	c.Devices = slices.Clone(conf.Devices())
	c.SeccompPolicy = "default"
	c.HealthLogDestination = define.DefaultHealthCheckLocalDestination
	c.HealthMaxLogCount = define.DefaultHealthMaxLogCount
	c.HealthMaxLogSize = define.DefaultHealthMaxLogSize
}

func (p *parsed) text(to *string, name string)    { p.StringVar(to, name, *to, "") }
func (p *parsed) words(to *[]string, name string) { p.StringArrayVar(to, name, *to, "") }
func (p *parsed) csv(to *[]string, name string)   { p.StringSliceVar(to, name, *to, "") }
func (p *parsed) yes(to *bool, name string)       { p.BoolVar(to, name, *to, "") }
func (p *parsed) number(to *uint, name string)    { p.UintVar(to, name, *to, "") }

func (p *parsed) bindProcess(conf *commonconfig.Config) {
	c := &p.create
	c.Privileged = conf.Containers.Privileged
	c.HTTPProxy = conf.Containers.HTTPProxy
	p.passwd = true
	p.text(&c.Name, "name")
	p.text(&p.entrypoint, "entrypoint")
	p.words(&c.Env, "env")
	p.words(&c.EnvFile, "env-file")
	p.yes(&c.EnvHost, "env-host")
	p.words(&c.EnvMerge, "env-merge")
	p.words(&c.UnsetEnv, "unsetenv")
	p.yes(&c.UnsetEnvAll, "unsetenv-all")
	p.yes(&c.HTTPProxy, "http-proxy")
	p.text(&c.User, "user")
	p.csv(&c.GroupAdd, "group-add")
	p.csv(&c.HostUsers, "hostuser")
	p.yes(&p.passwd, "passwd")
	p.text(&c.PasswdEntry, "passwd-entry")
	p.text(&c.GroupEntry, "group-entry")
	p.text(&c.Workdir, "workdir")
	p.text(&c.Umask, "umask")
	p.text(&c.Timezone, "tz")
	p.yes(&c.Init, "init")
	p.text(&c.InitPath, "init-path")
	p.yes(&c.Interactive, "interactive")
	p.yes(&c.TTY, "tty")
	p.text(&c.Systemd, "systemd")
	p.text(&c.SdNotifyMode, "sdnotify")
	p.text(&c.StopSignal, "stop-signal")
	p.number(&c.StopTimeout, "stop-timeout")
	p.yes(&c.Privileged, "privileged")
	p.csv(&c.CapAdd, "cap-add")
	p.csv(&c.CapDrop, "cap-drop")
	p.words(&c.SecurityOpt, "security-opt")
	p.text(&c.SeccompPolicy, "seccomp-policy")
	p.text(&c.Personality, "personality")
	p.words(&c.Annotation, "annotation")
	p.words(&c.Label, "label")
	p.words(&c.LabelFile, "label-file")
	p.words(&c.Secrets, "secret")
	p.text(&c.Pod, "pod")
	p.csv(&c.Requires, "requires")
	p.text(&c.Restart, "restart")
	p.text(&c.LogDriver, "log-driver")
	p.words(&c.LogOptions, "log-opt")
	p.text(&c.ConmonPIDFile, "conmon-pidfile")
}

func (p *parsed) bindStorage() {
	c := &p.create
	p.words(&c.Volume, "volume")
	p.words(&c.VolumesFrom, "volumes-from")
	p.words(&c.Mount, "mount")
	p.words(&c.TmpFS, "tmpfs")
	p.text(&c.ImageVolume, "image-volume")
	p.yes(&c.ReadOnly, "read-only")
	p.yes(&c.ReadWriteTmpFS, "read-only-tmpfs")
	p.words(&c.ChrootDirs, "chrootdirs")
	p.text(&c.ShmSize, "shm-size")
	p.text(&c.ShmSizeSystemd, "shm-size-systemd")
	p.words(&c.Devices, "device")
	p.csv(&c.DeviceCgroupRule, "device-cgroup-rule")
	p.csv(&c.GPUs, "gpus")
}

func (p *parsed) bindResources() {
	c := &p.create
	p.text(&c.Memory, "memory")
	p.text(&c.MemorySwap, "memory-swap")
	p.Int64Var(&c.MemorySwappiness, "memory-swappiness", c.MemorySwappiness, "")
	p.text(&c.MemoryReservation, "memory-reservation")
	p.Float64Var(&c.CPUS, "cpus", 0, "")
	p.Uint64Var(&c.CPUShares, "cpu-shares", 0, "")
	p.Uint64Var(&c.CPUPeriod, "cpu-period", 0, "")
	p.Int64Var(&c.CPUQuota, "cpu-quota", 0, "")
	p.Uint64Var(&c.CPURTPeriod, "cpu-rt-period", 0, "")
	p.Int64Var(&c.CPURTRuntime, "cpu-rt-runtime", 0, "")
	p.text(&c.CPUSetCPUs, "cpuset-cpus")
	p.text(&c.CPUSetMems, "cpuset-mems")
	p.Int64Var(&p.pidsLimit, "pids-limit", 0, "")
	p.csv(&c.Ulimit, "ulimit")
	p.yes(&c.OOMKillDisable, "oom-kill-disable")
	p.IntVar(&p.oomScoreAdj, "oom-score-adj", 0, "")
	p.text(&c.BlkIOWeight, "blkio-weight")
	p.words(&c.BlkIOWeightDevice, "blkio-weight-device")
	p.words(&c.DeviceReadBPs, "device-read-bps")
	p.words(&c.DeviceReadIOPs, "device-read-iops")
	p.words(&c.DeviceWriteBPs, "device-write-bps")
	p.words(&c.DeviceWriteIOPs, "device-write-iops")
	p.text(&c.IntelRdtClosID, "rdt-class")
	p.csv(&c.CgroupConf, "cgroup-conf")
}

// bindNamespaces keeps podman's own slip: --subgidname fills the field of the user ids and
// --subuidname that of the group ids. What its CLI does is what the words mean.
func (p *parsed) bindNamespaces() {
	c := &p.create
	p.text(&c.IPC, "ipc")
	p.text(&c.PID, "pid")
	p.text(&c.UTS, "uts")
	p.text(&c.UserNS, "userns")
	p.csv(&c.UIDMap, "uidmap")
	p.csv(&c.GIDMap, "gidmap")
	p.text(&c.SubUIDName, "subgidname")
	p.text(&c.SubGIDName, "subuidname")
	p.text(&c.CgroupNS, "cgroupns")
	p.text(&c.CgroupsMode, "cgroups")
	p.text(&c.CgroupParent, "cgroup-parent")
	p.csv(&c.Sysctl, "sysctl")
	p.text(&c.Hostname, "hostname")
}

func (p *parsed) bindHealth() {
	c := &p.create
	c.HealthInterval = define.DefaultHealthCheckInterval
	c.HealthRetries = define.DefaultHealthCheckRetries
	c.HealthStartPeriod = define.DefaultHealthCheckStartPeriod
	c.HealthTimeout = define.DefaultHealthCheckTimeout
	c.HealthOnFailure = "none"
	c.StartupHCInterval = define.DefaultHealthCheckInterval
	c.StartupHCTimeout = define.DefaultHealthCheckTimeout
	p.yes(&c.NoHealthCheck, "no-healthcheck")
	p.text(&c.HealthCmd, "health-cmd")
	p.text(&c.HealthInterval, "health-interval")
	p.text(&c.HealthTimeout, "health-timeout")
	p.number(&c.HealthRetries, "health-retries")
	p.text(&c.HealthStartPeriod, "health-start-period")
	p.text(&c.HealthOnFailure, "health-on-failure")
	p.text(&c.HealthLogDestination, "health-log-destination")
	p.number(&c.HealthMaxLogCount, "health-max-log-count")
	p.number(&c.HealthMaxLogSize, "health-max-log-size")
	p.text(&c.StartupHCCmd, "health-startup-cmd")
	p.text(&c.StartupHCInterval, "health-startup-interval")
	p.text(&c.StartupHCTimeout, "health-startup-timeout")
	p.number(&c.StartupHCRetries, "health-startup-retries")
	p.number(&c.StartupHCSuccesses, "health-startup-success")
}

func (p *parsed) bindNetwork(conf *commonconfig.Config) {
	n := &p.network
	n.noHosts = conf.Containers.NoHosts
	p.csv(&n.addHost, "add-host")
	p.text(&n.hostsFile, "hosts-file")
	p.csv(&n.dns, "dns")
	p.csv(&n.dnsOption, "dns-option")
	p.csv(&n.dnsSearch, "dns-search")
	p.text(&n.ip, "ip")
	p.text(&n.ip6, "ip6")
	p.text(&n.mac, "mac-address")
	p.words(&n.networks, "network")
	p.csv(&n.aliases, "network-alias")
	p.csv(&n.publish, "publish")
	p.yes(&n.noHostname, "no-hostname")
	p.yes(&n.noHosts, "no-hosts")
	p.yes(&p.create.PublishAll, "publish-all")
	p.csv(&p.create.Expose, "expose")
}
