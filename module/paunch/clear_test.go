package paunch_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/record"
	"github.com/overcloud/paunch/module/paunch"
)

// TestASecretInClearInAnOlderLabelIsAWarning changes the label of a container to what a version wrote that did not take
// DB_PW for a secret.
func TestASecretInClearInAnOlderLabelIsAWarning(t *testing.T) {
	req, engine := exampleRequest("clear")
	req.Config = map[string]any{"web": map[string]any{
		"image": "registry.example/keystone:1", "restart": "always", "environment": map[string]any{"DB_PASSWORD": "hunter22hunter", "USER": "web"},
	}}
	for range 2 {
		result, err := paunch.Apply(t.Context(), req)
		if err != nil || len(result.Warnings) > 0 {
			t.Fatalf("%v: %q", err, result.Warnings)
		}
	}
	engine.Change("web", func(c *observed.Container) {
		c.Labels[record.LabelConfig] = regexp.MustCompile(`\\u003csecret:[^"]*`).ReplaceAllString(c.Labels[record.LabelConfig], "hunter22hunter")
		if !strings.Contains(c.Labels[record.LabelConfig], "hunter22hunter") {
			t.Fatalf("the label is not changed: %s", c.Labels[record.LabelConfig])
		}
	})
	result, err := paunch.Apply(t.Context(), req)
	if err != nil || result.Changed || len(result.Warnings) != 1 {
		t.Fatalf("%v, changed %v: %q", err, result.Changed, result.Warnings)
	}
	if w := result.Warnings[0]; !strings.Contains(w, `container "web"`) || !strings.Contains(w, "secret of env in clear") || strings.Contains(w, "hunter22") {
		t.Error(w)
	}
}
