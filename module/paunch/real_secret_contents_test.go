//go:build realpodman

package paunch_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/redact"
	"github.com/overcloud/paunch/module/internal/testbed"
)

// podmanSecret makes a secret of Podman's, as an operator does.
func podmanSecret(t *testing.T, name, content string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	bed.Output(t, "secret", "create", name, file)
	t.Cleanup(func() { bed.Clean(t); bed.Output(t, "secret", "rm", name) })
}

// TestWhatIsInPodmansSecretsIsMasked has jobs, execs and failing services echo secrets that the step does not make.
func TestWhatIsInPodmansSecretsIsMasked(t *testing.T) {
	bed.Clean(t)
	hidden := []string{"plain-octopus", "hunter-in-json", "second-line-of-it"}
	contents := map[string]string{"one": hidden[0], "two": `{"password": "` + hidden[1] + `", "host": "db"}`, "three": "first\n" + hidden[2]}
	for name, content := range contents {
		podmanSecret(t, name, content)
	}
	all := []any{"one,type=env,target=PLAIN", "two", "three,target=other"}
	says := "echo $PLAIN; cat /run/secrets/two /run/secrets/other; grep -o hunter-in-json /run/secrets/two; "
	entry := func(script string, more ...any) config {
		return with(config{"image": testbed.Image, "net": "host", "secrets": all, "command": []any{"sh", "-c", script}}, more...)
	}
	req := request(t, config{
		"web":  entry(runs, "restart", "always", "start_order", 0),
		"job":  entry(says, "detach", false, "start_order", 1),
		"exec": config{"action": "exec", "command": []any{"web", "sh", "-c", says}, "start_order": 2},
	})
	for range 2 {
		result := must(t, req)
		for _, c := range result.Containers[1:] {
			if result.Changed && !strings.Contains(c.Stdout, redact.Mask) {
				t.Errorf("%s: output %q", c.Name, c.Stdout)
			}
		}
		text, err := json.Marshal(result)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range hidden {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s is in the result:\n%s", secret, text)
			}
		}
	}
}
