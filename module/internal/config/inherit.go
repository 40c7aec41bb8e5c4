package config

import "strings"

// Inherit notes in each entry what its variables without a value take from an environment of NAME=value.
func Inherit(entries []Entry, environ []string) {
	for i := range entries {
		if entries[i].Kind != Exec {
			entries[i].Inherited = inherited(entries[i].Option("env"), environ)
		}
	}
}

// inherited returns the variables that bare names mean. As with podman, a name that ends with * means all that
// begin so, and of a value and a bare name the later one wins.
func inherited(variables, environ []string) map[string]string {
	found := map[string]string{}
	for _, v := range variables {
		name, _, hasValue := strings.Cut(v, "=")
		if hasValue {
			delete(found, name)
			continue
		}
		begin, isPattern := strings.CutSuffix(name, "*")
		for _, kv := range environ {
			n, value, ok := strings.Cut(kv, "=")
			if ok && (n == name || isPattern && strings.HasPrefix(n, begin)) {
				found[n] = value
			}
		}
	}
	return found
}
