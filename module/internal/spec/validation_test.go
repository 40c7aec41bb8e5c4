package spec

import (
	"maps"
	"testing"

	"github.com/overcloud/paunch/module/internal/config"
)

// TestTheValidationOfAnyEntryIsOneThatPodmanTakes makes the throw-away entry of a sample of every key.
func TestTheValidationOfAnyEntryIsOneThatPodmanTakes(t *testing.T) {
	for key, all := range samples(t) {
		for _, sample := range all {
			for _, network := range []bool{false, true} {
				keys := maps.Clone(sample)
				keys["image"], keys["validate"], keys["validate_network"] = "web:1", "web -t", network
				e, _, err := config.DecodeEntry("web", "", keys, config.Options{})
				if err != nil {
					t.Fatalf("%s: %v", key, err)
				}
				v := e.Validation(e.Validate[0], func(string) bool { return false })
				if _, err := Generate(Request{Entry: v, Name: "web"}); err != nil {
					t.Errorf("%s, network %v: %v", key, network, err)
				}
			}
		}
	}
}
