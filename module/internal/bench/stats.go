package main

import (
	"cmp"
	"slices"
)

// spread is a median with the least and the greatest of its values.
type spread struct {
	Median float64 `json:"median"`
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
}

// median returns the middle of values, or the mean of the two in the middle.
func median[T cmp.Ordered](values []T, mean func(a, b T) T) T {
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return mean(sorted[half-1], sorted[half])
	}
	return sorted[half]
}

func spreadOf(values []float64) spread {
	return spread{
		Median: median(values, func(a, b float64) float64 { return (a + b) / 2 }),
		Least:  slices.Min(values), Most: slices.Max(values),
	}
}

// ratios divides the values of the same rounds, which were measured within minutes of each other.
func ratios(of, by []float64) spread {
	quotients := make([]float64, min(len(of), len(by)))
	for i := range quotients {
		quotients[i] = of[i] / by[i]
	}
	return spreadOf(quotients)
}
