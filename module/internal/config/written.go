package config

import "fmt"

// Written returns one entry's keys as the config spells them, with the overrides in. The config is one that
// Load took.
func Written(o Options, name string) (map[string]any, error) {
	r := read(o)
	for _, w := range r.entries {
		if w.name == name {
			return w.keys, Join(r.problems)
		}
	}
	if err := Join(r.problems); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("container %q is not in the config", name)
}
