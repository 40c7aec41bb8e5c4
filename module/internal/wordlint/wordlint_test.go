package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = "# Glossary\n\n## Words to avoid\n\n| avoid | say |\n|---|---|\n| `mend*` | fix |\n| `tells whether`, `says whether` | reports whether |\n| `anew` | again |\n| `keeper` | current container |\n\n## Shapes\n\n| `start` | this row is no part of it |\n"

// repository makes a Git repository with the sample glossary and the given files.
func repository(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files[glossary] = sample
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("git", "-C", dir, "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("git init: %v: %s", err, out)
	}
	return dir
}

func TestPlantedWordsAreFoundWhereverAPersonReadsThem(t *testing.T) {
	for name, c := range map[string]struct{ file, text, avoid, at string }{
		"a Go comment":            {"a.go", "package a\n\n// F tells whether it is so.\nfunc F() {}\n", "tells whether", "a.go:3"},
		"over a line break":       {"a.go", "package a\n\n// F tells\n// whether it is so.\nfunc F() {}\n", "tells whether", "a.go:3"},
		"a Go string":             {"a.go", "package a\n\nconst c = \"mend the config\"\n", "mend*", "a.go:3"},
		"a longer word":           {"a.go", "package a\n\nconst c = \"it was mended\"\n", "mend*", "a.go:3"},
		"a Go name":               {"a.go", "package a\n\nfunc chooseKeeper() {}\n", "keeper", "a.go:3"},
		"Markdown, in any case":   {"docs/a.md", "# A\n\nAnew, it\n", "anew", "docs/a.md:3"},
		"YAML":                    {"roles/a.yml", "- name: Make it anew\n", "anew", "roles/a.yml:1"},
		"a script":                {"a.sh", "say 'mend it'\n", "mend*", "a.sh:1"},
		"Python":                  {"a.py", "# says whether\n", "says whether", "a.py:1"},
		"a template":              {"a.j2", "# anew\n", "anew", "a.j2:1"},
		"the Makefile":            {"Makefile", "x: ## Make it anew\n", "anew", "Makefile:1"},
		"a script of a test":      {"a.txtar", "stdout 'mend'\n", "mend*", "a.txtar:1"},
		"a Markdown phrase break": {"a.md", "It tells\nwhether\n", "tells whether", "a.md:1"},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := check(repository(t, map[string]string{c.file: c.text}))
			if err != nil {
				t.Fatal(err)
			}
			if len(found) != 1 {
				t.Fatalf("found %v, want one", found)
			}
			if diff := cmp.Diff(c.avoid, found[0].word.avoid); diff != "" {
				t.Error(diff)
			}
			if got := found[0].String(); !strings.HasPrefix(got, c.at+":") {
				t.Errorf("%s is not at %s", got, c.at)
			}
		})
	}
}

func TestWordsOutsideTheTableAndInsideOthersPass(t *testing.T) {
	found, err := check(repository(t, map[string]string{
		"a.go": "package a\n\n// Amendments start here, recommended.\nfunc newer() {}\n", "a.bin": "mend",
	}))
	if err != nil || len(found) > 0 {
		t.Errorf("found %v, error %v", found, err)
	}
}

func TestExitCodeAndOutput(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(repository(t, map[string]string{"a.md": "mend\n"}), &out, &errs); code != 1 {
		t.Errorf("exit code %d with a finding: %s", code, errs.String())
	}
	if want := "a.md:1: \"mend*\": say fix (mend)\n1 words to avoid"; !strings.HasPrefix(out.String(), want) {
		t.Errorf("output %q does not begin with %q", out.String(), want)
	}
	if code := run(repository(t, map[string]string{}), &out, &errs); code != 0 {
		t.Errorf("exit code %d without a finding", code)
	}
	if code := run(t.TempDir(), &out, &errs); code != 2 {
		t.Errorf("exit code %d without a glossary", code)
	}
}

func TestTheProjectsGlossaryIsRead(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", glossary))
	if err != nil {
		t.Fatal(err)
	}
	words, err := parseGlossary(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"mend", "anew", "tells whether"} {
		found := false
		for _, w := range words {
			found = found || w.avoid == want
		}
		if !found {
			t.Errorf("the glossary does not list %q", want)
		}
	}
}
