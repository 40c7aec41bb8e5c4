//go:build realpodman

package paunch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/paunch"
)

// sentFiles is a file or directory as the action plugin sends it, where the patterns leave no file out.
func sentFiles(t *testing.T, path string) []paunch.ConfigFile {
	t.Helper()
	files := []paunch.ConfigFile{}
	err := filepath.WalkDir(path, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			files = append(files, paunch.ConfigFile{Path: p, Type: "directory"})
			return err
		}
		data, err := os.ReadFile(p)
		text := string(data)
		files = append(files, paunch.ConfigFile{Path: p, Type: "file", Text: &text})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestAConfigThatHasNothingForTheStepRemovesNothing reads each config as a file of the host and as the controller
// sends it.
func TestAConfigThatHasNothingForTheStepRemovesNothing(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "web.json"), encode(t, service()))
	steps := write(t, filepath.Join(t.TempDir(), "steps.json"), encode(t, config{"step_2": config{"web": service()}}))
	base := request(t, nil)
	base.Step, base.ConfigPath = 1, dir
	must(t, base)
	before := snapshot(t)
	for name, change := range map[string]func(*paunch.Request){
		"patterns that match nothing": func(r *paunch.Request) { r.ConfigPatterns = []string{"*.conf"} },
		"a file of other steps":       func(r *paunch.Request) { r.ConfigPath = steps },
		"an empty directory":          func(r *paunch.Request) { r.ConfigPath = t.TempDir() },
		"a mapping of other steps": func(r *paunch.Request) {
			r.Config, r.ConfigPath = config{"step_2": config{"web": service()}}, ""
		},
	} {
		for _, sent := range []bool{false, true} {
			req := base
			change(&req)
			if sent && req.Config == nil {
				req.ConfigFiles = sentFiles(t, req.ConfigPath)
			}
			mustFail(t, req, "set allow_missing_step")
			req.AllowMissingStep = true
			result := must(t, req)
			diff(t, name+": changed", false, result.Changed)
			if !strings.Contains(strings.Join(result.Warnings, "\n"), "nothing is applied or removed") {
				t.Errorf("%s: warnings %q", name, result.Warnings)
			}
			diff(t, name, before, snapshot(t))
		}
	}
	base.Config, base.ConfigPath = config{}, ""
	diff(t, "an empty mapping", map[string]string{"web": "removed"}, actions(must(t, base)))
}
