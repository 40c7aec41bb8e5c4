//go:build realpodman

package podman

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/testbed"
)

// list collects samples.
type list struct{ samples []sample }

// of adds each value of a key, and the first one under the key's other names. Podman's words are written the
// plain way: a list repeats the flag, a mapping is NAME=value. It returns what it added.
func (l *list) of(flag, names string, values ...any) []sample {
	begin := len(l.samples)
	for i, name := range strings.Fields(names) {
		for j, v := range values {
			if i == 0 || j == 0 {
				l.say(flag, map[string]any{name: v}, plainWords(flag, v)...)
			}
		}
	}
	return l.samples[begin:]
}

// say adds keys and the words that mean the same.
func (l *list) say(flag string, keys map[string]any, words ...string) *sample {
	l.samples = append(l.samples, sample{flag: flag, keys: keys, words: words})
	return &l.samples[len(l.samples)-1]
}

// apiOnly marks samples that an older Podman takes over its API only.
func apiOnly(samples []sample) {
	for i := range samples {
		samples[i].apiOnly = true
	}
}

// needsNewer marks samples that an older command line takes for something else.
func needsNewer(samples []sample) {
	for i := range samples {
		samples[i].orRefused = "needs Podman"
	}
}

// refused adds keys that get a sentence although podman takes the words.
func (l *list) refused(flag string, keys map[string]any, sentence string) {
	l.samples = append(l.samples, sample{flag: flag, keys: keys, refused: sentence})
}

func plainWords(flag string, v any) []string {
	var words []string
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			words = append(words, fmt.Sprintf("--%s=%v", flag, e))
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			words = append(words, fmt.Sprintf("--%s=%s=%v", flag, k, v[k]))
		}
	default:
		words = []string{fmt.Sprintf("--%s=%v", flag, v)}
	}
	return words
}

type keys = map[string]any

// samples has every key of every spelling, with its odd values.
func samples(t *testing.T) []sample {
	t.Helper()
	l := &list{}
	for _, add := range []func(*testing.T, *list){
		processSamples, environmentSamples, securitySamples, textSamples, storageSamples, networkSamples,
		namespaceSamples, resourceSamples, healthSamples, startupSamples,
	} {
		add(t, l)
	}
	return l.samples
}

func processSamples(t *testing.T, l *list) {
	l.of("entrypoint", "entrypoint", "/bin/sh", "", "bash -c")
	l.say("entrypoint", keys{"entrypoint": []any{"/bin/sh", "-c", `echo "<x>" & true`}}, `--entrypoint=["/bin/sh","-c","echo \"<x>\" & true"]`)
	l.of("user", "user", "root", 0, "42415:42415", "nobody:root")
	l.of("group-add", "group_add groups", []any{"root", 42}, "root,nogroup")
	l.of("hostuser", "hostuser hostusers", []any{"root"})
	apiOnly(l.of("passwd", "passwd", true, false))
	l.of("passwd-entry", "passwd_entry", "$USERNAME:x:$UID:$GID::/:/bin/sh")
	l.of("group-entry", "group_entry", "$GROUPNAME:x:$GID:")
	l.of("workdir", "workdir working_dir", "/srv", "srv")
	l.of("umask", "umask", "0022", "22")
	l.of("tz", "tz timezone", "Etc/UTC", "local")
	l.of("init", "init", false)
	l.of("init-path", "init_path", "/bin/true")
	l.say("init", keys{"init": true, "init_path": "/bin/busybox"}, "--init", "--init-path=/bin/busybox")
	l.of("interactive", "interactive stdin_open", true, false)
	l.of("tty", "tty", true, false)
	l.of("systemd", "systemd", "always", "true", "false")
	l.say("systemd", keys{"systemd": false}, "--systemd=false")
	l.of("sdnotify", "sdnotify", "conmon", "ignore", "container", "healthy")
	l.of("stop-signal", "stop_signal", "SIGTERM", "sigterm", "NONSENSE", "15", "INT", 9, "SIGRTMIN+3")
	l.of("stop-timeout", "stop_grace_period stop_timeout graceful_timeout", 60, 0)
	l.say("stop-timeout", keys{"stop_grace_period": "1m30s"}, "--stop-timeout=90")
	l.of("personality", "personality", "LINUX32")
	l.of("pod", "pod", pod(t))
	dependency := created(t, "dep")
	l.of("requires", "requires", []any{dependency})
	l.of("requires", "requires", dependency)
	l.of("log-driver", "log_driver", "journald", "none", "k8s-file")
	file := filepath.Join(t.TempDir(), "x.log")
	for _, name := range strings.Fields("log_opt log_opts log_options") {
		l.say("log-opt", keys{"log_driver": "k8s-file", name: keys{"max-size": "10mb", "path": file}}, "--log-driver=k8s-file", "--log-opt=max-size=10mb", "--log-opt=path="+file)
		l.say("log-opt", keys{"log_driver": "k8s-file", name: keys{"max_size": "10mb"}}, "--log-driver=k8s-file", "--log-opt=max-size=10mb")
		l.say("log-opt", keys{"log_driver": "k8s-file", name: []any{"max_size=5m", "tag=a=b"}}, "--log-driver=k8s-file", "--log-opt=max-size=5m", "--log-opt=tag=a=b")
	}
	l.say("log-opt", keys{"log_driver": "journald", "log_tag": "web"}, "--log-driver=journald", "--log-opt=tag=web")
	l.refused("pidfile", keys{"pidfile": "/run/x.pid"}, "API")
	l.refused("pidfile", keys{"pid_file": "/run/x.pid"}, "API")
}

