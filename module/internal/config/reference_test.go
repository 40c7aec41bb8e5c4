package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReferencesAreReadFromEveryKeyThatNamesAContainer(t *testing.T) {
	e, _, err := DecodeEntry("web", "", withImage(raw{
		"net": "container:a", "ipc": "container:b", "pid_mode": "container:c", "uts": "container:d",
		"userns": "container:e", "cgroupns": "container:f", "requires": []any{"a", "g,h"}, "volumes_from": []any{"a:ro,z", "i"},
	}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range e.References() {
		got = append(got, fmt.Sprintf("%s %s %v", r.What(), r.Name, r.Binds()))
	}
	want := []string{
		"shared cgroupns f true", "shared ipc b true", "shared network a true", "shared pid c true",
		"requires a true", "requires g true", "requires h true", "shared userns e true", "shared uts d true",
		"volumes_from a false", "volumes_from i false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
	e = e.Redirected(map[string]string{"a": "1", "h": "8", "c": "3"})
	for flag, want := range map[string]string{
		"network": "container:1", "pid": "container:3", "ipc": "container:b", "requires": "1 g,8", "volumes-from": "1:ro,z i",
	} {
		if got := strings.Join(e.Option(flag), " "); got != want {
			t.Errorf("%s redirected: got %s, want %s", flag, got, want)
		}
	}
}

func TestOtherValuesOfTheSameKeysReferToNoContainer(t *testing.T) {
	e, _, err := DecodeEntry("web", "", withImage(raw{"net": "host", "ipc": "private", "pid": "ns:/proc/1/ns/pid", "userns": "keep-id"}), Options{})
	if err != nil || len(e.References()) > 0 {
		t.Errorf("got %v, %v", e.References(), err)
	}
}

func TestReferencesWithinAStepMustBePossible(t *testing.T) {
	service := func(more ...any) raw {
		e := withImage(raw{"restart": "always"})
		for i := 0; i+1 < len(more); i += 2 {
			e[more[i].(string)] = more[i+1]
		}
		return e
	}
	for name, tc := range map[string]struct {
		inline raw
		want   string
	}{
		"an entry of the same wave":         {raw{"a": service("requires", "b"), "b": service()}, ""},
		"a container of another step":       {raw{"a": service("net", "container:elsewhere")}, ""},
		"the volumes of a stopped entry":    {raw{"a": service("volumes_from", "b"), "b": withImage(raw{"state": "stopped"})}, ""},
		"the volumes of a job":              {raw{"a": service("volumes_from", "b"), "b": withImage(raw{"detach": false})}, ""},
		"an entry that starts later":        {raw{"a": service("net", "container:b"), "b": service("start_order", 1)}, `container "a": key "net": "b" starts later (start_order 1) than this (0)`},
		"the entry itself":                  {raw{"a": service("pid", "container:a")}, `container "a": key "pid": refers to the entry itself`},
		"two entries that need each other":  {raw{"a": service("net", "container:b"), "b": service("requires", "a")}, `container "a": refers to itself through others: a -> b -> a`},
		"a longer cycle":                    {raw{"a": service("requires", "b"), "b": service("volumes_from", "c:ro"), "c": service("ipc", "container:b")}, `container "b": refers to itself through others: b -> c -> b`},
		"the namespace of a job":            {raw{"a": service("net", "container:b"), "b": withImage(raw{"detach": false})}, `container "a": key "net": "b" is not a running service but of kind one-shot; order the two by start_order`},
		"a requirement of a stopped entry":  {raw{"a": service("requires", "b"), "b": withImage(raw{"state": "stopped"})}, `container "a": key "requires": "b" is not a running service but of kind stopped; order the two by start_order`},
		"an exec":                           {raw{"a": service("volumes_from", "b"), "b": raw{"action": "exec", "command": "c true"}}, `container "a": key "volumes_from": "b" is an exec and has no container of its own`},
		"the volumes of a job that is gone": {raw{"a": service("volumes_from", "b"), "b": withImage(raw{"detach": false, "remove": true})}, `container "a": key "volumes_from": "b" leaves no container: remove is set`},
		"nothing":                           {raw{"a": service("net", "container:")}, `container "a": key "net": names no container`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(Options{Inline: tc.inline})
			if got := fmt.Sprint(err); tc.want != "" && got != tc.want || tc.want == "" && err != nil {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}
