package paunch

import (
	"runtime/debug"
	"testing"
)

func TestTheVersionIsTheLinkersElseThatOfTheModule(t *testing.T) {
	dependency := func(path, version string, replace *debug.Module) *debug.BuildInfo {
		return &debug.BuildInfo{Deps: []*debug.Module{{Path: "example.com/other", Version: "v9"}, {Path: path, Version: version, Replace: replace}}}
	}
	tests := map[string]struct {
		info *debug.BuildInfo
		want string
	}{
		"a dependency has the version of its module": {dependency(modulePath, "v1.2.3", nil), "v1.2.3"},
		"a replaced module is no release":            {dependency(modulePath, "v1.2.3", &debug.Module{Path: "../paunch"}), unreleased},
		"a module of a longer path is another one":   {dependency(modulePath+"/v2", "v2.0.0", nil), unreleased},
		"the main module's version names a commit":   {&debug.BuildInfo{Main: debug.Module{Path: modulePath, Version: "v0.0.0-20260101"}}, unreleased},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := versionIn(test.info); got != test.want {
				t.Errorf("version %q, want %q", got, test.want)
			}
		})
	}
	if got := Version(); got != unreleased {
		t.Errorf("the version of a test program is %q", got)
	}
}
