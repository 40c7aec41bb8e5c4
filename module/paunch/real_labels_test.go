//go:build realpodman

package paunch_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/testbed"
	"github.com/overcloud/paunch/module/paunch"
)

// labelledImage is the test image with reserved labels of its own.
func labelledImage(t *testing.T) string {
	t.Helper()
	const image = "localhost/labelled:1"
	args := []string{"commit", "--quiet", "--format", "docker"}
	for _, label := range []string{
		"paunch_done=exec", "paunch_unit=tripleo_other.service", "paunch_exec_target=abc", "paunch_about=abc", "paunch_timed_out=true",
		"paunch_config_hash=[]", "paunch_references=web=abc", "paunch_format=9", "paunch_salt=abc", "paunch_config={}", "paunch_future=x",
		"managed_by=other", "config_id=other", "container_name=other", "config_data={}", "kept=yes",
	} {
		args = append(args, "--change", "LABEL "+label)
	}
	bed.Output(t, "create", "--name", "labelled", "--net", "host", testbed.Image, "true")
	bed.Output(t, append(args, "labelled", image)...)
	bed.Output(t, "rm", "labelled")
	t.Cleanup(func() { bed.Output(t, "rmi", "--force", image) })
	return image
}

// TestReservedLabelsOfAnImageMeanNothing applies a service, a job that fails and an exec with an image that claims that
// each is done, and a unit's.
func TestReservedLabelsOfAnImageMeanNothing(t *testing.T) {
	bed.Clean(t)
	image := labelledImage(t)
	step := config{
		"web":  service("image", image),
		"once": job("exit 0", "image", image),
		"bad":  job("exit 7", "image", image, "start_order", 1),
	}
	req := request(t, step)
	mustFail(t, req, `container "bad"`)
	diff(t, "a failed job is no done one", map[string]string{"web": "unchanged", "once": "unchanged", "bad": "failed"}, actions(mustFail(t, req, `container "bad"`)))
	step["bad"] = job("exit 0", "image", image, "start_order", 1)
	step["told"] = config{"action": "exec", "command": []any{"web", "true"}, "start_order": 2}
	diff(t, "then", map[string]string{"web": "unchanged", "once": "unchanged", "bad": "recreated", "told": "executed"}, actions(must(t, req)))
	diff(t, "again", false, must(t, req).Changed)
	got := bed.Output(t, "inspect", "--format", `{{index .Config.Labels "paunch_done"}}|{{index .Config.Labels "paunch_unit"}}|{{index .Config.Labels "paunch_future"}}|`+
		`{{index .Config.Labels "config_data"}}|{{index .Config.Labels "managed_by"}}|{{index .Config.Labels "kept"}}`, "web")
	diff(t, "the labels of the service", "||||"+req.ManagedBy+"|yes", got)
	for _, c := range must(t, req).Containers {
		if c.Unit != "" {
			t.Errorf("%s has the unit %s", c.Name, c.Unit)
		}
	}
}

func TestReservedLabelsOfAnEntryAreRefusedWithTheKey(t *testing.T) {
	bed.Clean(t)
	file := write(t, filepath.Join(t.TempDir(), "labels"), "fine=1\npaunch_done=exec\n")
	for _, name := range []string{"paunch_done", "paunch_unit", "paunch_salt", "paunch_future", "managed_by", "config_id", "container_name", "config_data"} {
		for form, c := range map[string]config{
			"a mapping": {"labels": config{name: "x"}}, "a list": {"labels": []any{"fine=1", name + "=x"}}, "one string": {"label": name + "=x"},
			"a bare name": {"labels": []any{name}},
		} {
			req := request(t, config{"web": service("labels", c["labels"], "label", c["label"])})
			if result, err := paunch.Apply(t.Context(), req); err == nil || !strings.Contains(result.Msg, `the label "`+name+`" is reserved`) || !strings.Contains(result.Msg, `key "label`) {
				t.Errorf("%s as %s: %s", name, form, result.Msg)
			}
		}
	}
	req := request(t, config{"web": service("label_file", file)})
	mustFail(t, req, `key "label_file": line 2 of `+file, `the label "paunch_done" is reserved`)
	req = request(t, config{"web": service()})
	req.Labels = map[string]string{"paunch_done": "exec"}
	mustFail(t, req, `key "labels": the label "paunch_done" is reserved`)
	req = request(t, config{"web": service()})
	req.ConfigOverrides = map[string]map[string]any{"web": {"labels": config{"paunch_done": "x"}}}
	mustFail(t, req, `key "labels": the label "paunch_done" is reserved`)
	if l := listed(t); len(l) > 0 {
		t.Errorf("it made %q", l)
	}
}
