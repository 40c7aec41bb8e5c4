package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// options are those of the command line.
type options struct {
	sizes, peers, page, title, dir string
	command, commit, readme        string
	rounds, waves                  int
	quick                          bool
	tools                          tools
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == floorArgument {
		exit(runFloor(os.Args[2:]))
	}
	var o options
	flag.StringVar(&o.sizes, "sizes", "20,50", "numbers of containers")
	flag.IntVar(&o.rounds, "rounds", 5, "timed rounds")
	flag.IntVar(&o.waves, "waves", 1, "waves of a step")
	flag.BoolVar(&o.quick, "quick", false, "of slow peers, measure only what the goals need")
	flag.StringVar(&o.peers, "peers", "", "regular expression of the peers to measure")
	flag.StringVar(&o.dir, "docs", "docs", "directory of the page")
	flag.StringVar(&o.page, "page", "benchmarks", "name of the page")
	flag.StringVar(&o.title, "title", "Benchmarks", "title of the page")
	flag.StringVar(&o.command, "command", "make bench", "command that the page names")
	flag.StringVar(&o.readme, "readme", "", "page that quotes the results between its marks")
	flag.StringVar(&o.commit, "commit", "unknown", "commit that the page names")
	flag.StringVar(&o.tools.paunch, "paunch", "build/paunch", "this project's command line")
	flag.StringVar(&o.tools.legacy, "legacy", "", "the command of paunch 7.0.4")
	flag.StringVar(&o.tools.podmanCompose, "podman-compose", "", "podman-compose")
	flag.StringVar(&o.tools.playbook, "ansible-playbook", "", "ansible-playbook")
	flag.StringVar(&o.tools.collections, "collections", "", "directories of Ansible's collections")
	flag.Parse()
	exit(run(o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(o options) (err error) {
	sizes, err := numbers(o.sizes)
	if err != nil {
		return err
	}
	wanted, err := regexp.Compile(o.peers)
	if err != nil {
		return err
	}
	b, err := newBench(plan{sizes: sizes, rounds: o.rounds, waves: o.waves, tools: o.tools, log: os.Stderr})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.removeForeign(), b.bed.Remove()) }()
	b.tools.runtime = findRuntime(b)
	for _, p := range allPeers(b.tools, o.quick) {
		if wanted.MatchString(p.name) {
			b.peers = append(b.peers, p)
		}
	}
	where, err := b.describe(o.commit)
	if err != nil {
		return err
	}
	if err := b.run(); err != nil {
		return err
	}
	found := b.results(where, o.command)
	if err := found.write(o.dir, o.page, o.title); err != nil || o.readme == "" {
		return err
	}
	return found.quoteIn(o.readme, o.page)
}

func numbers(list string) ([]int, error) {
	var found []int
	for _, word := range strings.Split(list, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("invalid number of containers %q", word)
		}
		found = append(found, n)
	}
	return found, nil
}
