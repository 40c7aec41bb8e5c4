package spec

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/containers/podman/v5/cmd/podman/common"
	"github.com/containers/podman/v5/cmd/podman/containers"
	"github.com/containers/podman/v5/cmd/podman/registry"
	"github.com/containers/podman/v5/pkg/domain/entities"
	"github.com/containers/podman/v5/pkg/specgen"
	"github.com/containers/podman/v5/pkg/specgenutil"
	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	commonconfig "go.podman.io/common/pkg/config"

	"github.com/overcloud/paunch/module/internal/config"
)

// This file holds our specs against podman's own command line. Only tests may import cmd/podman: its
// registry reads the environment and the arguments at package init, and can end the process there.

// podmanSpec has podman's own flags and logic make a spec of words.
func podmanSpec(t *testing.T, words []string, image string, command []string) *specgen.SpecGenerator {
	t.Helper()
	cmd := &cobra.Command{Use: "run"}
	var vals entities.ContainerCreateOptions
	common.DefineCreateDefaults(&vals)
	conf, err := commonconfig.Default()
	if err != nil {
		t.Fatal(err)
	}
	// The remote CLI, which this build is, leaves these to the client side of a local one: we are on
	// the service's host, and mean what a local CLI would.
	vals.Ulimit = conf.Ulimits()
	common.DefineCreateFlags(cmd, &vals, entities.CreateMode)
	common.DefineNetFlags(cmd)
	passwd := cmd.Flags().Bool("passwd", true, "")
	cmd.Flags().BoolVar(&vals.EnvHost, "env-host", false, "") // a local CLI has it
	cmd.Flags().SetInterspersed(false)
	if err := cmd.ParseFlags(append(slices.Clone(words), append([]string{image}, command...)...)); err != nil {
		t.Fatalf("podman's parser: %v", err)
	}
	if !cmd.Flags().Changed("device") {
		vals.Devices = conf.Devices()
	}
	if vals.Net, err = common.NetFlagsToNetOptions(nil, *cmd.Flags()); err != nil {
		t.Fatalf("podman's network flags: %v", err)
	}
	groups := vals.GroupAdd // CreateInit takes them from its own command's variable
	if vals, err = containers.CreateInit(cmd, vals, false); err != nil {
		t.Fatalf("podman's CreateInit: %v", err)
	}
	vals.GroupAdd = groups
	if cmd.Flags().Changed("image-volume") {
		vals.ImageVolume = cmd.Flag("image-volume").Value.String()
	}
	s := specgen.NewSpecGenerator(image, false)
	if err := specgenutil.FillOutSpecGen(s, &vals, cmd.Flags().Args()); err != nil {
		t.Fatalf("podman's FillOutSpecGen: %v", err)
	}
	s.RawImageName = image
	if s.HealthConfig == nil {
		if s.HealthConfig, err = common.GetHealthCheckOverrideConfig(cmd, &vals); err != nil {
			t.Fatal(err)
		}
	}
	s.Passwd = passwd
	inheritEnv(s, os.Environ()) // a local podman does so when it creates the container
	sortMounts(s)
	return s
}

// wire is a spec as the service gets it. Empty and missing lists are the same there.
func wire(t *testing.T, s *specgen.SpecGenerator) any {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(v, func(_ string, e any) bool {
		l, isList := e.([]any)
		m, isMap := e.(map[string]any)
		return e == nil || isList && len(l) == 0 || isMap && len(m) == 0
	})
	return v
}

func compare(t *testing.T, raw map[string]any) {
	t.Helper()
	e, warnings, err := config.DecodeEntry("web", "", raw, config.Options{})
	if err != nil || len(warnings) > 0 {
		t.Fatalf("decode: %v %q", err, warnings)
	}
	ours, err := Generate(Request{Entry: e, Name: "web"})
	if err != nil {
		t.Fatal(err)
	}
	theirs := podmanSpec(t, Flags(e, "web"), e.Image, e.Command)
	if diff := cmp.Diff(wire(t, theirs), wire(t, ours)); diff != "" {
		t.Errorf("podman's spec (-) and ours (+) of %s\n%s", Quote(CommandLine(e, "web", nil)), diff)
	}
	if err := Check(e); err != nil {
		t.Errorf("Check refuses what podman takes: %v", err)
	}
}

type raw = map[string]any