func environmentSamples(t *testing.T, l *list) {
	t.Setenv("PAUNCH_INHERITED", "from outside")
	file := written(t, "env", "# a comment\nFROM_FILE=1\nBOTH=file\n\nPAUNCH_INHERITED\n QUOTED=\"a b\"\n")
	other := written(t, "other", "BOTH=other\n")
	for _, name := range []string{"environment", "env"} {
		l.say("env", keys{name: keys{"B": "x y", "A": 0, "EMPTY": "", "FALSE": false, "PAUNCH_INHERITED": nil, "NOT_SET_AT_ALL": nil}},
			"--env=B=x y", "--env=A=0", "--env=EMPTY=", "--env=FALSE=false", "--env=PAUNCH_INHERITED", "--env=NOT_SET_AT_ALL")
		l.of("env", name, []any{"A=b=c", "PAUNCH_INHERITED"}, "A=1", []any{"A=1", "A=2"}, []any{"A=1", "A"}, []any{"PAUNCH_INHERITED=1", "PAUNCH_INHERITED"},
			[]any{"PAUNCH_INHER*"}, keys{"A": "a\nb\tc\rd\x1b[31me, \"f\" 'g' $H `i` \\j é"}, []any{"A= leading and trailing "})
	}
	l.of("env-file", "env_file env_files", file, []any{file, other}, []any{other, file})
	l.say("env-file", keys{"env_file": []any{file, other}, "environment": keys{"BOTH": "own"}}, "--env-file="+file, "--env-file="+other, "--env=BOTH=own")
	l.say("env-file", keys{"env_file": file, "environment": keys{"BOTH": nil}}, "--env-file="+file, "--env=BOTH")
	l.of("env-merge", "env_merge", "PATH=${PATH}:/x", []any{"A=${PATH}", "B=${A}"}, []any{"B=${A}", "A=${PATH}"})
	l.of("unsetenv", "unsetenv unset_env", "PATH", []any{"PATH", "TERM"})
	l.of("unsetenv-all", "unsetenv_all", true, false)
	l.of("http-proxy", "http_proxy", true, false)
	l.of("env-host", "env_host", false)
	secret := made(t, "secret", "oracle-secret", "secret", "create", "oracle-secret", written(t, "sec", "hunter2"))
	l.of("secret", "secrets secret", secret, []any{secret + ",type=env,target=DB"}, []any{secret + ",uid=1,gid=2,mode=0400,target=/x", secret + ",type=env,target=B"})
}

