package cli

import (
	"strings"
	"testing"
)

func rowsOf(actions ...string) [][]string {
	rows := make([][]string, len(actions))
	for i, a := range actions {
		rows[i] = []string{string(rune('a' + i)), a}
	}
	return rows
}

func TestASummaryFitsTheScreenAndKeepsWhatMatters(t *testing.T) {
	for name, c := range map[string]struct {
		actions    string
		height     int
		kept, rest string
	}{
		"it fits":                    {"created unchanged failed", 24, "abc", ""},
		"no height is known":         {"created unchanged failed", 0, "abc", ""},
		"what is unchanged goes":     {"unchanged created unchanged unchanged created", 7, "be", "not shown: 3 unchanged (--verbose shows all)"},
		"then what was changed":      {"created failed created unchanged not_reached removed", 7, "abe", "not shown: 1 unchanged, 1 removed, 1 created (--verbose shows all)"},
		"a failure goes last":        {"created failed created", 5, "b", "not shown: 2 created (--verbose shows all)"},
		"and even that where it has": {"failed failed failed", 5, "a", "not shown: 2 failed (--verbose shows all)"},
		"a screen of no use":         {"failed created", 1, "a", "not shown: 1 created (--verbose shows all)"},
	} {
		rows, rest := fitRows(rowsOf(strings.Fields(c.actions)...), c.height)
		kept := ""
		for _, r := range rows {
			kept += r[0]
		}
		if kept != c.kept || rest != c.rest {
			t.Errorf("%s: %s, %q; want %s, %q", name, kept, rest, c.kept, c.rest)
		}
	}
}
