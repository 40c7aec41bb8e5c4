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

// TestTheExampleOfResourcesRunsAndAFailureLeavesNone applies the example of docs/resources.md.
func TestTheExampleOfResourcesRunsAndAFailureLeavesNone(t *testing.T) {
	bed.Clean(t)
	text, err := os.ReadFile("../../docs/resources.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	dir := t.TempDir()
	write := func(file, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	example = strings.NewReplacer("localhost/busybox:latest", testbed.Image, "/etc/paunch/db_password", filepath.Join(dir, "pw"), "networks: [backend]", "net: none").Replace(example)
	write("pw", "correct horse")
	write("step.yml", strings.Replace(example, "command: sleep 1000", "command: /no/such/program", 1))
	req := request(t, nil)
	req.Config, req.ConfigPath = nil, filepath.Join(dir, "step.yml")
	t.Cleanup(func() {
		req.State, req.ConfigPath, req.PruneVolumes = paunch.StateAbsent, "", true
		must(t, req)
		diff(t, "volumes and secrets at the end", "", bed.Output(t, "volume", "ls", "--quiet")+bed.Output(t, "secret", "ls", "--quiet"))
	})
	if r, err := paunch.Apply(t.Context(), req); err == nil {
		t.Fatalf("the program that does not exist ran: %s", r.Msg)
	}
	write("step.yml", example)
	must(t, req)
	diff(t, "secret", "correct horse", strings.TrimSpace(bed.Output(t, "exec", "db", "sh", "-c", "echo $MARIADB_ROOT_PASSWORD")))
	put(t, "db", "/var/lib/db/precious", "data")
	if r := must(t, req); r.Changed {
		t.Errorf("the second run changed something: %s", r.Msg)
	}
	write("pw", "battery staple")
	r := must(t, req)
	diff(t, "action", "recreated", actions(r)["db"])
	diff(t, "secret", "battery staple", strings.TrimSpace(bed.Output(t, "exec", "db", "sh", "-c", "echo $MARIADB_ROOT_PASSWORD")))
	diff(t, "data", "data", strings.TrimSpace(cat(t, "db", "/var/lib/db/precious")))
	diff(t, "secrets", 1, len(strings.Fields(bed.Output(t, "secret", "ls", "--quiet"))))
	if seen := bed.Output(t, "inspect", "--format", "{{json .Config.Labels}}", "db") + bed.Output(t, "secret", "inspect", strings.TrimSpace(bed.Output(t, "secret", "ls", "--quiet"))) + strings.Join(r.Commands, "\n"); strings.Contains(seen, "staple") {
		t.Error("the content of the secret can be read")
	}
}

func TestTheCommandsOfRemovalsAreInTheOrderInWhichTheyAreDone(t *testing.T) {
	bed.Clean(t)
	req := request(t, config{
		"secrets": config{"pw": config{"content": "correct horse"}},
		"web":     service("secrets", []any{"pw"}),
	})
	must(t, req)
	t.Cleanup(func() { bed.Clean(t); req.State = paunch.StateAbsent; must(t, req) })
	req.Config = config{}
	predicted, err := paunch.Plan(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	done := must(t, req)
	diff(t, "commands", predicted.Commands, done.Commands)
	if n := len(done.Commands); n < 2 || !strings.HasPrefix(done.Commands[n-1], "podman secret rm ") {
		t.Errorf("the secret does not go last: %q", done.Commands)
	}
}

func TestASectionThatIsDroppedLeavesNothingThoughNoContainerUsedIt(t *testing.T) {
	bed.Clean(t)
	req := request(t, config{
		"secrets": config{"pw": config{"content": "correct horse"}}, "networks": config{"unused-net": config{"driver": "bridge"}},
		"web": service(),
	})
	must(t, req)
	t.Cleanup(func() { bed.Clean(t); req.State = paunch.StateAbsent; must(t, req) })
	made := func() string {
		return strings.TrimSpace(bed.Output(t, "secret", "ls", "--quiet") + " " + bed.Output(t, "network", "ls", "--quiet", "--filter", "name=unused-net"))
	}
	if len(strings.Fields(made())) < 2 {
		t.Fatalf("made: %q", made())
	}
	req.Config = config{"web": service()}
	for _, selected := range []bool{true, false} {
		one := req
		if selected {
			one.Containers = []string{"web"}
		}
		predicted, err := paunch.Plan(t.Context(), one)
		if err != nil {
			t.Fatal(err)
		}
		done := must(t, one)
		diff(t, "changed", []bool{!selected, !selected}, []bool{predicted.Changed, done.Changed})
		diff(t, "what is left", selected, made() != "")
	}
	diff(t, "again", false, must(t, req).Changed)
}
