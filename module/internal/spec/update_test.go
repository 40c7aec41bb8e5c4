package spec

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/inplace"
)

func given(flag string, values ...string) config.Option {
	return config.Option{Flag: flag, Key: strings.ReplaceAll(flag, "-", "_"), Values: values}
}

func TestAnUpdateIsTheCommandThatAPersonWouldType(t *testing.T) {
	for name, c := range map[string]struct {
		options []config.Option
		restart string
		want    string
	}{
		"a limit":                {[]config.Option{given("cpu-shares", "256")}, "", "podman update --cpu-shares=256 web"},
		"memory alone":           {[]config.Option{given("memory", "200m")}, "", "podman update --memory=200m --memory-swap=419430400 web"},
		"memory with swap":       {[]config.Option{given("memory", "200m"), given("memory-swap", "-1")}, "", "podman update --memory=200m --memory-swap=-1 web"},
		"no limit of pids":       {[]config.Option{given("pids-limit", "0")}, "", "podman update --pids-limit=-1 web"},
		"a policy":               {nil, "on-failure:3", "podman update --restart=on-failure:3 web"},
		"a size that is none":    {[]config.Option{given("memory", "0")}, "", "podman update --memory=0 web"},
		"limits of two devices":  {[]config.Option{given("device-read-bps", "/dev/a:1mb", "/dev/b:1mb")}, "", "podman update --device-read-bps=/dev/a:1mb --device-read-bps=/dev/b:1mb web"},
		"a healthcheck in words": {[]config.Option{given("health-cmd", "true"), given("health-interval", "5s")}, "", "podman update --health-cmd=true --health-interval=5s web"},
	} {
		if diff := cmp.Diff(c.want, strings.Join(UpdateLine("web", c.options, c.restart), " ")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAnUpdateHasWhatTheWordsSay(t *testing.T) {
	u, err := Update([]config.Option{
		given("memory", "200m"), given("cpus", "0.5"), given("pids-limit", "70"), given("blkio-weight", "100"),
		given("health-cmd", "true"), given("health-retries", "5"), given("device-read-bps", "/dev/a:1mb"),
	}, "on-failure:3", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"memory":{"limit":209715200,"swap":419430400,"checkBeforeUpdate":true},"cpu":{"quota":50000,"period":100000},"pids":{"limit":70},"blockIO":{"weight":100}}`
	if diff := cmp.Diff(want, asJSON(t, u.Resources)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(`{"health_cmd":"true","health_retries":5}`, asJSON(t, u.ChangedHealthCheckConfiguration)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(`"on-failure"3`, asJSON(t, u.RestartPolicy)+asJSON(t, u.RestartRetries)); diff != "" {
		t.Error(diff)
	}
	if text := asJSON(t, u.DevicesLimits); !strings.Contains(text, `"Path":"/dev/a"`) && !strings.Contains(text, `"path":"/dev/a"`) {
		t.Error(text)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestWhatCanBeAddedInPlaceCanBePutBack demands a word for each option that a container may not have had.
func TestWhatCanBeAddedInPlaceCanBePutBack(t *testing.T) {
	nothing, err := Update(nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range inplace.Flags() {
		then := map[string][]string{"health-cmd": {"true"}}
		now := map[string][]string{"health-cmd": {"true"}, flag: {"1"}}
		change := inplace.Change{Keys: []string{flag}, Then: then, Now: now, IsHidden: func([]string) bool { return false }}
		if _, possible := change.Possible(); !possible || flag == "health-cmd" {
			continue
		}
		back, err := Update(nil, "", []string{flag})
		if err != nil {
			t.Fatal(err)
		}
		if asJSON(t, back) == asJSON(t, nothing) {
			t.Errorf("%s: nothing is sent to take it away again", flag)
		}
	}
}
