package config

import "fmt"

// didYouMean ends a message about an unknown word with the nearest known one.
func didYouMean(word string, known []string) string {
	best, bestDistance := "", 1+max(1, min(3, len(word)/3))
	for _, k := range known {
		if d := distance(word, k, bestDistance+1); d < bestDistance || d == bestDistance && best != "" && len(k) > len(best) {
			best, bestDistance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %q?", best)
}

// distance counts the letters to insert, delete or replace; it may stop counting at limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
