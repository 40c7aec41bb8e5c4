//go:build realpodman

package paunch_test

import (
	"fmt"
	"testing"
)

// at is a service that publishes a port of the host.
func at(port int, more ...any) config {
	return with(service("net", "bridge", "ports", []any{fmt.Sprintf("127.0.0.1:%d:80", port)}), more...)
}

func TestARenamedEntryThatFailsLeavesTheServiceUp(t *testing.T) {
	bed.Clean(t)
	must(t, request(t, config{"web": at(18481), "other": service()}))
	old := id(t, "web")
	broken := config{"api": at(18481, "command", []any{"sh", "-c", "exit 3"})}
	result := mustFail(t, request(t, broken), "exit code 3")
	diff(t, "actions", map[string]string{"api": "failed", "web": "not_reached", "other": "not_reached"}, actions(result))
	diff(t, "containers", []string{"other running", "web running"}, listed(t))
	diff(t, "the old container", old, id(t, "web"))

	result = must(t, request(t, config{"api": at(18481)}))
	diff(t, "actions", map[string]string{"api": "created", "web": "removed", "other": "removed"}, actions(result))
	diff(t, "containers", []string{"api running"}, listed(t))
	diff(t, "changed by the next apply", false, must(t, request(t, config{"api": at(18481)})).Changed)
}

func TestPublishedPortsMoveBetweenServices(t *testing.T) {
	bed.Clean(t)
	first := config{"a": at(18482, "start_order", 1), "b": at(18483, "start_order", 2)}
	swapped := config{"a": at(18483, "start_order", 1), "b": at(18482, "start_order", 2)}
	must(t, request(t, first))
	must(t, request(t, swapped))
	diff(t, "ports", "127.0.0.1:18483 127.0.0.1:18482", bed.Output(t, "port", "a", "80/tcp")+" "+bed.Output(t, "port", "b", "80/tcp"))
	diff(t, "changed by the next apply", false, must(t, request(t, swapped)).Changed)

	back := config{"a": first["a"], "b": with(at(18483, "start_order", 2), "command", []any{"sh", "-c", "exit 3"})}
	a, b := id(t, "a"), id(t, "b")
	mustFail(t, request(t, back), "exit code 3")
	diff(t, "containers", []string{"a running", "b running"}, listed(t))
	diff(t, "they are the same", []string{a, b}, []string{id(t, "a"), id(t, "b")})
}

func TestPortsOfTheHostsNetworkMoveBetweenServices(t *testing.T) {
	bed.Clean(t)
	serves := func(port, order int) config {
		return service("net", "host", "start_order", order, "command", []any{"httpd", "-f", "-h", "/tmp", "-p", fmt.Sprint("127.0.0.1:", port)})
	}
	must(t, request(t, config{"a": serves(18484, 1), "b": serves(18485, 2)}))
	moved := config{"a": serves(18485, 1), "b": serves(18486, 2)}
	predicted := request(t, moved)
	predicted.Check = true
	reason := must(t, predicted).Containers[0].Reason
	diff(t, "the reason", "config changed: command; b gives way to it: port 18485/tcp", reason)
	diff(t, "as predicted", reason, must(t, request(t, moved)).Containers[0].Reason)
	diff(t, "containers", []string{"a running", "b running"}, listed(t))
	diff(t, "changed by the next apply", false, must(t, request(t, moved)).Changed)
}
