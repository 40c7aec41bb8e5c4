package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExistingVolumesTakeThePlacesOfAnonymousOnes(t *testing.T) {
	for name, test := range map[string]struct {
		raw  map[string]any
		at   string
		want []Option
	}{
		"a volume of the entry": {
			map[string]any{"volumes": []any{"/data", "/other", "/srv:/x:ro"}},
			"/data",
			[]Option{{Flag: "volume", Key: "volumes", Values: []string{"VOLUME:/data", "/other", "/srv:/x:ro"}}},
		},
		"with a slash at its end": {
			map[string]any{"volumes": []any{"/data/"}},
			"/data",
			[]Option{{Flag: "volume", Key: "volumes", Values: []string{"VOLUME:/data/"}}},
		},
		"a mount of the entry": {
			map[string]any{"mounts": []any{"type=volume,dst=/data,ro", "type=bind,src=/srv,dst=/x"}},
			"/data",
			[]Option{{Flag: "mount", Key: "mounts", Values: []string{"type=volume,dst=/data,ro,src=VOLUME", "type=bind,src=/srv,dst=/x"}}},
		},
		"a mount with an empty source": {
			map[string]any{"mounts": []any{"type=volume,source=,destination=/data"}},
			"/data",
			[]Option{{Flag: "mount", Key: "mounts", Values: []string{"type=volume,destination=/data,src=VOLUME"}}},
		},
		"a VOLUME of the image": {
			map[string]any{"user": "root", "workdir": "/"},
			"/data",
			[]Option{{Flag: "user", Key: "user", Values: []string{"root"}}, {Flag: "volume", Key: "volumes", Values: []string{"VOLUME:/data"}}, {Flag: "workdir", Key: "workdir", Values: []string{"/"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.raw["image"] = "x"
			e, _, err := DecodeEntry("x", "", test.raw, Options{})
			if err != nil {
				t.Fatal(err)
			}
			before := cmp.Diff(e, Entry{})
			got := e.WithVolumes([]AnonymousVolume{{Name: "VOLUME", Path: test.at}})
			if diff := cmp.Diff(test.want, got.Options); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
			if before != cmp.Diff(e, Entry{}) {
				t.Error("the entry itself was changed")
			}
		})
	}
}
