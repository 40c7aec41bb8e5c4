// Command bench measures what an apply of paunch costs beside what people use instead (peers) and beside what no program
// that does the same can beat (floors): the same containers on one Podman of its own, in one run, in turns. It writes
// docs/benchmarks.md, its numbers as JSON and a chart. Times of different runs are not comparable.
package main