func securitySamples(_ *testing.T, l *list) {
	l.of("privileged", "privileged", true, false)
	l.of("cap-add", "cap_add capabilities", []any{"NET_ADMIN", "NET_RAW"}, "ALL", "NET_ADMIN,SYS_TIME", "CAP_SYS_TIME")
	l.of("cap-drop", "cap_drop", []any{"NET_RAW", "CHOWN"}, "all")
	l.say("cap-add", keys{"cap_drop": "ALL", "cap_add": []any{"CHOWN"}}, "--cap-drop=ALL", "--cap-add=CHOWN")
	l.of("security-opt", "security_opt security_opts", "label=disable", []any{"label=level:s0", "label=type:spc_t"}, "no-new-privileges", "no-new-privileges:true", "no-new-privileges=false",
		"seccomp=unconfined", "apparmor=unconfined", "mask=/proc/kcore:/proc/acpi", "unmask=ALL", "unmask=/proc/*", "proc-opts=hidepid=2", "label:disable", "nonsense")
	needsNewer(l.of("security-opt", "security_opt", "label=nested"))
	l.of("seccomp-policy", "seccomp_policy", "default", "image")
}

// textSamples are values in which any text may stand.
func textSamples(t *testing.T, l *list) {
	odd := "a\nb\tc\rd\x1b[31me, \"f\" 'g' $H `i` \\j é = # "
	for _, name := range []string{"labels", "label"} {
		l.say("label", keys{name: keys{"a": "b", "empty": nil, "n": 1, "t": true}}, "--label=a=b", "--label=empty", "--label=n=1", "--label=t=true")
		l.of("label", name, []any{"a=b", "bare"}, "one=1", keys{"odd": odd}, []any{"odd=" + odd}, []any{"a=1", "a=2"})
	}
	l.of("annotation", "annotation annotations", keys{"a": "b", "n": 1}, []any{"a=b=c"})
	for _, v := range []any{keys{"odd": odd}, []any{"odd=" + odd}} {
		s := l.say("annotation", keys{"annotation": v}, plainWords("annotation", v)...)
		s.path, s.value = "/Config/Annotations/odd", odd
	}
	file := written(t, "labels", "x=1\nboth=file\n# a comment\nbare\n")
	other := written(t, "labels2", "both=other\n")
	l.of("label-file", "label_file label_files", file, []any{file, other}, []any{other, file})
	l.say("entrypoint", keys{"entrypoint": odd}, "--entrypoint="+odd)
	l.say("health-cmd", keys{"health_cmd": "echo '" + odd + "'"}, "--health-cmd=echo '"+odd+"'")
}

