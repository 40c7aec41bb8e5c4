package paunch

import (
	"strings"
	"testing"
)

// valid is a request that asks for something.
func valid() Request {
	r := Defaults()
	r.Step, r.Config = 1, map[string]any{}
	return r
}

func TestAUnitPrefixIsTheBeginningOfAUnitsName(t *testing.T) {
	for prefix, good := range map[string]bool{
		"": true, "tripleo": true, "edpm-2.x_y": true, "7": true, strings.Repeat("x", 64): true,
		strings.Repeat("x", 65): false, "a/b": false, "../x": false, "-a": false, "_a": false, ".a": false, " ": false,
		"a b": false, "a\n": false, "a@": false, "ä": false, "%i": false,
	} {
		r := valid()
		r.UnitPrefix = prefix
		err := r.normalise()
		if good && err != nil {
			t.Errorf("%q: %v", prefix, err)
		}
		if !good && (err == nil || !strings.Contains(err.Error(), "unit_prefix: ")) {
			t.Errorf("%q: got %v", prefix, err)
		}
	}
}

func TestEverySystemdModeCanBeAskedFor(t *testing.T) {
	for mode, good := range map[string]bool{SystemdAuto: true, SystemdAlways: true, SystemdNever: true, "": false, "yes": false} {
		r := valid()
		r.Systemd = mode
		if err := r.normalise(); (err == nil) != good {
			t.Errorf("%q: got %v", mode, err)
		}
	}
}
