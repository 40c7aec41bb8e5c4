package release

import "testing"

func TestReleasesAreReadAndCompared(t *testing.T) {
	for version, want := range map[string]Release{
		"4.9.4-rhel": New(4, 9), "5.4.2": New(5, 4), "5.10.0-dev": New(5, 10), "6.0": New(6, 0), "": {}, "5": {}, "a.b": {},
	} {
		if got := Of(version); got != want {
			t.Errorf("%q is %v, want %v", version, got, want)
		}
	}
	for _, c := range []struct {
		a, b Release
		want bool
	}{
		{New(4, 9), New(5, 0), true}, {New(5, 4), New(5, 10), true}, {New(5, 4), New(5, 4), false}, {New(5, 10), New(5, 4), false}, {Release{}, New(4, 3), false},
	} {
		if c.a.Before(c.b) != c.want {
			t.Errorf("%v before %v: %v", c.a, c.b, !c.want)
		}
	}
}
