package main

import "fmt"

// goal is a ratio that this project wants to reach, of times in the same rounds.
type goal struct {
	text    string
	of, by  key
	limit   float64
	atLeast bool   // else at most
	why     string // where it is not reached: what takes the time
}

// goals are those of the issue that began this page. Where the divisor is a peer, it must take that many times as long.
func goals() []goal {
	atMost := func(limit float64, of, by key, text, why string) goal {
		return goal{text: text, of: of, by: by, limit: limit, why: why}
	}
	atLeast := func(limit float64, of, by key, text, why string) goal {
		return goal{text: text, of: of, by: by, limit: limit, atLeast: true, why: why}
	}
	k := func(n int, peer string, s step) key { return key{n, peer, s} }
	return []goal{
		atMost(1.05, k(50, ours, cold), k(50, bare, cold), "cold, by bare REST calls", whyCold),
		atMost(1.2, k(50, ours, noop), k(50, shellLoop, listing), "nothing changed, by one `podman ps -a`", whyNoop),
		atMost(2, k(50, ours, one), k(50, bare, one), "one of 50 changed, by create, stop, start and remove of one", whyOne),
		atMost(1.05, k(50, ours, remove), k(50, shellLoop, remove), "delete, by `podman rm -f` of all", whyDelete),
		atLeast(100, k(50, legacy, noop), k(50, ours, noop), "Python paunch, nothing changed, by ours", whyLegacy),
		atLeast(5, k(50, legacy, cold), k(50, ours, cold), "Python paunch, cold, by ours", whyLegacy),
		atLeast(4.5, k(50, legacy, remove), k(50, ours, remove), "Python paunch, delete, by ours", whyLegacy),
		atLeast(15, k(20, podmanModule, cold), k(20, oursAnsible, cold), "a loop of `podman_container`, cold, by one task of ours", whyAnsible),
		atLeast(15, k(20, podmanModule, noop), k(20, oursAnsible, noop), "a loop of `podman_container`, nothing changed, by one task of ours", whyAnsible),
		atMost(1.1, k(1000, ours, noop), k(1000, shellLoop, listing), "nothing changed of 1000, by one `podman ps -a`", whyNoop),
	}
}

// What takes the time, from the requests and profiles of our own runs; each is printed where its goal is not reached.
const (
	whyCold = "both wait for Podman's service to create and start. Ours adds the program's start, two listings before and two after " +
		"(11 requests for the 7 of the bare calls with three containers)."
	whyNoop = "`podman ps -a` reads the state in its own process. We start as well, ask the service, which reads the same state, and decode " +
		"what it returns; that is three requests for any number of containers."
	whyOne = "a replacement is tried out before the running container is stopped: the new one is created and initialised under a " +
		"temporary name, which costs a second create and a removal (docs/adr/0012). Then come create, stop, two renames, start, removal, and " +
		"looks before and after: 20 requests for the 6 of the bare calls."
	whyDelete  = "the service removes one container after the other under its own locks; ours adds a listing of containers, volumes, networks and secrets."
	whyLegacy  = "both wait for the same Podman: what it takes itself cannot be divided by more."
	whyAnsible = "`ansible-playbook` takes a second or more to start in both, and only what it adds for the task can be saved."
)

// verdict is a goal in a run.
type verdict struct {
	Goal     string  `json:"goal"`
	Limit    string  `json:"limit"`
	Ratio    *spread `json:"ratio,omitempty"`
	Reached  bool    `json:"reached"`
	Measured bool    `json:"measured"`
	Why      string  `json:"why,omitempty"`
}

func (b *bench) verdict(g goal) verdict {
	v := verdict{Goal: g.text, Limit: fmt.Sprintf("at most %g", g.limit)}
	if g.atLeast {
		v.Limit = fmt.Sprintf("at least %g", g.limit)
	}
	of, by := b.lines[g.of], b.lines[g.by]
	if of == nil || by == nil || len(of.Wall) == 0 || len(by.Wall) == 0 {
		return v
	}
	ratio := ratios(of.Wall, by.Wall)
	v.Measured, v.Ratio = true, &ratio
	v.Reached = ratio.Median <= g.limit
	if g.atLeast {
		v.Reached = ratio.Median >= g.limit
	}
	if !v.Reached {
		v.Why = g.why
	}
	return v
}