func storageSamples(t *testing.T, l *list) {
	a, b := t.TempDir(), t.TempDir()
	other := created(t, "from", "--volume="+a+":/from")
	l.of("volume", "volumes volume", []any{a + ":/a", b + ":/b:ro", a + ":/c:ro,z", a + ":/d:rshared", "oraclevol:/v", "/anonymous", a + ":/o:O", "oraclevol:/w:ro,nocopy"},
		a+":/a:Z", a+":/a:U", a+":/a:noexec,nosuid,nodev", a+":/a:rslave", "oraclevol2:/v:exec", a+":/a:idmap", a+":/a:copy", a+":/a:rbind,ro", a+":/a/", "/a/../b")
	l.say("volume", keys{"volumes": []any{a + ":/a", "", nil, a + ":/a"}}, "--volume="+a+":/a")
	l.of("volumes-from", "volumes_from", other, []any{other + ":ro"})
	l.of("mount", "mount mounts", []any{"type=bind,src=" + a + ",dst=/a,ro", "type=tmpfs,dst=/t,tmpfs-size=1m", "type=volume,src=oraclevol,dst=/v", "type=image,src=" + testbed.Image + ",dst=/i"},
		"type=devpts,destination=/d", "type=bind,source="+a+",target=/a,bind-propagation=rshared", "type=tmpfs,destination=/t,tmpfs-mode=1777,U=true", "type=ramfs,dst=/r",
		"type=volume,dst=/anonymous", "type=volume,src=oraclevol,dst=/v,subpath=/x", "type=image,src="+testbed.Image+",dst=/i,subpath=/bin",
		"type=bind,src="+a+",dst=/a,ro=true,relabel=shared", "type=bind,src="+a+",dst=/a,idmap", "type=bind,src="+a+",dst=/a,bind-nonrecursive", "type=artifact,src=x,dst=/x")
	apiOnly(l.of("mount", "mount", "type=glob,src="+a+"*,dst=/g", "type=bind,src="+a+",dest=/a"))
	l.of("tmpfs", "tmpfs", "/run", []any{"/tmp:size=64m", "/run"}, "/t:rw,size=787448k,mode=1777,noexec")
	l.say("tmpfs", keys{"tmpfs": keys{"/tmp": "size=64m,mode=1777", "/x": nil, "/y": []any{"ro", "size=1m"}}}, "--tmpfs=/tmp:size=64m,mode=1777", "--tmpfs=/x", "--tmpfs=/y:ro,size=1m")
	l.of("image-volume", "image_volume", "tmpfs", "ignore", "nonsense")
	apiOnly(l.of("image-volume", "image_volume", "anonymous", "bind"))
	l.of("read-only", "read_only", true, false)
	l.of("read-only-tmpfs", "read_only_tmpfs", true, false)
	l.say("read-only-tmpfs", keys{"read_only": true, "read_only_tmpfs": false}, "--read-only", "--read-only-tmpfs=false")
	l.say("read-only-tmpfs", keys{"read_only": true, "read_only_tmpfs": true}, "--read-only", "--read-only-tmpfs=true")
	l.say("read-only-tmpfs", keys{"read_only": true, "tmpfs": "/tmp:size=1m", "volumes": []any{a + ":/run"}}, "--read-only", "--tmpfs=/tmp:size=1m", "--volume="+a+":/run")
	l.say("read-only-tmpfs", keys{"read_only": true, "volumes": "oraclevol:/var/tmp"}, "--read-only", "--volume=oraclevol:/var/tmp")
	l.of("chrootdirs", "chrootdirs", "/srv", []any{"/srv", "/opt"})
	l.of("shm-size", "shm_size", "64m", 1048576, "1g", "0", "65536k")
	l.say("shm-size-systemd", keys{"systemd": "always", "shm_size_systemd": "1m"}, "--systemd=always", "--shm-size-systemd=1m")
	l.of("device", "devices device", []any{"/dev/null:/dev/n:rw"}, "/dev/null", []any{"/dev/null:/dev/x", "/dev/zero:r"})
	l.of("device-cgroup-rule", "device_cgroup_rule device_cgroup_rules", "c 1:3 rwm", []any{"a *:* rwm", "b 8:* r"})
	apiOnly(l.of("gpus", "gpus", "all"))
}

func networkSamples(t *testing.T, l *list) {
	a, b := network(t, "a"), network(t, "b")
	joined := created(t, "net")
	l.of("network", "net network networks network_mode", "host", "none", "bridge", "private", "slirp4netns:port_handler=slirp4netns,mtu=1400", "container:"+joined, []any{a, b}, a+":ip=10.99.0.9", "ns:/proc/self/ns/net", "pasta")
	l.say("network", keys{"networks": keys{a: keys{"alias": []any{"x", "y"}, "mac": "92:d0:c6:0a:29:33"}, b: nil}}, "--network="+a+":alias=x,alias=y,mac=92:d0:c6:0a:29:33", "--network="+b)
	l.say("network", keys{"net": "bridge:interface_name=eth5"}, "--network=bridge:interface_name=eth5")
	l.say("network-alias", keys{"network_alias": []any{"db", "mysql"}, "net": a}, "--network-alias=db", "--network-alias=mysql", "--network="+a)
	l.say("network-alias", keys{"network_aliases": "db", "net": a}, "--network-alias=db", "--network="+a)
	l.of("publish", "ports publish published published_ports", []any{"8080:80", 443, "127.0.0.1:53:53/udp", "9000-9002:9000-9002"}, "8080:80/tcp", 80, "[::1]:81:81", "127.0.0.1::80", "8080:80,8081:81")
	l.of("publish-all", "publish_all", true, false)
	l.of("expose", "expose exposed exposed_ports", []any{80, "90-91/udp"}, 80, "80,81")
	l.say("publish-all", keys{"publish_all": true, "expose": 80}, "--publish-all", "--expose=80")
	l.of("add-host", "extra_hosts add_host add_hosts etc_hosts", []any{"a:10.0.0.1", "b:::1"}, "a:10.0.0.1", []any{"h:host-gateway"}, []any{"z:10.0.0.2", "a:10.0.0.1", "a:10.0.0.3"}, "a:[::1]")
	needsNewer(l.of("add-host", "extra_hosts", "a;b:10.0.0.1"))
	l.say("add-host", keys{"extra_hosts": keys{"a": "10.0.0.1", "b": []any{"10.0.0.2", "::2"}}}, "--add-host=a:10.0.0.1", "--add-host=b:10.0.0.2", "--add-host=b:::2")
	l.of("hosts-file", "hosts_file", "none", "image", "/etc/hosts")
	l.of("no-hosts", "no_hosts", true, false)
	l.of("hostname", "hostname", "web.example.com", 7)
	l.of("no-hostname", "no_hostname", true)
	apiOnly(l.of("no-hostname", "no_hostname", false))
	l.of("dns", "dns dns_servers", []any{"10.0.0.1", "::1"}, "none", "10.0.0.2,10.0.0.1")
	l.of("dns-option", "dns_option dns_options dns_opt dns_opts", []any{"ndots:2", "timeout:3"}, "ndots:1")
	l.of("dns-search", "dns_search dns_search_domains", []any{"b.example", "a.example"}, ".", "a.example")
	l.say("ip", keys{"ip": "10.88.0.9", "network": a}, "--ip=10.88.0.9", "--network="+a)
	l.of("ip", "ip", "10.88.0.9")
	l.of("ip6", "ip6", "fd00::9")
	l.say("ip6", keys{"ip6": "fd00::9", "ip": "10.88.0.9", "network": a}, "--ip6=fd00::9", "--ip=10.88.0.9", "--network="+a)
	l.of("mac-address", "mac_address", "92:d0:c6:0a:29:33")
}

