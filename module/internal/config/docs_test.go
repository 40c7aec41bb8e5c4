package config

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateDocs = flag.Bool("update", false, "write the key reference")

const keyReference = "../../../docs/config.md"

// unitKeys steer systemd units.
var unitKeys = []string{"depends_on", "systemd_exec_flags", "kill_mode", "pre_stop_command", "pre_stop_exec", "reload_signal", "part_of", "no_reload"}

// TestTheKeyReferenceIsCurrent holds docs/config.md against the table of keys. The steering keys are
// described by hand and must all be there; the other lists are generated.
func TestTheKeyReferenceIsCurrent(t *testing.T) {
	text, err := os.ReadFile(keyReference)
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string][]string{}
	byFlag := map[string][]string{}
	for _, k := range Keys() {
		switch {
		case k.Refused != "":
			lists["refused"] = append(lists["refused"], fmt.Sprintf("- `%s`: %s", k.Name, k.Refused))
		case k.Ignored != "":
			lists["ignored"] = append(lists["ignored"], fmt.Sprintf("- `%s`: %s", k.Name, k.Ignored))
		case slices.Contains(unitKeys, k.Name):
			lists["units"] = append(lists["units"], fmt.Sprintf("- `%s`", k.Name))
		case k.Flag != "":
			byFlag[k.Flag] = append(byFlag[k.Flag], "`"+k.Name+"`")
		case !strings.Contains(section(t, string(text), "control"), "`"+k.Name+"`"):
			t.Errorf("key %s is not described", k.Name)
		}
	}
	for f, names := range byFlag {
		lists["options"] = append(lists["options"], fmt.Sprintf("- `--%s`: %s", f, strings.Join(names, ", ")))
	}
	want := string(text)
	for name, lines := range lists {
		sort.Strings(lines)
		want = strings.Replace(want, section(t, want, name), "\n"+strings.Join(lines, "\n")+"\n", 1)
	}
	if *updateDocs {
		if err := os.WriteFile(keyReference, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("docs/config.md is not current; run: go test ./module/internal/config -run Reference -update\n%s", diff)
	}
}

// section is what stands between the markers of a list, markers excluded.
func section(t *testing.T, text, name string) string {
	t.Helper()
	m := regexp.MustCompile(`(?s)<!-- keys: ` + name + ` -->(.*?)<!-- end -->`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no section %s", name)
	}
	return m[1]
}
