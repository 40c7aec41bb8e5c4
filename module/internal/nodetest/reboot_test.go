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
		// Before anything else: one that takes its time, and one that is not healthy after the boot.
		"rb-slow":  rebootGate("rm -f /ready; sleep 5; echo slow is ready >>/data/order; touch /ready", "test -e /ready"),
		"rb-never": rebootGate("true", "test -e /data/well", "health_timeout", 20),
		"rb-after": service("start_order", 1, "command", []any{"sh", "-c", "echo after is started >>/data/order; exec " + idle}, "volumes", []any{rebootDir + ":/data"}),
		"rb-db":    service("start_order", 1, "healthcheck", config{"test": "true", "interval": "2s"}),
		"rb-api":   service("start_order", 2, "depends_on", []any{"tripleo_rb-db.service"}, "net", "host", "command", "httpd -f -p 127.0.0.1:18080 -h /data", "volumes", []any{rebootDir + ":/data:ro"}),
		"rb-web":   service("start_order", 3, "restart", "unless-stopped", "depends_on", []any{"tripleo_rb-api"}),
	}
}

// idle is a command that ends politely.
const idle = "sh -c 'trap \"exit 0\" TERM INT; while :; do sleep 0.1; done'"

// rebootGate is a service of the first wave that the next one waits for until it is healthy.
func rebootGate(begin, check string, more ...any) config {
	e := service("wait", "healthy", "command", []any{"sh", "-c", begin + "; exec " + idle}, "volumes", []any{rebootDir + ":/data"},
		"healthcheck", config{"test": check, "interval": "1s", "retries": 1000})
	for i := 0; i+1 < len(more); i += 2 {
		e[more[i].(string)] = more[i+1]
	}
	return e
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
	sh(t, "touch "+rebootDir+"/well")
	if result, err := paunch.Apply(context.Background(), rebootRequest()); err != nil {
		t.Fatal(result.Msg)
	}
	diff(t, "order of the apply", []string{"slow is ready", "after is started"}, lines(sh(t, "cat "+rebootDir+"/order")))
	sh(t, "rm "+rebootDir+"/order "+rebootDir+"/well")
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
	diff(t, "order of the boot", []string{"slow is ready", "after is started"}, lines(sh(t, "cat "+rebootDir+"/order")))
	diff(t, "what is not healthy runs", "running", sh(t, "podman inspect -f '{{.State.Status}}' rb-never"))
	sh(t, "touch "+rebootDir+"/well")
	eventually(t, "podman inspect -f '{{.State.Health.Status}}' rb-never", "healthy")
	eventually(t, "systemctl is-active tripleo_rb-never tripleo_rb-slow tripleo_rb-after | sort -u", "active")
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
	for _, name := range append(names, "rb-slow", "rb-never", "rb-after") {
		gone(t, "tripleo_"+name+".service")
	}
	_ = os.RemoveAll(rebootDir)
}
