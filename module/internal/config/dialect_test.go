package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/config"
)

// kollaServices are services as the roles of kolla-ansible have them, written for this test.
const kollaServices = `{
	"keystone": {"container_name": "keystone", "group": "keystone", "enabled": true, "image": "reg.example/kolla/keystone:2025.1",
		"volumes": ["/etc/kolla/keystone/:/var/lib/kolla/config_files/:ro", "/etc/localtime:/etc/localtime:ro", "", "kolla_logs:/var/log/kolla/", "keystone_fernet_tokens:/etc/keystone/fernet-keys"],
		"dimensions": {}, "haproxy": {"keystone_internal": {"enabled": true, "mode": "http", "port": "5000"}},
		"healthcheck": {"interval": "30", "retries": "3", "start_period": "5", "test": ["CMD-SHELL", "healthcheck_curl http://10.0.0.1:5000"], "timeout": "30"}},
	"keystone-ssh": {"container_name": "keystone_ssh", "group": "keystone", "enabled": false, "image": "reg.example/kolla/keystone-ssh:2025.1"},
	"mariadb": {"container_name": "mariadb", "group": "mariadb_shard_0", "enabled": true, "image": "reg.example/kolla/mariadb-server:2025.1",
		"volumes": ["/etc/kolla/mariadb/:/var/lib/kolla/config_files/:ro", "mariadb:/var/lib/mysql", "kolla_logs:/var/log/kolla/"],
		"dimensions": {"ulimits": {"nofile": {"soft": 131072, "hard": 131072}}, "mem_limit": "4g"}, "graceful_timeout": 60,
		"environment": {"MYSQL_USERNAME": "monitor", "MYSQL_PASSWORD": "hunter22", "MYSQL_HOST": "10.0.0.1"}, "labels": {"service": "mariadb"}},
	"rabbitmq": {"container_name": "rabbitmq", "group": "rabbitmq", "enabled": "yes", "image": "reg.example/kolla/rabbitmq:2025.1", "cgroupns_mode": "private",
		"bootstrap_environment": null, "environment": {"KOLLA_CONFIG_STRATEGY": "COPY_ALWAYS", "RABBITMQ_CLUSTER_COOKIE": "hunter22"}, "volumes": ["rabbitmq:/var/lib/rabbitmq/"], "dimensions": {}},
	"nova-libvirt": {"container_name": "nova_libvirt", "group": "compute", "enabled": true, "image": "reg.example/kolla/nova-libvirt:2025.1", "pid_mode": "host", "cgroupns_mode": "host", "privileged": true,
		"volumes": ["/lib/modules:/lib/modules:ro", "/run/:/run/:shared", "/dev:/dev", "/sys/fs/cgroup:/sys/fs/cgroup", "libvirtd:/var/lib/libvirt", "devpts:/dev/pts"],
		"dimensions": {"ulimits": {"memlock": {"soft": 67108864, "hard": 67108864}, "RLIMIT_NOFILE": {"soft": 1048576, "hard": 1048576}, "RLIMIT_NPROC": {"soft": 1048576, "hard": 1048576}}}, "healthcheck": {"interval": "30", "retries": "3", "start_period": "5", "test": ["CMD-SHELL", "virsh version --daemon"], "timeout": "30"}},
	"bootstrap": {"name": "bootstrap_keystone", "image": "reg.example/kolla/keystone:2025.1", "detach": false, "remove_on_exit": true, "restart_policy": "oneshot", "action": "start_container",
		"environment": {"KOLLA_BOOTSTRAP": ""}, "labels": {"BOOTSTRAP": ""}, "common_options": {"auth_username": ""}, "user": "root"}}`

func loadDialect(t *testing.T, dialect, text string) (map[string]config.Entry, config.Step, error) {
	t.Helper()
	step, err := config.Load(config.Options{Step: 1, Path: "/etc/c.json", Files: []config.File{{Path: "/etc/c.json", Type: "file", Text: &text}}, Dialect: dialect})
	byName := map[string]config.Entry{}
	for _, e := range step.Entries {
		byName[e.Name] = e
	}
	return byName, step, err
}

