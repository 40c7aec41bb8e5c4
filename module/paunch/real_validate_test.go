//go:build realpodman

package paunch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

// validated is a service whose configuration is the file conf of a directory of the host.
func validated(t *testing.T, command any, more ...any) (c config, file string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	file = write(t, filepath.Join(dir, "conf"), "good\n")
	return config{"web": service(append(more, "volumes", []any{dir + ":/etc/web"}, "validate", command)...)}, file
}

func TestTheExampleOfValidationsRefusesABadFileAndTheOldContainerServes(t *testing.T) {
	bed.Clean(t)
	text, err := os.ReadFile("../../docs/validate.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	dir := t.TempDir()
	conf := write(t, filepath.Join(dir, "httpd.conf"), "H:/\n")
	write(t, filepath.Join(dir, "step.yml"), strings.NewReplacer("localhost/busybox:latest", testbed.Image, "/etc/web:/etc/web", dir+":/etc/web", "net: host", "net: none").Replace(example))
	req := request(t, nil)
	req.Config, req.ConfigPath = nil, filepath.Join(dir, "step.yml")
	req.CheckConfigHash, req.ConfigVolumePrefix = true, filepath.Dir(dir)
	r := must(t, req)
	diff(t, "validation", "passed", r.Containers[0].Validation)
	diff(t, "containers", []string{"web running"}, listed(t))
	old := id(t, "web")

	write(t, conf, "nonsense\n")
	r = mustFail(t, req, `container "web": its validation grep -q '^H:' /etc/web/httpd.conf ended with exit code 1; nothing was stopped`)
	diff(t, "changed", false, r.Changed)
	diff(t, "containers", []string{"web running"}, listed(t))
	diff(t, "container", old, id(t, "web"))

	write(t, conf, "H:/tmp\n")
	diff(t, "action", "recreated", actions(must(t, req))["web"])
	diff(t, "the next run", false, must(t, req).Changed)
}

func TestAValidationCanChangeNothingOnTheHost(t *testing.T) {
	bed.Clean(t)
	outside := write(t, filepath.Join(t.TempDir(), "outside"), "good\n")
	bed.Output(t, "volume", "create", "kept")
	t.Cleanup(func() { bed.Output(t, "volume", "rm", "--force", "kept") })
	for what, keys := range map[string]config{
		"a directory": {}, "as root with all rights": {"privileged": true},
		"a mount": {"mount": "type=bind,src=" + outside + ",dst=/outside,rw"}, "a volume": {"volume": "kept:/kept"},
	} {
		t.Run(what, func(t *testing.T) {
			path := map[string]string{"a mount": "/outside", "a volume": "/kept/x"}[what]
			if path == "" {
				path = "/etc/web/conf"
			}
			c, file := validated(t, []any{"sh", "-c", "echo bad > " + path})
			web := c["web"].(config)
			for k, v := range keys {
				web[k] = v
			}
			if v, ok := keys["volume"]; ok {
				web["volumes"] = append(web["volumes"].([]any), v)
				delete(web, "volume")
			}
			before, volumes := snapshot(t), bed.Output(t, "volume", "ls", "--quiet")
			mustFail(t, request(t, c), "Read-only file system")
			diff(t, "the host", before, snapshot(t))
			diff(t, "volumes", volumes, bed.Output(t, "volume", "ls", "--quiet"))
			for _, f := range []string{file, outside} {
				if text, err := os.ReadFile(f); err != nil || string(text) != "good\n" {
					t.Errorf("%s: %v %q", f, err, text)
				}
			}
		})
	}
}

func TestAValidationHasTheUserVariablesAndSecretsOfItsEntryAndNoNetwork(t *testing.T) {
	bed.Clean(t)
	image := volumeImage(t, "validated", "/data")
	script := `test "$(id -u)" = 99 && test "$A" = b && test "$(cat /run/secrets/tls)" = "correct horse" && test "$(ls /sys/class/net)" = lo || { id; env; ls /sys/class/net; exit 1; }`
	c := config{
		"web":     service("image", image, "user", "99", "environment", config{"A": "b"}, "secrets", []any{"tls,uid=99"}, "volumes", []any{"fresh:/fresh"}, "validate", []any{"sh", "-c", script}),
		"job":     job("true", "start_order", 1, "volumes_from", "web", "validate", "true"),
		"secrets": config{"tls": config{"content": "correct horse"}},
	}
	req := request(t, c)
	t.Cleanup(func() {
		req.State, req.Config, req.PruneVolumes = paunch.StateAbsent, nil, true
		must(t, req)
	})
	r := must(t, req)
	for _, container := range r.Containers {
		diff(t, container.Name, "passed", container.Validation)
	}
	diff(t, "containers", []string{"job exited", "web running"}, listed(t))
	diff(t, "anonymous volumes", 1, len(strings.Fields(bed.Output(t, "volume", "ls", "--quiet", "--filter", "name=^[0-9a-f]{64}$"))))
	shown := 0
	for _, line := range r.Commands {
		if strings.HasPrefix(line, "podman run --rm ") {
			shown++
		}
	}
	diff(t, "validations that are shown", 2, shown)
}

func TestTheOutputOfAValidationIsMasked(t *testing.T) {
	bed.Clean(t)
	c, _ := validated(t, []any{[]any{"sh", "-c", "echo the password is $DB_PASSWORD; exit 4"}, []any{"no-such-program", "--password", "staple-battery"}},
		"environment", config{"DB_PASSWORD": "correct-horse"})
	r := mustFail(t, request(t, c), "exit code 4", "the password is", "no-such-program")
	text := encode(t, r)
	for _, secret := range []string{"correct-horse", "staple-battery"} {
		if strings.Contains(text, secret) {
			t.Errorf("the result has %s: %s", secret, text)
		}
	}
	diff(t, "cause", "its validation failed with exit code 4", r.Containers[0].Cause)
}

func TestCheckModeValidatesOnRequestAndChangesNothing(t *testing.T) {
	bed.Clean(t)
	c, file := validated(t, "grep -q good /etc/web/conf")
	req := request(t, c)
	req.Check = true
	before := snapshot(t)
	predicted := must(t, req)
	diff(t, "validation without being asked", "", predicted.Containers[0].Validation)
	req.CheckValidate = true
	r := must(t, req)
	diff(t, "validation", "passed", r.Containers[0].Validation)
	diff(t, "commands", predicted.Commands, r.Commands)
	write(t, file, "bad\n")
	r = mustFail(t, req, "its validation grep -q good /etc/web/conf ended with exit code 1")
	diff(t, "what a run would change", false, r.Changed)
	diff(t, "action", "failed", r.Containers[0].Action)
	diff(t, "the host", before, snapshot(t))

	write(t, file, "good\n")
	c["web"].(config)["secrets"] = []any{"tls"}
	c["secrets"] = config{"tls": config{"content": "correct horse"}}
	r = must(t, req)
	if !strings.Contains(strings.Join(r.Warnings, "\n"), `container "web": not validated: a secret or network that it uses is yet to be created`) {
		t.Errorf("warnings: %q", r.Warnings)
	}
	diff(t, "the host", before, snapshot(t))
}

func TestAHangingValidationIsEndedAndThatOfAKilledRunRemoved(t *testing.T) {
	bed.Clean(t)
	c, _ := validated(t, "true")
	must(t, request(t, c))
	old := id(t, "web")
	web := c["web"].(config)
	web["user"], web["validate"], web["validate_timeout"] = "root", []any{"sleep", "1000"}, 1
	mustFail(t, request(t, c), "its validation sleep 1000 did not end within 1s (validate_timeout) and was killed")
	diff(t, "containers", []string{"web running"}, listed(t))

	req := request(t, c)
	web["validate_timeout"] = 600
	killed := start(t, config{"config_id": req.ConfigID, "managed_by": req.ManagedBy, "config": c})
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	validates := func() bool { return strings.Contains(strings.Join(listed(t), "\n"), "web-") }
	running := func() bool {
		return bed.Output(t, "ps", "--quiet", "--filter", "label=paunch_try_out=validation", "--filter", "status=running") != ""
	}
	waitFor(t, running)
	_ = killed.Process.Kill()
	_ = killed.Wait() // it was killed
	if !validates() {
		t.Fatal("nothing is left of the validation")
	}
	diff(t, "container", old, id(t, "web"))
	web["validate"] = "true"
	r := must(t, request(t, c))
	diff(t, "containers", []string{"web running"}, listed(t))
	diff(t, "action", "recreated", actions(r)["web"])
}
