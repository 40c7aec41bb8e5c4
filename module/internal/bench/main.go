// Command bench measures an apply of many containers side by side with what it cannot beat (bare
// create and start calls at the same parallelism) and with what people use instead, all on one Podman
// of its own in one run, and prints ratios. Times of different runs are not comparable.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sort"
	"text/tabwriter"
	"time"

	"github.com/overcloud/paunch/module/internal/testbed"
)

func main() {
	containers := flag.Int("containers", 50, "containers of the step")
	rounds := flag.Int("rounds", 3, "rounds; the median counts")
	parallel := flag.Int("parallel", 4, "containers at a time")
	legacy := flag.String("paunch", "", "the command of paunch 7.0.4 (Python), to be measured too")
	flag.Parse()
	if err := bench(*containers, *rounds, *parallel, *legacy); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// contender is one way to do the work. What is compared with bare calls begins on an empty Podman, the
// others on what the one before them made.
type contender struct {
	name string
	run  func(context.Context) error
	base string // whose time it is compared with
}

func bench(containers, rounds, parallel int, legacy string) error {
	bed, err := testbed.New()
	if err != nil {
		return err
	}
	defer func() { _ = bed.Remove() }() // a temporary directory
	if err := bed.StartService(); err != nil {
		return err
	}
	b := &work{bed: bed, containers: containers, parallel: parallel}
	times := map[string][]time.Duration{}
	contenders := b.contenders(legacy)
	for range rounds {
		for _, c := range contenders {
			if err := b.measure(c, times); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	return print(contenders, times, containers, rounds, parallel)
}

func (b *work) measure(c contender, times map[string][]time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if c.base == bare {
		if err := b.empty(ctx); err != nil {
			return err
		}
	}
	began := time.Now()
	if err := c.run(ctx); err != nil {
		return err
	}
	times[c.name] = append(times[c.name], time.Since(began))
	return nil
}

func median(all []time.Duration) time.Duration {
	sorted := append([]time.Duration(nil), all...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i] < sorted[j] })
	return sorted[len(sorted)/2]
}

func print(contenders []contender, times map[string][]time.Duration, containers, rounds, parallel int) error {
	_, _ = fmt.Fprintf(os.Stdout, "%d containers, %d at a time, median of %d rounds\n\n", containers, parallel, rounds)
	t := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "\tseconds\tratio") // Flush returns the error
	for _, c := range contenders {
		own, base := median(times[c.name]), median(times[c.base])
		_, _ = fmt.Fprintf(t, "%s\t%.2f\t%.2f x %s\n", c.name, own.Seconds(), own.Seconds()/base.Seconds(), c.base)
	}
	return t.Flush()
}
