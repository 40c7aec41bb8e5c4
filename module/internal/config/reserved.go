package config

import (
	"fmt"
	"slices"
	"strings"
)

// reservedPrefix begins the labels that only paunch sets, those of later versions too.
const reservedPrefix = "paunch_"

// ReservedLabel reports whether only paunch may set a label of this name: it says whose a container is, or what it
// was made from. Neither an entry, nor a label file, nor an image can set it.
func ReservedLabel(name string) bool {
	return strings.HasPrefix(name, reservedPrefix) ||
		slices.Contains([]string{"managed_by", "config_id", "container_name", "config_data"}, name)
}

func reservedError(label string) error {
	return fmt.Errorf("the label %q is reserved: only paunch sets it", label)
}

// WithoutReserved returns the keys of an entry without the reserved labels. An older tool that allowed them recorded
// them; its container is compared without them.
func WithoutReserved(keys map[string]any) map[string]any {
	out := make(map[string]any, len(keys))
	for key, v := range keys {
		if key == "label" || key == "labels" {
			v = withoutReserved(normal(v))
		}
		out[key] = v
	}
	return out
}

func withoutReserved(v any) any {
	switch v := v.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, value := range v {
			if !ReservedLabel(name) {
				kept[name] = value
			}
		}
		return kept
	case []any:
		return slices.DeleteFunc(slices.Clone(v), func(e any) bool {
			pair, ok := e.(string)
			return ok && ReservedLabel(nameOfPair(pair))
		})
	case string:
		if ReservedLabel(nameOfPair(v)) {
			return nil
		}
	}
	return v
}
