package paunch

import "runtime/debug"

// modulePath is this module's path, as go.mod has it.
const modulePath = "github.com/overcloud/paunch"

// unreleased is the version of a build that nobody numbered.
const unreleased = "0.0.0-dev"

// version is the collection's version, set by the linker (scripts/build.sh). Nothing else writes it.
var version string

// Version returns the version of the program: the collection's. In a program that uses the library it is the version
// of the module as its go.mod names it, and "0.0.0-dev" where there is none.
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unreleased
	}
	return versionIn(info)
}

// versionIn returns the version of this module as a dependency. The main module's is left out: it names a commit where
// the program was built, not a release.
func versionIn(info *debug.BuildInfo) string {
	for _, dependency := range info.Deps {
		if dependency.Replace != nil || dependency.Path != modulePath {
			continue
		}
		return dependency.Version
	}
	return unreleased
}
