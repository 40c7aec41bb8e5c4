//go:build realnode

package nodetest

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/paunch"
)

// The two halves of one test: the node is stopped and started between them.

const (
	rebootDir = "/var/lib/paunch-reboot"
	rebootID  = "rb"
)

func rebootConfig() config {
	return config{
		"rb-sync": config{"image": image, "detach": false, "net": "none", "command": []any{"sh", "-c", "echo ran >>/data/jobs"}, "volumes": []any{rebootDir + ":/data"}},
		"rb-db":   service("start_order", 1, "healthcheck", config{"test": "true", "interval": "2s"}),
		"rb-api":  service("start_order", 2, "depends_on", []any{"tripleo_rb-db.service"}, "net", "host", "command", "httpd -f -p 127.0.0.1:18080 -h /data", "volumes", []any{rebootDir + ":/data:ro"}),
		"rb-web":  service("start_order", 3, "restart", "unless-stopped", "depends_on", []any{"tripleo_rb-api"}),
	}
}

func rebootRequest() paunch.Request {
	req := paunch.Defaults()
	req.ConfigID, req.Config, req.SystemdOrder = rebootID, rebootConfig(), true
	return req
}

func TestRebootBefore(t *testing.T) {
	if err := os.MkdirAll(rebootDir, 0o755); err != nil {
		t.Fatal(err)
	}
	if result, err := paunch.Apply(context.Background(), rebootRequest()); err != nil {
		t.Fatal(result.Msg)
	}
	if err := os.WriteFile(rebootDir+"/hello", []byte("served"), 0o644); err != nil {
		t.Fatal(err)
	}
	diff(t, "answer", "served", ask("busybox wget -qO- http://127.0.0.1:18080/hello"))
	diff(t, "jobs", "ran", sh(t, "cat "+rebootDir+"/jobs"))
	sh(t, "cat /proc/1/stat | awk '{print $22}' >"+rebootDir+"/init")
	sh(t, "podman ps -a --filter label=config_id="+rebootID+" --format '{{.ID}} {{.Names}}' | sort >"+rebootDir+"/ids")
}

func TestRebootAfter(t *testing.T) {
	if before := sh(t, "cat "+rebootDir+"/init"); before == sh(t, "cat /proc/1/stat | awk '{print $22}'") {
		t.Fatal("the node was not rebooted")
	}
	eventually(t, "busybox wget -qO- http://127.0.0.1:18080/hello", "served") // before any apply
	names := []string{"rb-db", "rb-api", "rb-web"}
	for _, name := range names {
		eventually(t, "systemctl is-active tripleo_"+name, "active")
		runs(t, "tripleo_"+name+".service", name)
	}
	diff(t, "jobs", "ran", sh(t, "cat "+rebootDir+"/jobs"))
	diff(t, "ids", sh(t, "cat "+rebootDir+"/ids"), sh(t, "podman ps -a --filter label=config_id="+rebootID+" --format '{{.ID}} {{.Names}}' | sort"))
	order := strings.Fields(sh(t, "for n in "+strings.Join(names, " ")+"; do echo $(systemctl show -p ActiveEnterTimestampMonotonic --value tripleo_$n) $n; done | sort -n | awk '{print $2}'"))
	diff(t, "order", names, order)
	eventually(t, "podman inspect -f '{{.State.Health.Status}}' rb-db", "healthy") // Podman's timers run again

	for _, check := range []bool{true, false} {
		req := rebootRequest()
		req.Check = check
		result, err := paunch.Apply(context.Background(), req)
		if err != nil || result.Changed {
			t.Errorf("check %v: %v\n%s", check, err, describe(result))
		}
	}
	req := rebootRequest()
	req.Config = nil
	if result, err := paunch.Delete(context.Background(), req); err != nil {
		t.Errorf("%s", result.Msg)
	}
	for _, name := range names {
		gone(t, "tripleo_"+name+".service")
	}
	_ = os.RemoveAll(rebootDir)
}
