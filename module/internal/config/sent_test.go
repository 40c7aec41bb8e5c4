package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// loadBothWays loads a config from the host's files and from the same files as a controller sends them, and demands
// the same result.
func loadBothWays(t *testing.T, o Options) (Step, error) {
	t.Helper()
	step, err := Load(o)
	o.Files = sentFrom(t, o.Path)
	sameLoad(t, step, err, o)
	return step, err
}

func sameLoad(t *testing.T, step Step, err error, sent Options) {
	t.Helper()
	again, errAgain := Load(sent)
	if diff := cmp.Diff(step, again); diff != "" {
		t.Errorf("the config as sent is another one (-host +sent):\n%s", diff)
	}
	if diff := cmp.Diff(Problems(err), Problems(errAgain), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the config as sent has other problems (-host +sent):\n%s", diff)
	}
}

// sentFrom is a path and all below it, with the texts of all files.
func sentFrom(t *testing.T, root string) []File {
	t.Helper()
	files := []File{}
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, _ error) error {
		f := File{Path: path}
		f.Type, _ = hostTree{}.kind(path)
		if text, err := (hostTree{}).text(path); err == nil {
			s := string(text)
			f.Text = &s
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// corpusCase is one config of testdata/corpus.json, which the controller's side reads too
// (tests/unit/plugins/plugin_utils/test_step_config.py).
type corpusCase struct {
	Name string
	// Files maps paths to texts. A path that ends in a slash is a directory; the text "-> PATH" makes a link,
	// "(pipe)" a pipe.
	Files    map[string]string
	Path     string
	Step     int
	Patterns []string
	// Sent maps what the controller sends below Path to its type, or to "text" for a file with its text.
	Sent map[string]string
	Want []string // name=image
	// Says is the error, with $ for the directory of the files.
	Says string
}

func readCorpus(t *testing.T) []corpusCase {
	t.Helper()
	text, err := os.ReadFile("testdata/corpus.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []corpusCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// write puts the files of a case into a new directory.
func (c corpusCase) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range c.Files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		target, link := strings.CutPrefix(text, "-> ")
		var err error
		switch {
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o750)
		case link:
			err = os.Symlink(target, path)
		case text == "(pipe)":
			err = syscall.Mkfifo(path, 0o600)
		default:
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// sent is what the controller sends of a case.
func (c corpusCase) sent(t *testing.T, dir string) []File {
	t.Helper()
	files := []File{}
	for _, name := range sortedKeys(c.Sent) {
		f := File{Path: filepath.Join(dir, name), Type: c.Sent[name]}
		if f.Type == "text" {
			data, err := os.ReadFile(f.Path)
			if err != nil {
				t.Fatal(err)
			}
			text := string(data)
			f.Type, f.Text = TypeFile, &text
		}
		files = append(files, f)
	}
	return files
}

func TestAConfigMeansTheSameOnTheHostAndAsSentByTheController(t *testing.T) {
	for _, c := range readCorpus(t) {
		t.Run(c.Name, func(t *testing.T) {
			dir := c.write(t)
			o := Options{Step: c.Step, Path: filepath.Join(dir, c.Path), Patterns: c.Patterns}
			step, err := Load(o)
			if diff := cmp.Diff(c.Want, summary(step), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			says := ""
			if err != nil {
				says = strings.ReplaceAll(err.Error(), dir, "$")
			}
			if diff := cmp.Diff(strings.Split(c.Says, "\n"), strings.Split(says, "\n")); diff != "" {
				t.Error(diff)
			}
			for _, allow := range []bool{false, true} {
				o.AllowMissingStep, o.Files = allow, nil
				step, err = Load(o)
				o.Files = c.sent(t, dir)
				sameLoad(t, step, err, o)
			}
		})
	}
}

func TestAConfigWithoutTheStepIsAnErrorUnlessThatIsAllowed(t *testing.T) {
	for name, tc := range map[string]struct {
		files    map[string]string
		path     string
		patterns []string
		why      string
	}{
		"a file of other steps":             {map[string]string{"c.yml": "step_1: {a: {image: x}}\n"}, "c.yml", nil, "no step_2 in the config, which has step_1"},
		"a file whose step has no value":    {map[string]string{"c.yml": "step_1: {a: {image: x}}\nstep_2:\n"}, "c.yml", nil, "step_2 has no value in the config"},
		"an empty directory":                {nil, "", nil, "$ is empty"},
		"a directory of other files":        {map[string]string{"notes.txt": "x"}, "", nil, "no file in $ matches *.json *.yml *.yaml *.container, though it has files"},
		"patterns that match nothing":       {map[string]string{"a.json": `{"image": "x"}`}, "", []string{"b*.json", "c*"}, "no file in $ matches b*.json c*, though it has files"},
		"a directory of other steps":        {map[string]string{"step_1/": "", "step_3/": ""}, "", nil, "no step_2 in the config, which has step_1, step_3"},
		"an empty directory of the step":    {map[string]string{"step_2/": ""}, "", nil, "$/step_2 is empty"},
		"hidden files only":                 {map[string]string{".a.json": `{"image": "x"}`}, "", nil, "no file in $ matches *.json *.yml *.yaml *.container, though it has files"},
		"a directory called as a file is":   {map[string]string{"a.json/": ""}, "", nil, "$ is empty"},
		"the inline config of other steps ": {nil, "inline", nil, "no step_2 in the config, which has step_1"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, tc.files)
			load := func(allow bool) (Step, error) {
				if tc.path == "inline" {
					return Load(Options{Step: 2, Inline: raw{"step_1": raw{"a": raw{"image": "x"}}}, AllowMissingStep: allow})
				}
				return loadBothWays(t, Options{Step: 2, Path: filepath.Join(dir, tc.path), Patterns: tc.patterns, AllowMissingStep: allow})
			}
			why := strings.ReplaceAll(tc.why, "$", dir)
			_, err := load(false)
			if err == nil || err.Error() != why+": write {} for a step without containers, or set allow_missing_step (--allow-missing-step)" {
				t.Errorf("got %v", err)
			}
			step, err := load(true)
			if err != nil || len(step.Entries) != 0 || !step.Unmatched {
				t.Fatalf("%v %+v", err, step)
			}
			if len(step.Warnings) != 1 || !strings.HasPrefix(step.Warnings[0], why+": nothing is applied or removed") {
				t.Errorf("warnings: %q", step.Warnings)
			}
		})
	}
}

func TestAnExplicitEmptyMappingIsAStepWithoutContainers(t *testing.T) {
	for name, tc := range map[string]Options{
		"inline":           {Inline: raw{}},
		"inline, by steps": {Inline: raw{"step_1": raw{"a": raw{"image": "x"}}, "step_2": raw{}}},
		"a file":           {Path: filepath.Join(tree(t, map[string]string{"c.json": "{}"}), "c.json")},
		"a file of steps":  {Path: filepath.Join(tree(t, map[string]string{"c.yml": "step_1: {a: {image: x}}\nstep_2: {}\n"}), "c.yml")},
	} {
		t.Run(name, func(t *testing.T) {
			tc.Step = 2
			step, err := Load(tc)
			if err != nil || step.Unmatched || len(step.Entries) != 0 || len(step.Warnings) != 0 {
				t.Errorf("%v %+v", err, step)
			}
		})
	}
}

func TestAFileThatWasNotSentIsAnErrorAndNoEmptyConfig(t *testing.T) {
	text := "image: x"
	files := []File{{Path: "/c", Type: TypeDirectory}, {Path: "/c/a.yml", Type: TypeFile, Text: &text}, {Path: "/c/b.yml", Type: TypeFile}}
	if _, err := Load(Options{Path: "/c/", Files: files}); err == nil || !strings.Contains(err.Error(), "its text was not sent") {
		t.Errorf("got %v", err)
	}
	for _, path := range []string{"/elsewhere", "/etc"} {
		_, err := Load(Options{Path: path, Files: files})
		if err == nil || !strings.Contains(err.Error(), "no such file or directory") {
			t.Errorf("%s, which was not sent: %v", path, err)
		}
	}
	if !slices.Equal(summary(must(Load(Options{Path: "/c", Files: files[:2]}))), []string{"a=x"}) {
		t.Error("the same without the file")
	}
}

func must(step Step, err error) Step {
	if err != nil {
		panic(err)
	}
	return step
}
