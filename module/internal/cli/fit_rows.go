package cli

import (
	"fmt"
	"slices"
	"strings"
)

// aroundRows is how many lines a summary has besides its rows: header, what is left out, message, and the prompt.
const aroundRows = 4

// fitRows leaves out rows of a result until it fits a terminal of this height, and returns what to say about them. What
// is unchanged goes first, what failed or was not reached last. 0 is any height.
func fitRows(rows [][]string, height int) (kept [][]string, rest string) {
	room := max(1, height-aroundRows)
	if height == 0 || len(rows) <= room {
		return rows, ""
	}
	left := map[string]int{}
	var order []string
	kept = slices.Clone(rows)
	for rank := 0; rank <= ofProblems && len(kept) > room; rank++ {
		for i := len(kept) - 1; i >= 0 && (len(kept) > room || rank == ofUnchanged); i-- {
			action := kept[i][1]
			if rowRank(action) != rank {
				continue
			}
			if left[action]++; left[action] == 1 {
				order = append(order, action)
			}
			kept = slices.Delete(kept, i, i+1)
		}
	}
	parts := make([]string, len(order))
	for i, action := range order {
		parts[i] = fmt.Sprintf("%d %s", left[action], action)
	}
	return kept, fmt.Sprintf("not shown: %s (--verbose shows all)", strings.Join(parts, ", "))
}

// Ranks of rows: what has the lowest is left out first.
const (
	ofUnchanged = iota
	ofChanges
	ofProblems
)

func rowRank(action string) int {
	switch action {
	case "unchanged":
		return ofUnchanged
	case "failed", "not_reached":
		return ofProblems
	}
	return ofChanges
}