func namespaceSamples(t *testing.T, l *list) {
	joined := created(t, "ns")
	l.of("ipc", "ipc ipc_mode", "host", "private", "shareable", "none", "container:"+joined)
	l.of("pid", "pid pid_mode", "host", "private", "container:"+joined)
	l.of("uts", "uts uts_mode", "host", "private", "container:"+joined)
	l.of("userns", "userns userns_mode", "host", "auto:size=1024", "keep-id", "nomap", "private")
	l.of("uidmap", "uidmap", "0:100000:65536", []any{"0:1:1", "1:100000:100"})
	apiOnly(l.of("uidmap", "uidmap", "+0:5:1"))
	l.of("gidmap", "gidmap", "0:100000:65536")
	l.of("subuidname", "subuidname", "nobody-of-that-name")
	l.of("subgidname", "subgidname", "nobody-of-that-name")
	l.of("cgroupns", "cgroupns cgroupns_mode", "private", "host", "container:"+joined)
	l.of("cgroups", "cgroups", "disabled", "enabled", "no-conmon")
	l.of("cgroup-parent", "cgroup_parent", "/oracle", "machine.slice")
	l.of("cgroup-conf", "cgroup_conf", "memory.high=1073741824", keys{"memory.high": 1073741824})
	l.say("cgroup-conf", keys{"cgroup_conf": keys{"io.max": "8:0 rbps=1,wbps=2"}}, `--cgroup-conf="io.max=8:0 rbps=1,wbps=2"`)
	l.of("sysctl", "sysctl sysctls", keys{"net.core.somaxconn": 1024}, []any{"net.ipv4.ip_forward=1", "net.ipv4.ip_unprivileged_port_start=0"}, "net.ipv4.ip_forward=1", "net.ipv4.ip_forward=1,net.core.somaxconn=5")
	ports := `--sysctl="net.ipv4.ip_local_reserved_ports=30000,30001-30005"`
	l.say("sysctl", keys{"sysctl": keys{"net.ipv4.ip_local_reserved_ports": "30000,30001-30005"}}, ports)
	l.say("sysctl", keys{"sysctls": []any{"net.ipv4.ip_local_reserved_ports=30000,30001-30005"}}, ports)
	l.say("sysctl", keys{"sysctls": "net.ipv4.ip_local_reserved_ports=30000,30001-30005"}, ports)
	l.say("sysctl", keys{"sysctls": keys{"net.ipv4.x": `say "a"`}}, `--sysctl="net.ipv4.x=say ""a"""`)
}