// samples has a value for every key that becomes an option, and further keys where one alone says
// nothing. Several values are tried one by one.
func samples(t *testing.T) map[string][]raw {
	t.Helper()
	dir := t.TempDir()
	envFile := filepath.Join(dir, "env")
	if err := os.WriteFile(envFile, []byte("# a comment\nFROM_FILE=1\nBOTH=file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := map[string][]raw{}
	each := func(names string, values ...any) {
		for _, name := range strings.Fields(names) {
			for _, v := range values {
				all[name] = append(all[name], raw{name: v})
			}
		}
	}
	with := func(name string, r raw) { all[name] = append(all[name], r) }

	each("entrypoint", "/bin/sh", []any{"/bin/sh", "-c", `echo "<x>" & true`}, "", "bash -c")
	each("environment env", raw{"B": "x y", "A": 0, "EMPTY": "", "FALSE": false, "HOME": nil}, []any{"A=b=c", "HOME"}, "A=1")
	each("env_file env_files", envFile, []any{envFile})
	each("env_host unsetenv_all http_proxy passwd init interactive stdin_open tty privileged read_only read_only_tmpfs publish_all no_hosts no_hostname oom_kill_disable no_healthcheck", true, false)
	each("env_merge", "PATH=${PATH}:/x")
	each("unsetenv unset_env", "PATH", []any{"PATH", "TERM"})
	each("user", "root", 0, "42415:42415")
	each("group_add groups", []any{"kolla", 42}, "a,b")
	each("hostuser hostusers", []any{"root"})
	each("passwd_entry", "$USERNAME:x:$UID:$GID::/:/bin/sh")
	each("group_entry", "$GROUPNAME:x:$GID:")
	each("workdir working_dir", "/srv")
	each("umask", "0022")
	each("tz timezone", "Europe/Prague")
	each("init_path", "/usr/bin/catatonit")
	each("systemd", "always", false, "TRUE")
	each("sdnotify", "conmon")
	each("stop_signal", "SIGTERM", "15", "INT")
	each("stop_grace_period stop_timeout graceful_timeout", 60, "1m30s", 0, "2.5")
	each("cap_add capabilities cap_drop", []any{"NET_ADMIN", "NET_RAW"}, "ALL", "NET_ADMIN,NET_RAW")
	each("security_opt security_opts", "label=disable", []any{"label=level:s0", "label=type:spc_t"}, "no-new-privileges", "seccomp=unconfined", "label=nested")
	each("seccomp_policy", "image")
	each("personality", "LINUX32")
	each("annotation annotations", raw{"a": "b", "n": 1}, []any{"a=b=c"})
	each("labels label", raw{"a": "b", "empty": nil}, []any{"a=b", "bare"}, "one=1")
	each("label_file label_files", envFile)
	each("secrets secret", []any{"db,type=env,target=DB", "tls,uid=1,mode=0400"})
	each("pod", "mypod")
	each("requires", []any{"db", "cache"})
	each("log_driver", "journald", "none")
	each("log_opt log_opts log_options", raw{"max-size": "10mb", "tag": "x"}, []any{"path=/var/log/x.log"})
	each("log_tag", "web")
	with("log_tag", raw{"log_tag": "web", "log_opt": raw{"max-size": "1mb"}})

	each("volumes volume", []any{"/a:/b", "/a:/b", "", "/c:/d:ro,z", "named:/n:shared", "/anon", "/e:/e/:O"})
	each("volumes_from", []any{"db:ro"})
	each("mount mounts", []any{"type=bind,src=/a,dst=/b,ro", "type=tmpfs,dst=/t,tmpfs-size=1m", "type=volume,src=v,dst=/v", "type=image,src=i,dst=/i"})
	each("tmpfs", "/run", []any{"/tmp:size=64m", "/run"}, raw{"/tmp": "size=64m,mode=1777", "/x": nil, "/y": []any{"ro", "size=1m"}})
	each("image_volume", "tmpfs", "anonymous", "ignore")
	with("read_only_tmpfs", raw{"read_only": true, "read_only_tmpfs": false})
	each("chrootdirs", "/srv")
	each("shm_size shm_size_systemd", "64m", 1048576)
	each("devices device", []any{"/dev/null:/dev/n:rw"}, "/dev/null")
	each("device_cgroup_rule device_cgroup_rules", "c 1:3 rwm")
	each("gpus", "all")

	each("net network networks network_mode", "host", "none", "bridge", "slirp4netns:port_handler=slirp4netns", "container:db", []any{"a", "b"},
		raw{"a": raw{"alias": []any{"x", "y"}, "ip": "10.0.0.2"}, "b": nil}, "private")
	each("network_alias network_aliases", []any{"db", "mysql"})
	with("network_alias", raw{"network_alias": "db", "network": []any{"a", "b"}})
	each("ports publish published published_ports", []any{"8080:80", 443, "127.0.0.1:53:53/udp", "9000-9002:9000-9002"})
	each("expose exposed exposed_ports", []any{80, "90-91/udp"})
	each("extra_hosts add_host add_hosts etc_hosts", []any{"a:10.0.0.1", "b;c:::1", "h:host-gateway"}, raw{"a": "10.0.0.1", "b": []any{"10.0.0.2", "::2"}})
	each("hosts_file", "none")
	each("hostname", "web.example.com")
	each("dns dns_servers", []any{"10.0.0.1", "::1"}, "none")
	each("dns_option dns_options dns_opt dns_opts", []any{"ndots:2"})
	each("dns_search dns_search_domains", []any{"example.com"}, ".")
	each("ip", "10.88.0.9")
	each("ip6", "fd00::9")
	with("ip6", raw{"ip6": "fd00::9", "ip": "10.88.0.9", "network": "mynet"})
	each("mac_address", "92:d0:c6:0a:29:33")

	each("ipc ipc_mode", "host", "shareable", "container:db")
	each("pid pid_mode uts uts_mode", "host", "private", "container:db")
	each("userns userns_mode", "host", "auto:size=1024", "keep-id:uid=1,gid=1", "nomap")
	each("uidmap gidmap", "0:100000:65536", []any{"0:1:1", "1:100000:100"})
	each("subuidname subgidname") // need the host's /etc/subuid: see below
	each("cgroupns cgroupns_mode", "private", "host")
	each("cgroups", "disabled", "no-conmon")
	each("cgroup_parent", "/machine.slice")
	each("cgroup_conf", "memory.high=1073741824", raw{"memory.high": 1073741824})
	each("sysctl sysctls", raw{"net.core.somaxconn": 1024, "net.ipv4.ip_local_reserved_ports": `30000,"30001"`}, []any{"net.ipv4.ip_forward=1", "net.ipv4.ip_local_reserved_ports=1,2"}, "net.ipv4.ip_forward=1,net.core.somaxconn=1")

	each("mem_limit memory mem_reservation memory_reservation", "512m", 1073741824)
	each("memswap_limit memory_swap", "2g")
	with("memory_swap", raw{"memory_swap": "2g", "memory": "1g"})
	each("mem_swappiness memory_swappiness", 10, "-1", 0)
	each("cpus", 1.5, "2")
	each("cpu_shares cpu_rt_period cpu_rt_runtime", 512)
	each("cpu_period cpu_quota", 50000)
	each("cpuset_cpus cpuset", "0-3", 1, "all")
	each("cpuset_mems", "0,1")
	each("pids_limit", 65536, -1, "0")
	each("ulimit ulimits", []any{"nofile=131072", "nproc=126960:126960"}, "memlock=67108864", "host", raw{"nofile": raw{"soft": 1, "hard": 2}, "core": -1})
	each("oom_score_adj", -500, 0)
	each("blkio_weight", 100)
	each("blkio_weight_device", "/dev/sda:200")
	each("device_read_bps device_write_bps", "/dev/sda:1mb")
	each("device_read_iops device_write_iops", []any{"/dev/sda:1000"})
	each("rdt_class", "COS1")

	health := func(name string, values ...any) {
		for _, v := range values {
			with(name, raw{name: v})
			with(name, raw{name: v, "healthcheck": raw{"test": "/openstack/healthcheck 5672"}})
		}
	}
	each("health_cmd", "/openstack/healthcheck", []any{"CMD", "a b", "c"}, []any{"CMD-SHELL", "a && b"}, []any{"a", "b"}, "none")
	for _, name := range strings.Fields("health_interval healthcheck_interval check_interval") {
		health(name, 60, "1m30s", "disable", 0)
	}
	health("healthcheck_timeout", 5, "500ms")
	health("health_retries", 3)
	health("healthcheck_retries", "4")
	for _, name := range strings.Fields("health_start_period healthcheck_start_period") {
		health(name, 10, "0")
	}
	for _, name := range strings.Fields("health_on_failure healthcheck_failure_action") {
		health(name, "kill")
	}
	health("health_log_destination", "/var/log")
	health("health_max_log_count", 10)
	health("health_max_log_size", 0)
	startup := func(name string, v any) {
		with(name, raw{name: v, "health_startup_cmd": "true", "healthcheck": raw{"test": "true"}})
	}
	startup("health_startup_cmd", "true")
	startup("health_startup_interval", 5)
	startup("health_startup_timeout", "3s")
	startup("health_startup_retries", 7)
	startup("health_startup_success", 2)
	return all
}

// needsHost returns the keys whose values name ranges of the host's /etc/subuid.
func needsHost() []string { return []string{"subuidname", "subgidname"} }

func TestEveryKeyMakesTheSpecThatPodmanMakesOfTheSameWords(t *testing.T) {
	t.Setenv("HOME", "/root")
	all := samples(t)
	for _, k := range config.Keys() {
		if k.Flag == "" || k.Refused != "" {
			continue
		}
		if len(all[k.Name]) == 0 && !slices.Contains(needsHost(), k.Name) {
			t.Errorf("no sample for key %q", k.Name)
		}
		for i, r := range all[k.Name] {
			t.Run(fmt.Sprintf("%s %d", k.Name, i), func(t *testing.T) {
				r = maps.Clone(r)
				r["image"] = "localhost/web:1"
				compare(t, r)
			})
		}
		delete(all, k.Name)
	}
	if len(all) > 0 {
		t.Errorf("samples for keys that are none: %q", slices.Sorted(maps.Keys(all)))
	}
}

// The ranges themselves are looked up in the host's files, so only the parsing is compared.
func TestNamesOfSubordinateRangesGoWherePodmanPutsThem(t *testing.T) {
	cmd := &cobra.Command{Use: "run"}
	var theirs entities.ContainerCreateOptions
	common.DefineCreateFlags(cmd, &theirs, entities.CreateMode)
	words := []string{"--subuidname=users", "--subgidname=groups"}
	if err := cmd.ParseFlags(words); err != nil {
		t.Fatal(err)
	}
	conf, err := commonconfig.Default()
	if err != nil {
		t.Fatal(err)
	}
	ours, err := read(words, conf)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{ours.create.SubUIDName, ours.create.SubGIDName}
	if diff := cmp.Diff([]string{theirs.SubUIDName, theirs.SubGIDName}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWholeEntriesMakeTheSpecThatPodmanMakes(t *testing.T) {
	for name, r := range map[string]raw{
		"a service with a healthcheck": {
			"image": "x", "restart": "always", "net": "host", "privileged": false, "user": "root",
			"healthcheck": raw{"test": "/openstack/healthcheck", "interval": 30, "retries": 3, "timeout": "5s", "start_period": "1m"},
			"volumes":     []any{"/etc/hosts:/etc/hosts:ro", "/var/log/x:/var/log/x:rw,z", "/dev/log:/dev/log"},
			"environment": raw{"KOLLA_CONFIG_STRATEGY": "COPY_ALWAYS", "KOLLA_BOOTSTRAP": true},
			"ulimit":      []any{"nofile=131072", "nproc=126960"}, "cap_add": []any{"IPC_LOCK"}, "stop_grace_period": 300,
		},
		"a one-shot whose words look like options": {"image": "x", "detach": false, "command": []any{"--help", "-v", "--", "a=b"}},
		"an on-failure policy":                     {"image": "x", "restart": "on-failure:3"},
		"a check that is switched off":             {"image": "x", "restart": "always", "healthcheck": false},
		"a plain container":                        {"image": "docker.io/library/busybox"},
	} {
		t.Run(name, func(t *testing.T) { compare(t, r) })
	}
}

// runFlags are all flags that podman run and podman create have in this build.
func runFlags(t *testing.T) map[string]bool {
	t.Helper()
	flags := map[string]bool{}
	for _, c := range registry.Commands {
		name, _, _ := strings.Cut(c.Command.Use, " ")
		if c.Parent == nil && (name == "run" || name == "create") {
			c.Command.Flags().VisitAll(func(f *pflag.Flag) { flags[f.Name] = true })
		}
	}
	if len(flags) < 150 {
		t.Fatalf("podman run has only %d flags: looked in the wrong place", len(flags))
	}
	return flags
}

func TestEveryFlagOfPodmanRunIsReachableOrRefusedWithAReason(t *testing.T) {
	steered := map[string]string{ // the step's own keys
		"detach": "detach", "restart": "restart", "rm": "remove", "pull": "pull",
		"timeout":        "timeout (the step's own, of one-shots and execs)",
		"health-timeout": "healthcheck.timeout",
	}
	known, refused := map[string]bool{}, map[string]bool{}
	for _, k := range config.Keys() {
		if k.Flag == "" {
			continue
		}
		known[k.Flag] = true
		if k.Refused != "" {
			refused[k.Flag] = true
		}
	}
	flags := runFlags(t)
	for flag := range flags {
		if !known[flag] && steered[flag] == "" {
			t.Errorf("podman's flag --%s has no key and no reason", flag)
		}
	}
	localOnly := map[string]bool{"env-host": true, "signature-policy": true, "cert-dir": true}
	for flag := range known {
		if !flags[flag] && !localOnly[flag] {
			t.Errorf("podman has no flag --%s", flag)
		}
	}
	for _, k := range config.Keys() {
		if k.Flag != "" && k.Refused == "" && refused[k.Flag] {
			t.Errorf("--%s is both reachable (key %q) and refused", k.Flag, k.Name)
		}
	}
}
