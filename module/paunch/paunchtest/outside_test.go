package paunchtest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const program = `package main

import (
	"context"
	"fmt"

	"github.com/overcloud/paunch/module/paunch"
	"github.com/overcloud/paunch/module/paunch/paunchtest"
)

func main() {
	req := paunch.Defaults()
	req.Engine, req.ManagedBy, req.ConfigID, req.Settle = paunchtest.New("web:1"), "test-outside", "c", 0
	req.Config = map[string]any{"web": map[string]any{"image": "web:1", "restart": "always"}}
	result, err := paunch.Apply(context.Background(), req)
	fmt.Println(result.Msg, err)
}
`

// TestAnotherModuleBuildsAndUsesTheLibrary builds a program in a module of its own, with the tags that docs/library.md
// names, and lets it apply a config.
func TestAnotherModuleBuildsAndUsesTheLibrary(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	tags := regexp.MustCompile(`(?m)^remote .*$`).FindString(read("docs/library.md"))
	dir := t.TempDir()
	mod := strings.Replace(read("go.mod"), "module github.com/overcloud/paunch", "module outside.example/program", 1) +
		"\nrequire github.com/overcloud/paunch v0.0.0\n\nreplace github.com/overcloud/paunch => " + root + "\n"
	for name, text := range map[string]string{"go.mod": mod, "go.sum": read("go.sum"), "main.go": program} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", "-tags", tags, "-mod=mod", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "c: 1 created <nil>\n" {
		t.Errorf("%v: %s", err, out)
	}
}