func resourceSamples(_ *testing.T, l *list) {
	l.of("memory", "mem_limit memory", "512m", "512M", "1gb", "1GiB", 1073741824, "1g", "1.5g", "0")
	l.of("memory-reservation", "mem_reservation memory_reservation", "512m", 1073741824)
	for _, name := range []string{"memswap_limit", "memory_swap"} {
		for _, v := range []any{"-1", -1, "2g", "1g"} {
			l.say("memory-swap", keys{"memory": "1g", name: v}, "--memory=1g", fmt.Sprintf("--memory-swap=%v", v))
		}
		l.of("memory-swap", name, "-1", "2g", 0)
	}
	l.say("memory-swap", keys{"memory": "1g", "memory_swappiness": 10}, "--memory=1g", "--memory-swappiness=10")
	l.of("memory-swappiness", "mem_swappiness memory_swappiness", 10, "-1", 0)
	l.of("cpus", "cpus", 1.5, "2", "0.5")
	l.of("cpu-shares", "cpu_shares", 512, 0)
	l.of("cpu-period", "cpu_period", 50000)
	l.of("cpu-quota", "cpu_quota", 50000, -1)
	l.of("cpu-rt-period", "cpu_rt_period", 512)
	l.of("cpu-rt-runtime", "cpu_rt_runtime", 512)
	l.of("cpuset-cpus", "cpuset_cpus cpuset", "0-1", 1, "0,1")
	l.say("cpuset-cpus", keys{"cpuset_cpus": "all"})
	l.of("cpuset-mems", "cpuset_mems", "0", 0)
	l.of("pids-limit", "pids_limit", 65536, -1, "0")
	l.of("ulimit", "ulimit ulimits", []any{"nofile=1024", "nproc=1024:1024"}, "memlock=65536", "host", "core=-1:-1", "nofile=10,nproc=20", []any{"nofile=10", "nofile=20"})
	apiOnly(l.of("ulimit", "ulimit", "RLIMIT_CORE=0"))
	l.say("ulimit", keys{"ulimits": keys{"nofile": keys{"soft": 1, "hard": 2}, "core": -1}}, "--ulimit=nofile=1:2", "--ulimit=core=-1")
	l.of("oom-kill-disable", "oom_kill_disable", true, false)
	l.of("oom-score-adj", "oom_score_adj", -500, 0, 100)
	l.of("blkio-weight", "blkio_weight", 100, "500")
	l.of("blkio-weight-device", "blkio_weight_device", "/dev/null:200")
	for _, what := range []string{"read-bps", "write-bps"} {
		l.of("device-"+what, strings.ReplaceAll("device-"+what, "-", "_"), "/dev/null:1mb", []any{"/dev/null:1mb", "/dev/zero:5"})
	}
	for _, what := range []string{"read-iops", "write-iops"} {
		l.of("device-"+what, strings.ReplaceAll("device-"+what, "-", "_"), "/dev/null:1000")
	}
	l.of("rdt-class", "rdt_class", "COS1")
}

