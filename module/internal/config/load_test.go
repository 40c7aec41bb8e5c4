package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// tree writes files into a new directory; a name that ends in a slash is a directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o750); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// summary is name=image for each entry, in order.
func summary(s Step) []string {
	var all []string
	for _, e := range s.Entries {
		all = append(all, e.Name+"="+e.Image)
	}
	return all
}

func TestEveryFormOfAConfigIsToldApartByItsContent(t *testing.T) {
	for name, tc := range map[string]struct {
		files map[string]string
		path  string // below the directory of the files
		want  []string
	}{
		"a JSON file with a mapping, in its own order":    {map[string]string{"c.json": `{"b": {"image": "1"}, "a": {"image": "2"}}`}, "c.json", []string{"b=1", "a=2"}},
		"a YAML file with a mapping, in its own order":    {map[string]string{"c.yml": "b:\n  image: x\na: {image: y}\n"}, "c.yml", []string{"b=x", "a=y"}},
		"JSON under a YAML name":                          {map[string]string{"c.yml": `{"a": {"image": "x\/y", "command": "\ud83d\ude00"}}`}, "c.yml", []string{"a=x/y"}},
		"JSON indented by tabs":                           {map[string]string{"c.json": "{\n\t\"a\": {\n\t\t\"image\": \"x\"\n\t}\n}"}, "c.json", []string{"a=x"}},
		"YAML under a JSON name":                          {map[string]string{"c.json": "a: {image: x}"}, "c.json", []string{"a=x"}},
		"a file that starts with a byte order mark":       {map[string]string{"c.json": "\ufeff{\"a\": {\"image\": \"x\"}}"}, "c.json", []string{"a=x"}},
		"YAML in flow style":                              {map[string]string{"c.yml": "{a: {image: x}, b: {image: y,},}"}, "c.yml", []string{"a=x", "b=y"}},
		"a merged file":                                   {map[string]string{"c.yml": "step_1: {a: {image: x}}\nstep_2: {b: {image: y}}\n"}, "c.yml", []string{"b=y"}},
		"a container called step_1 beside another":        {map[string]string{"c.yml": "step_1: {image: x}\nb: {image: y}\n"}, "c.yml", []string{"step_1=x", "b=y"}},
		"a mapping without containers":                    {map[string]string{"c.json": "{}"}, "c.json", nil},
		"the keys of one container, named after the file": {map[string]string{"hashed-web.json": `{"image": "x", "environment": {"A": "b"}}`}, "hashed-web.json", []string{"web=x"}},
		"a directory, sorted by file name": {map[string]string{
			"b.json": `{"image": "1"}`, "a.yml": "image: '2'", "c.yaml": "c: {image: '3'}", "notes.txt": "x", ".hidden.json": "x", "sub.json/": "",
		}, "", []string{"a=2", "b=1", "c=3"}},
		"hashed names": {map[string]string{"hashed-a.json": `{"image": "x"}`, "hashed-b.json": `{"b": {"image": "y"}}`}, "", []string{"a=x", "b=y"}},
		"a file whose container has another name": {map[string]string{"10-db.yml": "mysql: {image: x}"}, "", []string{"mysql=x"}},
		"a container called like a key":           {map[string]string{"healthcheck.yml": "healthcheck: {image: x}"}, "", []string{"healthcheck=x"}},
		"anchors, aliases and merges":             {map[string]string{"c.yml": "a: &a {image: x, user: root}\nb:\n  <<: *a\n  image: y\n"}, "c.yml", []string{"a=x", "b=y"}},
	} {
		t.Run(name, func(t *testing.T) {
			step, err := loadBothWays(t, Options{Step: 2, Path: filepath.Join(tree(t, tc.files), tc.path)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, summary(step), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnInlineConfigMayBeMergedToo(t *testing.T) {
	inline := raw{"step_1": raw{"a": raw{"image": "x"}}, "step_2": raw{"c": raw{"image": "y"}, "b": raw{"image": "z"}}}
	step, err := Load(Options{Step: 2, Inline: inline})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b=z", "c=y"}, summary(step)); diff != "" {
		t.Error(diff)
	}
}

func TestYAMLValuesKeepTheirText(t *testing.T) {
	path := filepath.Join(tree(t, map[string]string{"c.yml": `
a:
  image: x
  umask: 0022
  restart: no
  environment:
    VERSION: 1.10
    DATE: 2026-01-02
    TIME: 2026-01-02T03:04:05Z
    NO: no
    ON: on
    TRUE: true
    HEX: 0x1F
    BIG: 1_000
    NULLED: null
    TILDE: ~
    EMPTY: ""
    QUOTED: "0"
    1: one
`}), "c.yml")
	step, err := Load(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"1=one", "BIG=1_000", "DATE=2026-01-02", "EMPTY=", "HEX=0x1F", "NO=no", "NULLED", "ON=on", "QUOTED=0", "TILDE", "TIME=2026-01-02T03:04:05Z", "TRUE=true", "VERSION=1.10",
	}
	e := step.Entries[0]
	if diff := cmp.Diff(want, e.Option("env")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"0022"}, e.Option("umask")); diff != "" || e.Restart != "" {
		t.Error(diff, e.Restart)
	}
}

func TestBadFilesEndInOneClearMessage(t *testing.T) {
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 10; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	merges := "m0: &m0 {k: v}\n"
	for i := 1; i < 30; i++ {
		merges += fmt.Sprintf("m%d: &m%d {<<: [*m%d, *m%d], k%d: v}\n", i, i, i-1, i-1, i)
	}
	for name, tc := range map[string]struct{ file, content, want string }{
		"truncated JSON":                 {"c.json", `{"a": {"image": "x"`, `the JSON document ends in the middle ($:1)`},
		"JSON cut in a string":           {"c.json", "{\"a\": {\n\"image\": \"x", `the JSON document ends in the middle ($:2)`},
		"JSON with a typo":               {"c.json", "{\"a\":\n {\"image\" \"x\"}}", `not valid JSON: invalid character '"' after object key ($:2)`},
		"JSON with text after it":        {"c.json", `{} {}`, `more text follows the end of the JSON document ($:1)`},
		"JSON with a key twice":          {"c.json", "{\"a\": {\"image\": \"x\",\n \"image\": \"y\"}}", `duplicate key "image" (first in line 1) ($:2)`},
		"a container twice in JSON":      {"c.json", "{\"a\": {},\n\n\"a\": {}}", `duplicate key "a" (first in line 1) ($:3)`},
		"YAML with a key twice":          {"c.yml", "a:\n  image: x\n  image: y\n", `duplicate key "image" (first in line 2) ($:3)`},
		"a broken YAML":                  {"c.yml", "a:\n  image: [x\n", "not valid YAML: did not find expected ',' or ']' ($:1)"},
		"a tab in YAML":                  {"c.yml", "a:\n\timage: x\n", "not valid YAML: found character that cannot start any token ($:2)"},
		"two YAML documents":             {"c.yml", "a: {image: x}\n---\nb: {image: y}\n", `holds a second YAML document ($:2)`},
		"a YAML bomb":                    {"c.yml", bomb, `expands to too much by YAML aliases ($:1)`},
		"a bomb of merges":               {"c.yml", merges, `expands to too much by YAML aliases ($:2)`},
		"an anchor in itself":            {"c.yml", "a: &a\n  b: *a\n", `a YAML anchor contains itself ($:2)`},
		"an unknown anchor":              {"c.yml", "a: *b\n", `not valid YAML: an anchor is not known: a value that begins with * needs quotes ($)`},
		"a merge of nothing":             {"c.yml", "a:\n  <<: x\n", `"<<" must merge mappings ($:2)`},
		"a value like an alias":          {"c.yml", "a:\n  image: *x\n", "not valid YAML: an anchor is not known: a value that begins with * needs quotes ($)"},
		"a value like a tag":             {"c.yml", "a: {image: !x y}\n", "a YAML tag is not supported: a value that begins with ! needs quotes ($:1)"},
		"a vaulted value":                {"c.yml", "a: {image: !vault x}\n", `the YAML tag !vault is not supported ($:1)`},
		"a key that is a list":           {"c.yml", "? [a]\n: x\n", `a key must be a string ($:1)`},
		"deep JSON":                      {"c.json", strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100), `is nested deeper than 64 levels ($:1)`},
		"very deep JSON":                 {"c.json", strings.Repeat(`[`, 1_000_000), `is nested deeper than 64 levels ($:1)`},
		"deep YAML":                      {"c.yml", "a: " + strings.Repeat("[", 100) + strings.Repeat("]", 100), `is nested deeper than 64 levels ($:1)`},
		"very deep YAML":                 {"c.yml", "a: " + strings.Repeat("[", 1_000_000), `not valid YAML: exceeded max depth of 10000 ($)`},
		"a list":                         {"c.json", `[]`, `must hold a mapping, not a list ($)`},
		"an encrypted file":              {"c.yml", "$ANSIBLE_VAULT;1.1;AES256\n6162\n", "is encrypted by Ansible's vault, which is not opened here: decrypt it on the host, or let Ansible read it (remote_src: false) ($)"},
		"a scalar":                       {"c.yml", `hello`, `must hold a mapping, not a string ($)`},
		"an empty file":                  {"c.json", ``, `is empty: write {} for a config without containers ($)`},
		"a file of comments":             {"c.yml", "# nothing\n", `is empty: write {} for a config without containers ($)`},
		"null":                           {"c.json", `null`, `is empty: write {} for a config without containers ($)`},
		"bytes that are no text":         {"c.yml", "a:\n  image: \xff\n", `is not valid UTF-8 ($:2)`},
		"a container that is no mapping": {"c.yml", "a: {image: x}\nb: hello\n", `container "b": must be a mapping of keys, not a string ($:2)`},
		"a container without keys":       {"c.yml", "a: {image: x}\nb:\n", `container "b": has no keys ($:2)`},
		"a step that is no mapping":      {"c.yml", "step_1: {}\nstep_2: []\n", `step_2 must hold a mapping, not a list ($:2)`},
		"a badly indented container":     {"c.yml", "web:\nimage: x\n", "2 problems:\n  container \"web\": has no keys ($:1)\n  container \"image\": must be a mapping of keys, not a string: is this the config of one container, without its name? ($:2)"},
		"a bool that is none":            {"c.yml", "a: {image: x, tty: !!bool hunter2}\n", `not valid YAML: what is tagged !!bool is none ($:1)`},
		"a problem with its line":        {"c.yml", "a:\n  image: x\n  detach: false\n  user: root\n  volumes:\n  - {}\n", `container "a": key "volumes": element 1 must be a string, a number or a bool, not a mapping ($:5)`},
		"a name that podman refuses":     {"c.yml", "a: {image: x}\n-b: {image: x}\n", `container "-b": a name must match [a-zA-Z0-9][a-zA-Z0-9_.-]* ($:2)`},
		"a NUL in a name":                {"c.json", `{"a\u0000b": {"image": "x"}}`, `container "a\x00b": a name must match [a-zA-Z0-9][a-zA-Z0-9_.-]* ($:1)`},
		"a NUL in a key":                 {"c.json", `{"a": {"image": "x", "b\u0000": 1}}`, `container "a": the name of a key holds the control character U+0000 ($:1)`},
		"control characters in YAML":     {"c.yml", "a: {image: \"x\x01\"}", `not valid YAML: control characters are not allowed ($)`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(tree(t, map[string]string{tc.file: tc.content}), tc.file)
			_, err := loadBothWays(t, Options{Step: 2, Path: path})
			if err == nil {
				t.Fatal("no error")
			}
			got := strings.ReplaceAll(err.Error(), path, "$")
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestBadDirectoriesEndInOneClearMessage(t *testing.T) {
	for name, tc := range map[string]struct {
		files    map[string]string
		patterns []string
		want     string
	}{
		"a hashed file beside the plain one": {map[string]string{"hashed-a.json": `{"image": "x"}`, "a.json": `{"image": "y"}`}, nil, `container "a": is defined twice, in $/a.json and in $/hashed-a.json`},
		"one name in two formats":            {map[string]string{"a.json": `{"image": "x"}`, "a.yml": `image: y`}, nil, `container "a": is defined twice, in $/a.json and in $/a.yml`},
		"two containers in a file":           {map[string]string{"a.yml": "b: {image: x}\nc: {image: y}\n"}, nil, `holds 2 containers: a directory has one per file ($/a.yml)`},
		"an empty file":                      {map[string]string{"a.yml": ""}, nil, `is empty: write {} for a config without containers ($/a.yml)`},
		"a malformed pattern":                {map[string]string{"a.yml": "image: x"}, []string{"[a"}, `key "config_patterns": the pattern "[a" is malformed`},
		"an empty pattern":                   {map[string]string{}, []string{""}, `key "config_patterns": a pattern is empty`},
		"a container without an image":       {map[string]string{"a.yml": "environment: {A: b}\n"}, nil, `container "a": key "image": is missing ($/a.yml:1)`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, tc.files)
			_, err := loadBothWays(t, Options{Path: dir, Patterns: tc.patterns})
			if err == nil {
				t.Fatal("no error")
			}
			if got := strings.ReplaceAll(err.Error(), dir, "$"); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestWhatIsNoPlainFileIsNotRead(t *testing.T) {
	dir := tree(t, nil)
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "a.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/nonexistent", filepath.Join(dir, "b.json")); err != nil {
		t.Fatal(err)
	}
	_, err := Load(Options{Path: dir})
	want := "2 problems:\n  is not a regular file ($/a.json)\n  cannot be read: no such file or directory ($/b.json)"
	if got := strings.ReplaceAll(fmt.Sprint(err), dir, "$"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	_, err = Load(Options{Path: filepath.Join(dir, "none")})
	if err == nil || !strings.Contains(err.Error(), "no such file or directory") {
		t.Errorf("got %v", err)
	}
}

// TestAnUnreadableFileIsNamed reads a file that opens and cannot be read, by root neither.
func TestAnUnreadableFileIsNamed(t *testing.T) {
	dir := tree(t, map[string]string{"b.json": `{"image": "x"}`})
	if err := os.Symlink("/proc/self/mem", filepath.Join(dir, "a.json")); err != nil {
		t.Fatal(err)
	}
	_, err := Load(Options{Path: dir})
	if err == nil || !strings.Contains(err.Error(), "cannot be read: input/output error") || !strings.Contains(err.Error(), "a.json") {
		t.Errorf("got %v", err)
	}
}

func TestABigConfigIsReadAndAHugeOneRefused(t *testing.T) {
	big := `{"a": {"image": "x", "environment": {"A": "` + strings.Repeat("b", 10<<20) + `"}}}`
	dir := tree(t, map[string]string{"big.json": big})
	step, err := Load(Options{Path: filepath.Join(dir, "big.json")})
	if err != nil || len(step.Entries[0].Option("env")[0]) != 2+10<<20 {
		t.Errorf("a config of 10 MB: %v", err)
	}
	huge := filepath.Join(dir, "huge.json")
	if err := os.Truncate(filepath.Join(dir, "big.json"), maxFileSize+1); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "big.json"), huge); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Options{Path: huge}); err == nil || !strings.HasPrefix(err.Error(), "is larger than 64 MiB") {
		t.Errorf("got %v", err)
	}
}

func TestAllProblemsOfAllFilesAreReportedAtOnce(t *testing.T) {
	dir := tree(t, map[string]string{"a.json": `{`, "b.yml": "image: x\nuser: []\ndetach: maybe\n", "c.yml": "image: y", "d.json": "{\"d\": {}}"})
	_, err := Load(Options{Path: dir, Containers: []string{"b", "c", "d", "nobody"}, LogPath: "relative"})
	want := []string{
		`key "log_path": must be an absolute path`,
		`the JSON document ends in the middle ($/a.json:1)`,
		`container "b": key "detach": must be true or false ($/b.yml:3)`,
		`container "b": key "user": must be a string, a number or a bool, not a list ($/b.yml:2)`,
		`container "d": key "image": is missing ($/d.json:1)`,
	}
	var got []string
	for _, p := range Problems(err) {
		got = append(got, strings.ReplaceAll(p.Error(), dir, "$"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEntriesAreSortedByStartOrderThenAsWritten(t *testing.T) {
	path := filepath.Join(tree(t, map[string]string{"c.yml": "d: {image: x, start_order: 2}\nc: {image: x}\nb: {image: x, start_order: -1}\na: {image: x}\n"}), "c.yml")
	step, err := Load(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b=x", "c=x", "a=x", "d=x"}, summary(step)); diff != "" {
		t.Error(diff)
	}
}

func TestOverridesReplaceKeysOfEveryMatch(t *testing.T) {
	inline := raw{
		"a": raw{"image": "x", "user": "root", "environment": raw{"A": 1, "B": 2}},
		"b": raw{"image": "x"},
	}
	step, err := Load(Options{Inline: inline, Overrides: map[string]map[string]any{
		"a":      {"image": "y", "user": nil, "environment": raw{"C": 3}},
		"b":      {"image": "z"},
		"nobody": {"image": "z"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a=y", "b=z"}, summary(step)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Option{{Flag: "env", Key: "environment", Values: []string{"C=3"}}}, step.Entries[0].Options); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`override "nobody" matches no container; ignored`}, step.Warnings); diff != "" {
		t.Error(diff)
	}
	if _, ok := inline["a"].(raw)["user"]; !ok {
		t.Error("the caller's config was changed")
	}
}

func TestASelectionLeavesTheOthersOutAndUnchecked(t *testing.T) {
	inline := raw{"a": raw{"image": "x"}, "b": raw{"image": []any{}}, "c": raw{"image": "y"}}
	step, err := Load(Options{Inline: inline, Containers: []string{"c", "a"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a=x", "c=y"}, summary(step)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"b"}, step.Excluded); diff != "" {
		t.Error(diff)
	}
}

func TestTheOptionsThemselvesAreChecked(t *testing.T) {
	for name, tc := range map[string]struct {
		o    Options
		want string
	}{
		"no config":                   {Options{}, "no config is given, neither inline nor by its path"},
		"two configs":                 {Options{Inline: raw{}, Path: "/x"}, "give the config inline or by its path, not both"},
		"log files without file":      {Options{Inline: raw{}, LogPath: "/x", LogDriver: "journald"}, `key "log_path": contradicts log_driver "journald", which writes no files`},
		"a label of the step's own":   {Options{Inline: raw{}, Labels: map[string]string{"config_id": "x"}}, `key "labels": the label "config_id" is reserved: only paunch sets it`},
		"a label with a newline":      {Options{Inline: raw{}, Labels: map[string]string{"a": "b\nc"}}, `key "labels": holds the control character U+000A`},
		"an exit code that cannot be": {Options{Inline: raw{}, ExitCodes: []int{-1}}, `key "valid_exit_codes": an exit code must be between 0 and 255`},
		"a selection of what is not":  {Options{Inline: raw{}, Containers: []string{"a"}, Strict: true}, `containers: "a" is not in the config`},
		"an override of what is not":  {Options{Inline: raw{}, Overrides: map[string]map[string]any{"a": {}}, Strict: true}, `override "a" matches no container`},
		"a pattern that matches none": {Options{Inline: raw{}, Overrides: map[string]map[string]any{"a.*": {}}, OverridePatterns: true, Strict: true}, `override "a.*" matches no container`},
		"a pattern that is none":      {Options{Inline: raw{}, Overrides: map[string]map[string]any{"(?!a)": {}}, OverridePatterns: true}, "key \"config_overrides\": invalid regular expression \"(?!a)\": error parsing regexp: invalid or unsupported Perl syntax: `(?!` (https://pkg.go.dev/regexp/syntax; there is no look-ahead)"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Load(tc.o); err == nil || err.Error() != tc.want {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}

func TestExecTargetsOfTheSameStepMustBeUpByThen(t *testing.T) {
	target := func(keys raw) raw {
		return raw{"a": raw{"action": "exec", "command": "b true", "start_order": 1}, "b": withImage(keys)}
	}
	for name, tc := range map[string]struct {
		inline raw
		want   string
	}{
		"a service that starts before": {target(raw{"restart": "always"}), ""},
		"a service of the same wave":   {target(raw{"restart": "always", "start_order": 1}), ""},
		"a target of an earlier step":  {raw{"a": raw{"action": "exec", "command": "elsewhere true"}}, ""},
		"a service that starts later":  {target(raw{"restart": "always", "start_order": 2}), `container "a": key "command": the target "b" starts later (start_order 2) than this exec (1)`},
		"a one-shot":                   {target(raw{"detach": false}), `container "a": key "command": the target "b" is no running service but of kind one-shot`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(Options{Inline: tc.inline})
			if got := fmt.Sprint(err); tc.want != "" && got != tc.want || tc.want == "" && err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestStepZeroIsReadLikeAnyOtherAndWithoutAStepOneIsAskedFor(t *testing.T) {
	for path, files := range map[string]map[string]string{
		"c.yml": {"c.yml": "step_0: {a: {image: x}}\nstep_1: {b: {image: y}}\n"},
		".":     {"step_0/a.yml": "image: x\n", "step_1/b.yml": "image: y\n"},
	} {
		o := Options{Step: 0, Path: filepath.Join(tree(t, files), path)}
		step, err := loadBothWays(t, o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a=x"}, summary(step)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
		o.Step = NoStep
		if _, err = Load(o); err == nil || !strings.Contains(err.Error(), "holds step_0, step_1: set step (--step) to one of them") {
			t.Errorf("%s without a step: %v", path, err)
		}
	}
	if step, err := Load(Options{Step: NoStep, Inline: raw{"a": raw{"image": "x"}}}); err != nil || len(step.Entries) != 1 {
		t.Errorf("a config of no step: %v, %v", step, err)
	}
}

func TestANameThatMatchesNothingIsAWarningUnlessAnotherStepHasIt(t *testing.T) {
	merged := "step_1: {a: {image: x}}\nstep_2: {b: {image: x}}\n"
	for name, tc := range map[string]struct {
		files map[string]string
		path  string
	}{
		"a merged file":           {map[string]string{"c.yml": merged}, "c.yml"},
		"a directory of steps":    {map[string]string{"step_1/a.yml": "image: x\n", "step_2/b.yml": "image: x\n"}, "."},
		"the directory of a step": {map[string]string{"step_1/a.yml": "image: x\n", "step_2/hashed-b.json": `{"image": "x"}`}, "step_1"},
	} {
		t.Run(name, func(t *testing.T) {
			step, err := Load(Options{
				Step: 1, Path: filepath.Join(tree(t, tc.files), tc.path), Containers: []string{"a", "b", "c"},
				Overrides: map[string]map[string]any{"b": {"image": "y"}, "nova_x": {"image": "y"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			want := []string{`override "nova_x" matches no container; ignored`, `containers: "c" is not in the config; ignored`}
			if diff := cmp.Diff(want, step.Warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOverridePatternsMatchTheBeginningOfNames(t *testing.T) {
	inline := raw{"nova_api": raw{"image": "x"}, "nova_api_cron": raw{"image": "x"}, "my_nova_api": raw{"image": "x"}}
	for pattern, want := range map[string][]string{
		"nova_api":  {"my_nova_api=x", "nova_api=y", "nova_api_cron=y"}, // as edpm_container_manage has it
		"nova_api$": {"my_nova_api=x", "nova_api=y", "nova_api_cron=x"},
		"nova_.*":   {"my_nova_api=x", "nova_api=y", "nova_api_cron=y"},
		".*api":     {"my_nova_api=y", "nova_api=y", "nova_api_cron=y"},
		"a|my_":     {"my_nova_api=y", "nova_api=x", "nova_api_cron=x"},
	} {
		step, err := Load(Options{Inline: inline, OverridePatterns: true, Overrides: map[string]map[string]any{pattern: {"image": "y"}}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, summary(step)); diff != "" {
			t.Errorf("%s: %s", pattern, diff)
		}
	}
}
