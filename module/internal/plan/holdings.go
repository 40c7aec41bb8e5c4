package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/overcloud/paunch/module/internal/observed"
)

// holdings index what can give way: orphans and the entries' containers, by what they hold of the host alone. They are
// looked up, as a comparison of each entry with each other one would take too long where there are many.
type holdings struct {
	x        *exchanged
	claims   map[int]claims   // by entry: what its container needs
	orphans  map[string]int   // by id: the removal
	previous map[string]int   // by id of a previous container: its entry
	ofOrphan map[string][]int // by what is held: the removals
	ofEntry  map[string][]int // by what is held: the entries
}

// holdings returns the index, which is made when it is asked for first: most plans need none.
func (y *yielding) holdings() *holdings {
	if y.held != nil {
		return y.held
	}
	h := &holdings{
		x: y.exchanged, claims: map[int]claims{}, orphans: map[string]int{}, previous: map[string]int{},
		ofOrphan: map[string][]int{}, ofEntry: map[string][]int{},
	}
	h.addOrphans()
	h.addEntries(y.previous)
	y.held = h
	return h
}

func (h *holdings) addOrphans() {
	for i, r := range h.x.removals {
		if r.of == Orphan && r.current != nil && !r.setAside {
			h.orphans[r.current.ID] = i
			note(h.ofOrphan, append(heldBy(*r.current).held(), nameKey(r.current.Name)), i)
		}
	}
}

func (h *holdings) addEntries(previous map[string][]observed.Container) {
	for i, d := range h.x.list {
		var all []string
		if d.current != nil {
			all = heldBy(*d.current).held()
		}
		for _, c := range previous[d.entry.Name] {
			h.previous[c.ID] = i
			all = append(all, heldBy(c).held()...)
		}
		note(h.ofEntry, all, i)
	}
}

func note(index map[string][]int, keys []string, i int) {
	for _, key := range keys {
		index[key] = append(index[key], i)
	}
}

// needs returns what an entry's container needs.
func (h *holdings) needs(i int) claims {
	c, known := h.claims[i]
	if !known {
		c = claimsOf(*h.x.list[i].entry)
		h.claims[i] = c
	}
	return c
}

// orphansWith returns the orphans, in their order, that may have what an entry needs.
func (h *holdings) orphansWith(needs claims, name string) []int {
	return lookUp(h.ofOrphan, append(needs.needed(), nameKey(name)))
}

// entriesWith returns the entries, in their order, whose containers may have what an entry needs.
func (h *holdings) entriesWith(needs claims) []int { return lookUp(h.ofEntry, needs.needed()) }

func lookUp(index map[string][]int, keys []string) []int {
	found := map[int]bool{}
	for _, key := range keys {
		for _, i := range index[key] {
			found[i] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func nameKey(name string) string { return "name " + name }

func portKey(p observed.Port) string { return fmt.Sprint("port ", p.Number, p.Protocol) }

func listenKey(n uint16) string { return fmt.Sprint("listen ", n) }

// held are the keys of what a container has.
func (c claims) held() []string {
	keys := slices.Clone(c.addresses)
	for _, p := range c.ports {
		keys = append(keys, portKey(p))
	}
	for _, n := range c.listens {
		keys = append(keys, listenKey(n))
	}
	return keys
}

// needed are the keys of what an entry's container needs.
func (c claims) needed() []string {
	keys := slices.Clone(c.addresses)
	for _, p := range c.ports {
		keys = append(keys, portKey(p))
	}
	for n := range c.mentioned {
		keys = append(keys, listenKey(n))
	}
	return keys
}