func healthSamples(_ *testing.T, l *list) {
	l.of("health-cmd", "health_cmd", "/openstack/healthcheck 5672", "curl -f http://localhost || exit 1")
	l.say("health-cmd", keys{"health_cmd": "none"}, "--no-healthcheck")
	for _, test := range []struct {
		value any
		word  string
	}{
		{[]any{"CMD-SHELL", "a && b"}, `["CMD-SHELL","a && b"]`},
		{[]any{"a", "b"}, `["a","b"]`},
		{[]any{"true"}, `["true"]`},
	} {
		l.say("health-cmd", keys{"health_cmd": test.value}, "--health-cmd="+test.word)
		l.say("health-cmd", keys{"healthcheck": keys{"test": test.value}}, "--health-cmd="+test.word)
	}
	s := l.say("health-cmd", keys{"health_cmd": []any{"CMD", "a b", "c"}}, `--health-cmd=["CMD","a b","c"]`)
	s.path, s.value = "/Config/Healthcheck/Test", []any{"CMD", "a b", "c"}
	for _, name := range strings.Fields("health_interval healthcheck_interval check_interval") {
		l.say("health-interval", keys{name: 60, "health_cmd": "true"}, "--health-interval=60s", "--health-cmd=true")
		l.say("health-interval", keys{name: "1m30s", "health_cmd": "true"}, "--health-interval=1m30s", "--health-cmd=true")
		l.say("health-interval", keys{name: "disable", "health_cmd": "true"}, "--health-interval=disable", "--health-cmd=true")
		l.say("health-interval", keys{name: 0, "health_cmd": "true"}, "--health-interval=disable", "--health-cmd=true")
	}
	l.say("health-timeout", keys{"healthcheck_timeout": 5, "health_cmd": "true"}, "--health-timeout=5s", "--health-cmd=true")
	l.say("health-retries", keys{"health_retries": 3, "health_cmd": "true"}, "--health-retries=3", "--health-cmd=true")
	l.say("health-retries", keys{"healthcheck_retries": "4", "health_cmd": "true"}, "--health-retries=4", "--health-cmd=true")
	l.say("health-start-period", keys{"health_start_period": 10, "health_cmd": "true"}, "--health-start-period=10s", "--health-cmd=true")
	l.say("health-start-period", keys{"healthcheck_start_period": "1m", "health_cmd": "true"}, "--health-start-period=1m", "--health-cmd=true")
	for _, name := range strings.Fields("health_on_failure healthcheck_failure_action") {
		for _, action := range []string{"none", "kill", "stop", "nonsense"} {
			l.say("health-on-failure", keys{name: action, "health_cmd": "true"}, "--health-on-failure="+action, "--health-cmd=true")
		}
	}
	l.say("healthcheck", keys{"healthcheck": keys{"test": "a", "interval": 30, "timeout": "5s", "retries": 3, "start_period": "1m", "on_failure": "kill"}},
		"--health-cmd=a", "--health-interval=30s", "--health-timeout=5s", "--health-retries=3", "--health-start-period=1m", "--health-on-failure=kill")
	for _, none := range []any{keys{}, keys{"test": nil, "interval": "10s"}, keys{"test": "", "retries": 3}, keys{"test": []any{}}, keys{"test": []any{nil}}, "", nil} {
		l.say("healthcheck", keys{"healthcheck": none})
	}
	l.say("no-healthcheck", keys{"no_healthcheck": true}, "--no-healthcheck")
	l.say("no-healthcheck", keys{"no_healthcheck": false}, "--no-healthcheck=false")
	l.say("no-healthcheck", keys{"healthcheck": false}, "--no-healthcheck")
}

func startupSamples(_ *testing.T, l *list) {
	l.say("health-log-destination", keys{"health_log_destination": "/tmp", "health_cmd": "true"}, "--health-log-destination=/tmp", "--health-cmd=true")
	l.say("health-max-log-count", keys{"health_max_log_count": 10, "health_cmd": "true"}, "--health-max-log-count=10", "--health-cmd=true")
	l.say("health-max-log-size", keys{"health_max_log_size": 0, "health_cmd": "true"}, "--health-max-log-size=0", "--health-cmd=true")
	for key, word := range map[string]string{
		"health_startup_interval": "5s", "health_startup_timeout": "3s", "health_startup_retries": "7", "health_startup_success": "2", "health_startup_cmd": "true",
	} {
		flag := strings.ReplaceAll(key, "_", "-")
		l.say(flag, keys{"health_startup_cmd": "true", "health_cmd": "true", key: word}, "--health-startup-cmd=true", "--health-cmd=true", "--"+flag+"="+word)
	}
}

// written makes a file of some text.
func written(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// made has podman make something that samples refer to, and returns its name; kind is the command that removes it.
func made(t *testing.T, kind, name string, words ...string) string {
	t.Helper()
	bed.Output(t, words...)
	t.Cleanup(func() { bed.Output(t, kind, "rm", name) })
	return name
}

// created is a container that others join or depend on.
func created(t *testing.T, name string, options ...string) string {
	t.Helper()
	words := append([]string{"create", "--name", "oracle-" + name}, options...)
	bed.Output(t, append(words, testbed.Image, "true")...)
	return "oracle-" + name
}

// network makes a network. The machine's own Podman has it too while the test runs, so its name has the process id of the test.
func network(t *testing.T, name string) string {
	t.Helper()
	name = fmt.Sprintf("oracle-%d-%s", os.Getpid(), name)
	bed.Output(t, "network", "create", name)
	t.Cleanup(func() { bed.Output(t, "network", "rm", "--force", name) }) // with the containers in it
	return name
}

func pod(t *testing.T) string {
	t.Helper()
	return made(t, "pod", "oracle-pod", "pod", "create", "--infra=false", "--name", "oracle-pod")
}
