//go:build realpodman

package paunch_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// services are decoded as Ansible sends them.
func services(t *testing.T, text string) config {
	t.Helper()
	var c config
	if err := json.Unmarshal([]byte(strings.ReplaceAll(text, "IMAGE", "localhost/busybox:latest")), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheServicesOfAKollaRoleRunAndAreUnchangedAtTheNextApply(t *testing.T) {
	bed.Clean(t)
	c := services(t, `{
		"keystone": {"container_name": "keystone_api", "group": "keystone", "enabled": true, "image": "IMAGE", "command": "sleep 1000", "haproxy": {}, "dimensions": {},
			"volumes": ["/etc/hosts:/etc/hosts:ro", "", "kolla_logs:/var/log/kolla/"], "environment": {"KOLLA_CONFIG_STRATEGY": "COPY_ALWAYS"}},
		"off": {"container_name": "off", "group": "off", "enabled": false, "image": "IMAGE"},
		"bootstrap": {"name": "bootstrap_keystone", "image": "IMAGE", "command": "true", "detach": false, "environment": {"KOLLA_BOOTSTRAP": ""}}}`)
	req := request(t, c)
	req.Dialect = "kolla"
	diff(t, "first", map[string]string{"keystone_api": "created", "bootstrap_keystone": "created"}, actions(must(t, req)))
	diff(t, "containers", "keystone_api", bed.Output(t, "ps", "--filter", "status=running", "--format", "{{.Names}}"))
	diff(t, "network", "host", bed.Output(t, "inspect", "--format", "{{.HostConfig.NetworkMode}}", "keystone_api"))
	diff(t, "policy", "unless-stopped", bed.Output(t, "inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", "keystone_api"))
	diff(t, "again", map[string]string{"keystone_api": "unchanged", "bootstrap_keystone": "unchanged"}, actions(must(t, req)))

	t.Run("and in paunch's words they are the same containers", func(t *testing.T) {
		own := request(t, services(t, `{
			"keystone_api": {"image": "IMAGE", "command": "sleep 1000", "net": "host", "restart": "unless-stopped", "cap_add": ["AUDIT_WRITE"],
				"volumes": ["/etc/hosts:/etc/hosts:ro", "kolla_logs:/var/log/kolla/"], "environment": {"KOLLA_CONFIG_STRATEGY": "COPY_ALWAYS"}},
			"bootstrap_keystone": {"image": "IMAGE", "command": "true", "net": "host", "detach": false, "remove": true, "cap_add": ["AUDIT_WRITE"], "environment": {"KOLLA_BOOTSTRAP": ""}}}`))
		own.ManagedBy = req.ManagedBy
		diff(t, "actions", map[string]string{"keystone_api": "unchanged", "bootstrap_keystone": "unchanged"}, actions(must(t, own)))
	})
}

func TestArgumentsOfPodmanContainerRunAndAreUnchangedAtTheNextApply(t *testing.T) {
	bed.Clean(t)
	req := request(t, services(t, `{"web": {"name": "proxy", "image": "IMAGE", "state": "started", "restart_policy": "always", "restart": false, "command": ["sleep", "1000"],
		"dns_servers": ["10.0.0.1"], "dns_opts": "ndots:1", "network_mode": "host", "env": {"A": 1}, "workdir": "/tmp", "etc_hosts": {"db": "10.0.0.2"}, "stop_timeout": 3,
		"healthcheck": "test -e /", "healthcheck_interval": "10s", "health_timeout": "3s", "label": {"tier": "front"}}}`))
	req.Dialect = "podman_container"
	diff(t, "first", map[string]string{"proxy": "created"}, actions(must(t, req)))
	for format, want := range map[string]string{
		"{{.HostConfig.NetworkMode}}": "host", "{{.Config.WorkingDir}}": "/tmp", "{{.Config.StopTimeout}}": "3", "{{.HostConfig.ExtraHosts}}": "[db:10.0.0.2]",
		"{{.Config.Healthcheck.Timeout}} {{.Config.Healthcheck.Interval}}": "3s 10s", "{{.Config.Labels.tier}}": "front", "{{.HostConfig.RestartPolicy.Name}}": "always",
	} {
		diff(t, format, want, bed.Output(t, "inspect", "--format", format, "proxy"))
	}
	diff(t, "in the container", "1", inside(t, "proxy", "echo $A"))
	diff(t, "again", map[string]string{"proxy": "unchanged"}, actions(must(t, req)))
}
