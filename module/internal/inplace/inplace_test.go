package inplace

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/release"
)

func TestWhatIsChangedInPlaceIsAnOptionOfAContainer(t *testing.T) {
	known := map[string]bool{"restart": true}
	for _, k := range config.Keys() {
		known[k.Flag] = true
	}
	for _, flag := range Flags() {
		if !known[flag] {
			t.Errorf("%s is no option", flag)
		}
	}
}

func TestTheNewestOptionOfAChangeDecidesWhichPodmanCanMakeIt(t *testing.T) {
	set := map[string][]string{"memory": {"1g"}, "health-cmd": {"true"}, "health-interval": {"5s"}, "user": {"root"}}
	for name, c := range map[string]struct {
		keys []string
		want release.Release
		yes  bool
	}{
		"a limit":             {[]string{"memory"}, release.New(5, 1), true},
		"a check and a limit": {[]string{"health-interval", "memory"}, release.New(5, 4), true},
		"a user":              {[]string{"user"}, release.Release{}, false},
		"a limit and a user":  {[]string{"memory", "user"}, release.Release{}, false},
		"nothing":             {nil, release.Release{}, false},
	} {
		since, yes := Change{Keys: c.keys, Then: set, Now: set, IsHidden: func([]string) bool { return false }}.Possible()
		if since != c.want || yes != c.yes {
			t.Errorf("%s: %v %v", name, since, yes)
		}
	}
}

func TestOptionsAreSentWithThoseThatTheyAreTakenTogetherWith(t *testing.T) {
	want := []string{"cpu-shares", "memory", "memory-swap"}
	if diff := cmp.Diff(want, Sent([]string{"memory-swap", "cpu-shares"})); diff != "" {
		t.Error(diff)
	}
}
