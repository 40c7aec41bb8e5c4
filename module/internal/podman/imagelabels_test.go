package podman

import (
	"testing"

	"github.com/containers/podman/v5/pkg/domain/entities/types"
	"github.com/google/go-cmp/cmp"
)

func TestALabelThatNewContainerWouldInheritIsOverridden(t *testing.T) {
	listed := []*types.ImageSummary{
		{ID: "sha256:aa", RepoTags: []string{"reg.example/marked:1"}, Labels: map[string]string{"paunch_done": "exec", "managed_by": "x", "kept": "1"}},
		{ID: "sha256:bb", RepoTags: []string{"reg.example/plain:1"}, Labels: map[string]string{"kept": "1"}},
	}
	c := &Client{}
	c.noteImages(newImageLabels(listed, indexImages(listed)))
	own := map[string]string{"managed_by": "paunch", "paunch_config": "{}"}
	for image, want := range map[string]map[string]string{
		"reg.example/plain:1":  own,
		"reg.example/marked:1": {"managed_by": "paunch", "paunch_config": "{}", "paunch_done": ""},
	} {
		got, err := c.override(t.Context(), image, own)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", image, err, diff)
		}
	}
	seen := fromListing(&types.ListContainer{Labels: map[string]string{"paunch_done": "", "kept": "", "managed_by": "paunch"}})
	if diff := cmp.Diff(map[string]string{"kept": "", "managed_by": "paunch"}, seen.Labels); diff != "" {
		t.Errorf("an empty reserved label counts as none:\n%s", diff)
	}
}
