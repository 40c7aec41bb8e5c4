package paunch_test

import (
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/paunch"
)

func TestDebugTracesTheDecisionsOfThePlanWithoutSecrets(t *testing.T) {
	const secret = "hunter22-and-more"
	for name, tc := range map[string]struct {
		debug, terse bool
		want         bool
	}{"asked for": {debug: true, want: true}, "not asked for": {}, "under no_log": {debug: true, terse: true}} {
		t.Run(name, func(t *testing.T) {
			req, _ := exampleRequest("trace")
			req.Config["keystone"].(map[string]any)["environment"] = map[string]any{"DB_PASSWORD": secret}
			req.Config["keystone"].(map[string]any)["command"] = "run --password " + secret
			req.Debug, req.Terse = tc.debug, tc.terse
			var lines []string
			req.Trace = func(line string) { lines = append(lines, line) }
			if _, err := paunch.Apply(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			text := strings.Join(lines, "\n")
			if strings.Contains(text, "keystone") != tc.want || strings.Contains(text, secret) {
				t.Errorf("the trace is:\n%s", text)
			}
		})
	}
}
