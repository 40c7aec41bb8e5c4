//go:build realpodman

package paunch_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inside runs a shell line in a container.
func inside(t *testing.T, container, line string) string {
	t.Helper()
	return bed.Output(t, "exec", container, "sh", "-c", line)
}

func TestAnotherOrderOfEnvFilesReplacesTheContainer(t *testing.T) {
	bed.Clean(t)
	one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	for file, text := range map[string]string{one: "A=1\n", two: "A=2\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	must(t, request(t, config{"web": service("env_file", []any{one, two})}))
	diff(t, "the same order", map[string]string{"web": "unchanged"}, actions(must(t, request(t, config{"web": service("env_file", []any{one, two})}))))
	result := must(t, request(t, config{"web": service("env_file", []any{two, one})}))
	diff(t, "another order", map[string]string{"web": "recreated"}, actions(result))
	diff(t, "the last file wins", "1", inside(t, "web", "echo $A"))
}

func TestAnotherInheritedValueReplacesTheContainerAndIsToldNowhere(t *testing.T) {
	bed.Clean(t)
	c := config{"web": service("environment", []any{"PAUNCH_TEST_REGION"})}
	t.Setenv("PAUNCH_TEST_REGION", "north-4711")
	must(t, request(t, c))
	diff(t, "the same value", map[string]string{"web": "unchanged"}, actions(must(t, request(t, c))))
	t.Setenv("PAUNCH_TEST_REGION", "south-4712")
	result := must(t, request(t, c))
	diff(t, "another value", map[string]string{"web": "recreated"}, actions(result))
	diff(t, "the reason", []string{"env_inherited"}, result.Containers[0].ChangedKeys)
	diff(t, "the value in the container", "south-4712", inside(t, "web", "echo $PAUNCH_TEST_REGION"))
	told := fmt.Sprintf("%+v %+v", result, result.Diff) + bed.Output(t, "inspect", "--format", "{{json .Config.Labels}}", "web")
	for _, value := range []string{"north-4711", "south-4712"} {
		if strings.Contains(told, value) {
			t.Errorf("%s is told in: %s", value, told)
		}
	}
}

func TestOptionsThatThePodmanDoesNotKnowTouchNothing(t *testing.T) {
	bed.Clean(t)
	if strings.Contains(bed.Output(t, "create", "--help"), "--no-hostname") {
		must(t, request(t, config{"web": service("no_hostname", true, "hosts_file", "none")})) // this one does
		return
	}
	must(t, request(t, config{"web": service()}))
	before := snapshot(t)
	for _, check := range []bool{true, false} {
		req := request(t, config{"db": service(), "web": service("no_hostname", true, "hosts_file", "none")})
		req.Check = check
		mustFail(t, req, `container "web": key "no_hostname": --no-hostname needs Podman 5.4; this is `, `key "hosts_file": --hosts-file needs Podman 5.0`, "nothing was touched")
	}
	diff(t, "the host", before, snapshot(t))
}

func TestValuesReachTheProcessAsTheyAre(t *testing.T) {
	bed.Clean(t)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "web.yml")
	text := "web:\n  image: " + "docker://" + "localhost/busybox:latest\n" + `
  net: none
  restart: always
  command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 1000 & wait; done # \r\e"]
  environment: {ODD: "a\rb\nc\td\e"}
  labels: {odd: "a\nb\tc"}
  read_only: true
  memory: 64m
  memory_swap: -1
  sysctls: {net.ipv4.ip_local_reserved_ports: "30000,30001-30005"}
  volumes: [null, "", "./data:/data"]
  healthcheck: {test: null, interval: 10s}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	req := request(t, nil)
	req.Config, req.ConfigPath = nil, file
	must(t, req)
	for line, want := range map[string]string{
		`printf %s "$ODD" | od -An -tx1 | tr -d ' \n'`:      "610d620a6309641b",
		"cat /proc/sys/net/ipv4/ip_local_reserved_ports":    "30000-30005",
		"touch /tmp/x /run/x /var/tmp/x /data/x && echo ok": "ok",
		"touch /x 2>/dev/null || echo refused":              "refused",
	} {
		diff(t, line, want, inside(t, "web", line))
	}
	diff(t, "the label", "a\nb\tc", bed.Output(t, "inspect", "--format", `{{index .Config.Labels "odd"}}`, "web"))
	diff(t, "no healthcheck", "<nil>", bed.Output(t, "inspect", "--format", "{{.Config.Healthcheck}}", "web"))
	if _, err := os.Stat(filepath.Join(dir, "data", "x")); err != nil {
		t.Errorf("./data is another directory: %v", err)
	}
	swap := bed.Output(t, "inspect", "--format", "{{.HostConfig.MemorySwap}}", "web")
	if len(swap) < len("9000000000000000000") && swap != "0" && swap != "-1" {
		t.Errorf("swap is limited to %s", swap)
	}
	t.Chdir(t.TempDir())
	diff(t, "from another directory", map[string]string{"web": "unchanged"}, actions(must(t, req)))
}

func TestAScalarInsteadOfAMappingIsRefused(t *testing.T) {
	for key, value := range map[string]any{"environment": 7, "labels": true, "sysctls": 1, "annotations": 0, "log_opt": 10, "volumes": false, "healthcheck": 5} {
		mustFail(t, request(t, config{"web": service(key, value)}), fmt.Sprintf("key %q: ", key))
	}
}
