package cli

import (
	"testing"

	"github.com/overcloud/paunch/module/paunch"
)

func TestAWordResemblesANameThatASlipMakesOfIt(t *testing.T) {
	for _, c := range []struct {
		word, name string
		want       bool
	}{
		{"config_id", "config-id", true},
		{"confg-id", "config-id", true},
		{"managed", "managed-by", true},
		{"outptu", "output", true},
		{"file", "file", true},
		{"nonsense", "config-id", false},
		{"x", "step", false},
		{"abcd", "step", false},
	} {
		if got := resembles(c.word, c.name); got != c.want {
			t.Errorf("%s for %s: %v", c.word, c.name, got)
		}
	}
}

func TestAnEmptyListSaysWhichManagersThereAre(t *testing.T) {
	if got := managers(nil); got != "no managed containers" {
		t.Error(got)
	}
	got := managers([]paunch.Listed{{ManagedBy: "tripleo", ConfigID: "s1"}, {ManagedBy: "edpm", ConfigID: "a"}, {ManagedBy: "tripleo", ConfigID: "s1"}, {ManagedBy: "tripleo", ConfigID: "s2"}})
	if got != "edpm has 1 (a); tripleo has 3 (s1, s2)" {
		t.Error(got)
	}
}
