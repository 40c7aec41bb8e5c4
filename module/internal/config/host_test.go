package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hostStep decodes entries for a host check.
func hostStep(t *testing.T, inline raw, o Options) Step {
	t.Helper()
	o.Inline = inline
	step, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return step
}

func TestCheckHostFindsEverythingThatIsMissing(t *testing.T) {
	dir := tree(t, map[string]string{
		"here/": "", "good.env": "# comment\n\n  A=b\nHOME\nB*\n", "bad.env": "A=1\n=hunter2\n",
		"bad.label": "a b=c\n", "reserved.label": "a=b\n paunch_done=exec\n", "long.env": "A=" + strings.Repeat("x", maxVariablesLine), "nul.env": "A=b\x00c\n", "file": "",
	})
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, tc := range map[string]struct {
		keys raw
		o    Options
		want []string // after container "web":
	}{
		"sources that exist":           {raw{"volumes": []any{path("here") + ":/a", path("file") + ":/b:ro", "/anonymous"}}, Options{}, nil},
		"a source that is missing":     {raw{"volumes": []any{path("gone") + ":/a:ro,z"}}, Options{}, []string{`key "volumes": the source $/gone does not exist`}},
		"every source that is missing": {raw{"volume": []any{path("gone") + ":/a", path("lost") + ":/b"}}, Options{}, []string{`key "volume": the source $/gone does not exist`, `key "volume": the source $/lost does not exist`}},
		"a source below a file":        {raw{"volumes": path("file/x") + ":/a"}, Options{}, []string{`key "volumes": the source $/file/x cannot be read: not a directory`}},
		"a bind mount's source":        {raw{"mount": "type=bind,source=" + path("gone") + ",dst=/a"}, Options{}, []string{`key "mount": the source $/gone does not exist`}},
		"mounts without a source":      {raw{"mount": []any{"type=tmpfs,dst=/a", "type=image,src=x,dst=/b"}, "tmpfs": "/c"}, Options{}, nil},
		"a volume that exists":         {raw{"volumes": "data:/a"}, Options{}, nil},
		"a volume that is missing":     {raw{"volumes": "dat:/a"}, Options{}, []string{`key "volumes": the volume dat does not exist: podman volume create dat`}},
		"a mounted volume":             {raw{"mount": "type=volume,src=dat,dst=/a"}, Options{}, []string{`key "mount": the volume dat does not exist: podman volume create dat`}},
		"an env file":                  {raw{"env_file": path("good.env")}, Options{}, nil},
		"an env file that is missing":  {raw{"env_file": []any{path("gone")}}, Options{}, []string{`key "env_file": the file $/gone does not exist`}},
		"a directory as env file":      {raw{"env_file": path("here")}, Options{}, []string{`key "env_file": $/here is not a regular file`}},
		"a bad line is not quoted":     {raw{"env_file": path("bad.env")}, Options{}, []string{`key "env_file": line 2 of $/bad.env has no name before the equals sign`}},
		"a line without end":           {raw{"env_file": path("long.env")}, Options{}, []string{`key "env_file": line 1 of $/long.env is longer than 65536 bytes`}},
		"a NUL in an env file":         {raw{"env_file": path("nul.env")}, Options{}, []string{`key "env_file": line 1 of $/nul.env holds a NUL byte`}},
		"a bad label file":             {raw{"label_file": path("bad.label")}, Options{}, []string{`key "label_file": line 1 of $/bad.label has a blank in its name`}},
		"a reserved label in a file":   {raw{"label_file": path("reserved.label")}, Options{}, []string{`key "label_file": line 2 of $/reserved.label is not allowed: the label "paunch_done" is reserved: only paunch sets it`}},
		"a log directory to be made":   {raw{}, Options{LogPath: path("here/new/logs")}, nil},
		"a log directory in a file":    {raw{}, Options{LogPath: path("file/logs")}, []string{`key "log_path": the log directory $/file/logs cannot be read: not a directory`}},
		"a log directory that is one":  {raw{}, Options{LogPath: path("file")}, []string{`key "log_path": the log directory needs $/file, which is not a directory`}},
	} {
		t.Run(name, func(t *testing.T) {
			step := hostStep(t, raw{"web": withImage(tc.keys)}, tc.o)
			var got []string
			for _, p := range Problems(CheckHost(step, OS{}, map[string]bool{"data": true})) {
				text := strings.ReplaceAll(p.Error(), dir, "$")
				got = append(got, strings.TrimPrefix(text, `container "web": `))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOfAnotherHostOnlyFilesThatAreReadHereAreChecked is about a Podman that is reached over the network.
func TestOfAnotherHostOnlyFilesThatAreReadHereAreChecked(t *testing.T) {
	dir := tree(t, map[string]string{"bad.env": "=x\n", "reserved.label": "paunch_done=exec\n"})
	path := func(name string) string { return filepath.Join(dir, name) }
	step := hostStep(t, raw{"web": withImage(raw{
		"volumes": path("gone") + ":/a", "env_file": []any{path("bad.env"), path("gone.env")}, "label_file": path("reserved.label"),
	})}, Options{LogPath: path("bad.env")})
	var got []string
	for _, p := range Problems(CheckFiles(step, OS{})) {
		got = append(got, p.Key)
	}
	if diff := cmp.Diff([]string{"env_file", "env_file", "label_file"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsMissingIsToldFromWhatIsWrong(t *testing.T) {
	dir := tree(t, map[string]string{"file": "", "bad.env": "=x\n"})
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, tc := range map[string]struct {
		step     raw
		o        Options
		warnings []string
		rest     string
	}{
		"nothing": {raw{"web": withImage(raw{"volumes": path("file") + ":/a"})}, Options{}, nil, ""},
		"a source that two want": {
			raw{"a": withImage(raw{"volumes": path("x") + ":/a"}), "b": withImage(raw{"mount": "type=bind,src=" + path("x") + ",dst=/a"})},
			Options{},
			[]string{"the source $/x does not exist: a run would fail unless it is there by then (wanted by a, b)"},
			"",
		},
		"an env file and a source": {
			raw{"a": withImage(raw{"volumes": []any{path("y") + ":/a", path("x") + ":/b"}, "env_file": path("gone")})},
			Options{},
			[]string{
				"the file $/gone does not exist: a run would fail unless it is there by then (wanted by a)",
				"the source $/y does not exist: a run would fail unless it is there by then (wanted by a)",
				"the source $/x does not exist: a run would fail unless it is there by then (wanted by a)",
			},
			"",
		},
		"what no directory would fix": {
			raw{"a": withImage(raw{"volumes": []any{path("file/x") + ":/a", "dat:/b", path("x") + ":/c"}, "env_file": path("bad.env")})},
			Options{LogPath: path("file")},
			[]string{"the source $/x does not exist: a run would fail unless it is there by then (wanted by a)"},
			`4 problems:
  container "a": key "env_file": line 1 of $/bad.env has no name before the equals sign
  container "a": key "log_path": the log directory needs $/file, which is not a directory
  container "a": key "volumes": the source $/file/x cannot be read: not a directory
  container "a": key "volumes": the volume dat does not exist: podman volume create dat`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			warnings, rest := SplitMissing(CheckHost(hostStep(t, tc.step, tc.o), OS{}, map[string]bool{}))
			for i := range warnings {
				warnings[i] = strings.ReplaceAll(warnings[i], dir, "$")
			}
			if diff := cmp.Diff(tc.warnings, warnings); diff != "" {
				t.Error(diff)
			}
			text := ""
			if rest != nil {
				text = strings.ReplaceAll(rest.Error(), dir, "$")
			}
			if diff := cmp.Diff(tc.rest, text); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCheckHostNamesTheFileThatTheEntryCameFrom(t *testing.T) {
	dir := tree(t, map[string]string{"a.json": `{"image": "x", "volumes": ["/nonexistent:/a"]}`})
	step, err := Load(Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`container "a": key "volumes": the source /nonexistent does not exist (%s/a.json)`, dir)
	if err := CheckHost(step, OS{}, nil); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

// counting counts looks at the host's files.
type counting struct {
	OS
	stats map[string]int
}

func (c counting) Stat(path string) (os.FileInfo, error) {
	c.stats[path]++
	return c.OS.Stat(path)
}

func TestAPathThatManyContainersShareIsLookedAtOnce(t *testing.T) {
	inline := raw{}
	for i := range 50 {
		inline[fmt.Sprint("c", i)] = withImage(raw{"volumes": "/etc:/a"})
	}
	host := counting{stats: map[string]int{}}
	if err := CheckHost(hostStep(t, inline, Options{LogPath: "/tmp"}), host, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"/etc": 1, "/tmp": 1}, host.stats); diff != "" {
		t.Error(diff)
	}
}

func TestVolumesAreObservedOnlyWhereOneIsNamed(t *testing.T) {
	for name, tc := range map[string]struct {
		keys raw
		want bool
	}{
		"bind mounts":        {raw{"volumes": []any{"/a:/a", "/b:/b:ro"}}, false},
		"anonymous volumes":  {raw{"volumes": "/a"}, false},
		"a named volume":     {raw{"volumes": "data:/a"}, true},
		"a mounted volume":   {raw{"mount": "type=volume,source=data,dst=/a"}, true},
		"a mount without it": {raw{"mount": "type=volume,dst=/a"}, false},
		"nothing":            {raw{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			step := hostStep(t, raw{"web": withImage(tc.keys)}, Options{})
			if got := NeedsVolumes(step); got != tc.want {
				t.Errorf("got %v", got)
			}
			if err := CheckHost(step, allThere{}, nil); err != nil {
				t.Errorf("volumes that are not known are not checked: %v", err)
			}
		})
	}
}

// allThere has every path.
type allThere struct{ OS }

func (allThere) Stat(string) (os.FileInfo, error) { return os.Stat("/") }