func TestTheServicesOfAKollaRoleMeanWhatTheyMeanThere(t *testing.T) {
	entries, step, err := loadDialect(t, config.DialectKolla, kollaServices)
	if err != nil {
		t.Fatal(err)
	}
	if len(step.Warnings) > 0 {
		t.Errorf("warnings: %v", step.Warnings)
	}
	got := map[string]string{}
	for name, e := range entries {
		got[name] = string(e.Kind) + " " + e.Restart + " " + strings.Join(e.Option("network"), ",") + " " + strings.Join(e.Option("cap-add"), ",")
	}
	want := map[string]string{
		"keystone": "service unless-stopped host AUDIT_WRITE", "mariadb": "service unless-stopped host AUDIT_WRITE",
		"rabbitmq": "service unless-stopped host AUDIT_WRITE", "nova_libvirt": "service unless-stopped host ",
		"bootstrap_keystone": "one-shot  host AUDIT_WRITE",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, option := range []struct{ entry, flag, want string }{
		{"keystone", "health-interval", "30s"},
		{"keystone", "health-timeout", "30s"},
		{"keystone", "health-retries", "3"},
		{"mariadb", "ulimit", "nofile=131072:131072"},
		{"mariadb", "memory", "4g"},
		{"mariadb", "stop-timeout", "60"},
		{"nova_libvirt", "pid", "host"},
		{"nova_libvirt", "ulimit", "memlock=67108864:67108864"},
		{"nova_libvirt", "mount", "type=devpts,destination=/dev/pts"},
		{"nova_libvirt", "cgroupns", "host"},
		{"rabbitmq", "cgroupns", "private"},
	} {
		if got := strings.Join(entries[option.entry].Option(option.flag), " "); got != option.want {
			t.Errorf("%s: %s is %q, want %q", option.entry, option.flag, got, option.want)
		}
	}
	if n := len(entries["keystone"].Option("volume")); n != 4 {
		t.Errorf("keystone has %d volumes", n)
	}
	if !entries["bootstrap_keystone"].Remove {
		t.Error("remove_on_exit is lost")
	}
	entries, _, err = loadDialect(t, config.DialectKolla, `{"a": {"image": "x", "detach": false}, "b": {"image": "x", "detach": false, "remove_on_exit": false}, "c": {"image": "x", "restart_policy": "oneshot"}}`)
	if err != nil || !entries["a"].Remove || entries["b"].Remove || entries["c"].Remove {
		t.Errorf("what kolla waits for is removed unless it is told not to: %v %+v", err, entries)
	}
}

func TestTheArgumentsOfPodmanContainerMeanWhatTheyMeanThere(t *testing.T) {
	entries, step, err := loadDialect(t, config.DialectPodmanContainer, `{"web": {"name": "proxy", "image": "reg.example/web:1", "state": "started", "restart_policy": "always",
		"restart": false, "dns_servers": ["10.0.0.1"], "dns_opts": "ndots:1", "published_ports": ["8080:80"], "exposed_ports": [80], "env": {"A": 1}, "working_dir": "/srv",
		"healthcheck": "curl -f http://localhost", "healthcheck_interval": "10s", "health_timeout": "3s", "etc_hosts": {"db": "10.0.0.2"}, "network_mode": "bridge",
		"log_options": {"path": "/var/log/web.log", "max_size": "1m"}, "image_strict": true, "generate_systemd": {"path": "/etc/systemd/system"}},
		"job": {"image": "reg.example/web:1", "detach": false, "timeout": 30, "command": ["true"]}}`)
	if err != nil {
		t.Fatal(err)
	}
	web := entries["proxy"]
	for flag, want := range map[string]string{
		"dns": "10.0.0.1", "dns-option": "ndots:1", "publish": "8080:80", "expose": "80", "workdir": "/srv", "health-timeout": "3s", "health-interval": "10s", "network": "bridge",
	} {
		if got := strings.Join(web.Option(flag), " "); got != want {
			t.Errorf("%s is %q, want %q", flag, got, want)
		}
	}
	if web.Kind != config.Service || web.Restart != "always" || web.HealthTimeout != 0 || entries["job"].Timeout.Seconds() != 30 {
		t.Errorf("proxy: %+v, job: %+v", web, entries["job"])
	}
	if len(step.Warnings) != 1 || !strings.Contains(step.Warnings[0], "generate_systemd") {
		t.Errorf("warnings: %v", step.Warnings)
	}
}

func TestAWordThatCouldMeanTwoThingsIsRefusedWithWhatToWrite(t *testing.T) {
	for keys, says := range map[string]string{
		`podman_container {"restart": true}`:                                     "the policy is restart_policy",
		`podman_container {"restart": "always"}`:                                 "write restart_policy",
		`podman_container {"state": "present"}`:                                  "write started or created",
		`podman_container {"state": "absent"}`:                                   "leave it out of the config",
		`podman_container {"state": "quadlet"}`:                                  "write started",
		`podman_container {"timeout": 30}`:                                       "the time to stop is stop_timeout",
		`podman_container {"cmd_args": ["--x"]}`:                                 "write each under its own name",
		`podman_container {"health_timeout": "3s", "healthcheck_timeout": "4s"}`: `contradicts "healthcheck_timeout"`,
		`kolla {"restart": "always"}`:                                            "write restart_policy",
		`kolla {"state": "paused"}`:                                              "podman pause",
		`kolla {"state": "exited"}`:                                              "restart_policy: oneshot",
		`kolla {"action": "remove_container"}`:                                   "a step starts what is in its config",
		`quadlet {}`:                                                             `"dialect": must be one of paunch, kolla, podman_container, tripleo`,
	} {
		dialect, text, _ := strings.Cut(keys, " ")
		text = strings.Replace(text, "{", `{"web": {"image": "reg.example/web:1", `, 1) + "}"
		text = strings.Replace(text, ", }", "}", 1)
		_, _, err := loadDialect(t, dialect, text)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", keys, err)
		}
	}
}

