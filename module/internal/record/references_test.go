package record

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/config"
)

func TestReferencesAreReadFromEveryRecord(t *testing.T) {
	raw := map[string]any{"image": "web:1", "restart": "always", "net": "container:a", "requires": []any{"b"}, "volumes_from": "c:ro"}
	e, _, err := config.DecodeEntry("web", "", raw, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	own := NewDigester().Labels(e, "paunch", "step1", "0123456789abcdef", nil)
	for name, labels := range map[string]map[string]string{
		"our own":           own,
		"of paunch":         {LabelContainerName: "web", LabelLegacyConfig: `{"image": "web:1", "restart": "always", "net": "container:a", "requires": ["b"], "volumes_from": ["c:ro"]}`},
		"of its successors": {LabelContainerName: "web", LabelLegacyConfig: `{'image': 'web:1', 'restart': 'always', 'net': 'container:a', 'requires': ['b'], 'volumes_from': ['c:ro']}`},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, r := range References(labels) {
				got = append(got, r.What()+" "+r.Name)
			}
			if diff := cmp.Diff([]string{"shared network a", "requires b", "volumes_from c"}, got); diff != "" {
				t.Errorf("references (-want +got):\n%s", diff)
			}
			if !Restarts(labels) || fmt.Sprint(Values(labels, "network")) != "[container:a]" {
				t.Errorf("restarts %v, network %v", Restarts(labels), Values(labels, "network"))
			}
		})
	}
	for name, labels := range map[string]map[string]string{
		"no record": {}, "no reference": {LabelConfig: `{"image":["web:1"]}`}, "broken": {LabelConfig: `{"network":["container:a"`},
		"broken of an older tool": {LabelLegacyConfig: `{'net': 'container:a'`},
	} {
		if got := References(labels); len(got) > 0 || Restarts(labels) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheLabelOfReferencesReturnsTheIDs(t *testing.T) {
	labels := map[string]string{LabelReferences: ReferencesLabel(map[string]string{"b": "2", "a": "1"})}
	if got := labels[LabelReferences]; got != "a=1,b=2" {
		t.Errorf("label %q", got)
	}
	for name, want := range map[string]string{"a": "1", "b": "2", "c": "", "": ""} {
		if got := ReferredID(labels, name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
