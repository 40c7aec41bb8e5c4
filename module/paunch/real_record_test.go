//go:build realpodman

package paunch_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/paunch"
)

// writeConfig writes a file below a directory.
func writeConfig(t *testing.T, dir, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// exactly applies a request and demands that check mode predicts it.
func exactly(t *testing.T, req paunch.Request) *paunch.Result {
	t.Helper()
	before := snapshot(t)
	predicted, err := paunch.Plan(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "the host after the prediction", before, snapshot(t))
	done := must(t, req)
	diff(t, "predicted actions", actions(predicted), actions(done))
	diff(t, "predicted changes", []any{predicted.Changed, predicted.ChangedContainers}, []any{done.Changed, done.ChangedContainers})
	diff(t, "the host changed", done.Changed, before != snapshot(t))
	return done
}

func TestConfigHashesSwitchedOnLaterBeginWithTheFirstApply(t *testing.T) {
	bed.Clean(t)
	prefix := t.TempDir()
	for _, file := range []string{"web/etc/web.conf", "db/etc/db.conf", "old/etc/old.conf"} {
		writeConfig(t, prefix, file, "one")
	}
	mounts := func(name string) []any { return []any{prefix + "/" + name + "/etc:/etc/" + name + ":ro"} }
	c := config{"web": service("volumes", mounts("web")), "db": service("volumes", mounts("db")), "plain": service(), "sync": job("true", "volumes", mounts("db"))}
	req := request(t, c)
	must(t, req)
	legacy(t, req, "old", service("volumes", mounts("old")))
	c["old"] = service("volumes", mounts("old"))
	must(t, req)
	before := ids(t)

	req.CheckConfigHash, req.ConfigVolumePrefix = true, prefix
	result := exactly(t, req)
	diff(t, "actions", map[string]string{"web": "updated", "db": "updated", "old": "updated", "sync": "updated", "plain": "unchanged"}, actions(result))
	diff(t, "nothing was restarted", []string{}, result.Restarted)
	for name, id := range before {
		diff(t, name+" is the same container", id, ids(t)[name])
	}
	diff(t, "again", false, exactly(t, req).Changed)

	writeConfig(t, prefix, "web/etc/web.conf", "two")
	writeConfig(t, prefix, "old/etc/old.conf", "two")
	writeConfig(t, prefix, "db/etc/db.conf", "one")
	result = exactly(t, req)
	diff(t, "actions", map[string]string{"web": "recreated", "db": "unchanged", "old": "recreated", "sync": "unchanged", "plain": "unchanged"}, actions(result))
	for _, c := range result.Containers {
		if c.Action == "recreated" && !strings.Contains(c.Reason, prefix+"/"+c.Name) {
			t.Errorf("the reason %q does not name the path", c.Reason)
		}
	}
	diff(t, "again", false, exactly(t, req).Changed)
	diff(t, "notes are no containers of the list", 5, len(list(t, req.ManagedBy)))

	bed.Output(t, "rm", "--force", "db")
	delete(req.Config, "sync")
	exactly(t, req)
	diff(t, "no note is left", 4, len(ps(t)))
	delete(req.Config, "web")
	exactly(t, req)
	_, err := paunch.Delete(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "a removed config leaves", 0, len(ps(t)))
}

// TestAnInjectedHashIsNoChangeAndFilesAreWatchedFromTheFirstApply: an older tool injected a hash of the config files into
// what runs, and renders its files without it.
func TestAnInjectedHashIsNoChangeAndFilesAreWatchedFromTheFirstApply(t *testing.T) {
	bed.Clean(t)
	prefix := t.TempDir()
	writeConfig(t, prefix, "nova/nova.conf", "one")
	entry := service("volumes", []any{prefix + "/nova:/etc/nova:ro"}, "environment", config{"A": "b"})
	req := request(t, config{"nova": entry})
	req.CheckConfigHash, req.ConfigVolumePrefix = true, prefix
	legacy(t, req, "nova", with(entry, "environment", config{"A": "b", "EDPM_CONFIG_HASH": "0a1b"}))
	before := id(t, "nova")

	result := exactly(t, req)
	diff(t, "the first apply", map[string]string{"nova": "updated"}, actions(result))
	diff(t, "nothing was restarted", []string{}, result.Restarted)
	diff(t, "the same container", before, id(t, "nova"))
	diff(t, "again", false, exactly(t, req).Changed)

	writeConfig(t, prefix, "nova/nova.conf", "two")
	diff(t, "a changed file", map[string]string{"nova": "recreated"}, actions(exactly(t, req)))
	diff(t, "again", false, exactly(t, req).Changed)
}

func TestAnotherConfigVolumePrefixReplacesNothing(t *testing.T) {
	bed.Clean(t)
	one, two := t.TempDir(), t.TempDir()
	writeConfig(t, one, "web/a.conf", "one")
	writeConfig(t, two, "web/b.conf", "one")
	req := request(t, config{"web": service("volumes", []any{one + "/web:/a:ro", two + "/web:/b:ro"})})
	req.CheckConfigHash, req.ConfigVolumePrefix = true, one
	must(t, req)
	req.ConfigVolumePrefix = two
	diff(t, "another prefix", "updated", actions(exactly(t, req))["web"])
	req.ConfigVolumePrefix = one
	diff(t, "and back", false, exactly(t, req).Changed)
	writeConfig(t, two, "web/b.conf", "two")
	req.ConfigVolumePrefix = two
	diff(t, "a changed file", "recreated", actions(exactly(t, req))["web"])
}

// legacy makes a running container as paunch for Python would have.
func legacy(t *testing.T, req paunch.Request, name string, c config) {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	words := []string{
		"run", "--detach", "--name", name, "--net", "host", "--restart", "always",
		"--label", "managed_by=" + req.ManagedBy, "--label", "config_id=" + req.ConfigID, "--label", "container_name=" + name, "--label", "config_data=" + string(text),
	}
	for _, v := range c["volumes"].([]any) {
		words = append(words, "--volume", v.(string))
	}
	words = append(words, c["image"].(string))
	for _, w := range c["command"].([]any) {
		words = append(words, w.(string))
	}
	bed.Output(t, words...)
}

// ids are the ids of all containers, by name.
func ids(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, c := range ps(t) {
		out[c.Names[0]] = c.ID
	}
	return out
}

func list(t *testing.T, managedBy string) []paunch.Listed {
	t.Helper()
	all, err := paunch.List(context.Background(), paunch.ListRequest{ManagedBy: managedBy, PodmanURL: bed.URL()})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAJobThatTimedOutIsKeptForItsLogsAndRunsAgain(t *testing.T) {
	bed.Clean(t)
	dir := t.TempDir()
	script := "trap 'exit 0' TERM; test -e /m/ready && exit 0; echo half way; while :; do sleep 0.1; done"
	req := request(t, config{"sync": job(script, "timeout", 1, "volumes", []any{dir + ":/m:ro"})})
	for _, run := range []string{"first", "second"} {
		result := mustFail(t, req, "did not end within 1s and was stopped", "podman logs sync", "half way")
		diff(t, run+" run: state and output", []string{"exited", "half way"}, []string{result.Containers[0].State, result.Containers[0].Stdout})
		diff(t, run+" run: its logs are there", "half way", bed.Output(t, "logs", "sync"))
		diff(t, run+" run: its exit code", "0", bed.Output(t, "inspect", "--format", "{{.State.ExitCode}}", "sync"))
	}
	writeConfig(t, dir, "ready", "")
	diff(t, "the next run", "recreated", actions(exactly(t, req))["sync"])
	diff(t, "again", false, exactly(t, req).Changed)
	diff(t, "containers", []string{"sync exited"}, listed(t))
}
