package config

import (
	"slices"
	"strings"
)

// WithSecretNames returns the entry with other names of its secrets: what it asks for stays the same inside of the
// container, where a secret without a target has the name that the config gives it.
func (e Entry) WithSecretNames(realName func(string) string) Entry {
	at := slices.IndexFunc(e.Options, func(o Option) bool { return o.Flag == "secret" })
	if at < 0 {
		return e
	}
	e.Options = slices.Clone(e.Options)
	option := e.Options[at]
	option.Values = slices.Clone(option.Values)
	for i, v := range option.Values {
		name, rest, _ := strings.Cut(v, ",")
		real := realName(name)
		if real == name {
			continue
		}
		words := []string{real}
		if rest != "" {
			words = append(words, rest)
		}
		if !strings.Contains(","+rest, ",target=") {
			words = append(words, "target="+name)
		}
		option.Values[i] = strings.Join(words, ",")
	}
	e.Options[at] = option
	return e
}
