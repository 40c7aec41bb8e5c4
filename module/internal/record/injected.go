package record

import (
	"slices"
	"strings"
)

// injectedVariables are the variables into which older tools put a hash of the files that configure a container, so
// that a changed file changes its environment.
var injectedVariables = []string{"TRIPLEO_CONFIG_HASH", "EDPM_CONFIG_HASH"}

// keyEnv holds the variables of a container or an exec.
const keyEnv = "env"

// withoutInjected takes the hashes that an older tool injected out of both records, where one side only has them: the
// tool writes its definitions again in each run and injects the hash afterwards. Whether the files changed is then for
// our own hashes to tell. Two hashes that differ are a change like any other.
func withoutInjected(now, then Record) (Record, Record) {
	for _, name := range injectedVariables {
		if hasValue(now[keyEnv], name) == hasValue(then[keyEnv], name) {
			continue
		}
		now, then = withoutVariable(now, name), withoutVariable(then, name)
	}
	return now, then
}

// hasValue reports whether a variable has a value: an empty one is what a template leaves of an unset hash.
func hasValue(env []string, name string) bool {
	return slices.ContainsFunc(env, func(v string) bool {
		n, value, _ := strings.Cut(v, "=")
		return n == name && value != ""
	})
}

func withoutVariable(r Record, name string) Record {
	out := Record{}
	for key, values := range r {
		out[key] = values
	}
	out[keyEnv] = slices.DeleteFunc(slices.Clone(r[keyEnv]), func(v string) bool {
		n, _, _ := strings.Cut(v, "=")
		return n == name
	})
	return out
}