func TestOverridesAreInTheWordsOfTheDialectAndUseItsNames(t *testing.T) {
	text := `{"nova-libvirt": {"container_name": "nova_libvirt", "image": "reg.example/x:1"}}`
	step, err := config.Load(config.Options{
		Step: 1, Path: "/etc/c.json", Files: []config.File{{Path: "/etc/c.json", Type: "file", Text: &text}}, Dialect: config.DialectKolla,
		Overrides: map[string]map[string]any{"nova_libvirt": {"dimensions": map[string]any{"mem_limit": "1g"}}},
	})
	if err != nil || len(step.Warnings) > 0 || len(step.Entries) != 1 || step.Entries[0].Option("memory")[0] != "1g" {
		t.Errorf("%v %+v", err, step)
	}
}

func TestWhatTheOlderRolesRunBeforeAStopRunsInTheContainer(t *testing.T) {
	entries, step, err := loadDialect(t, config.DialectTripleo, `{"web": {"image": "reg.example/web:1", "restart": "always", "pre_stop_exec": "/usr/bin/drain --wait"},
		"other": {"image": "reg.example/web:1", "restart": "always", "pre_stop_exec": ""}}`)
	if err != nil || len(step.Warnings) > 0 {
		t.Fatal(err, step.Warnings)
	}
	if e := entries["web"]; e.PreStopCommand != "/usr/bin/drain --wait" || e.PreStopExec != "" {
		t.Errorf("web: %q in the container, %q on the host", e.PreStopCommand, e.PreStopExec)
	}
	if e := entries["other"]; e.PreStopCommand != "" || e.PreStopExec != "" {
		t.Errorf("other: %+v", e)
	}
	entries, _, err = loadDialect(t, config.DialectPaunch, `{"web": {"image": "reg.example/web:1", "restart": "always", "pre_stop_exec": "/usr/bin/drain", "pre_stop_command": "flush"}}`)
	if e := entries["web"]; err != nil || e.PreStopExec != "/usr/bin/drain" || e.PreStopCommand != "flush" {
		t.Errorf("%v: %+v", err, e)
	}
	_, _, err = loadDialect(t, config.DialectTripleo, `{"web": {"image": "reg.example/web:1", "restart": "always", "pre_stop_exec": "a", "pre_stop_command": "b"}}`)
	if err == nil || !strings.Contains(err.Error(), `contradicts "pre_stop_command"`) {
		t.Error(err)
	}
}
