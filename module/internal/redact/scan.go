package redact

import "slices"

// span is a part of a text, from the first byte to the one after the last.
type span struct{ from, to int }

// merge sorts spans, joins those that overlap, and drops those of nothing.
func merge(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	out := spans[:0]
	for _, s := range spans {
		if s.from == s.to {
			continue
		}
		if n := len(out); n > 0 && s.from < out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// scanner finds many texts in one, in a time that grows with the length of the one and not with the number
// of the many (Aho and Corasick's automaton). Node 0 is the root.
type scanner struct {
	edges   map[uint64]int32
	fail    []int32   // the node of the longest suffix that is a beginning of some text
	longest []int32   // the length of the text that ends in this node, 0 for none
	shorter []int32   // the next node along fail in which a text ends, 0 for none
	bounded []bool    // that text counts only as a word of its own
	first   [8]uint32 // the bytes with which texts begin
}

// needle is one text to find.
type needle struct {
	text    string
	bounded bool
}

func newScanner(needles []needle) *scanner {
	s := &scanner{edges: map[uint64]int32{}}
	s.node()
	for _, n := range needles {
		s.add(n)
	}
	s.link()
	return s
}

func (s *scanner) node() int32 {
	s.fail, s.longest, s.shorter = append(s.fail, 0), append(s.longest, 0), append(s.shorter, 0)
	s.bounded = append(s.bounded, false)
	return int32(len(s.fail) - 1) //nolint:gosec // bounded by the size of a config
}

func edge(from int32, c byte) uint64 { return uint64(from)<<8 | uint64(c) } //nolint:gosec // never negative

func (s *scanner) add(n needle) {
	at := int32(0)
	for i := range len(n.text) {
		next, ok := s.edges[edge(at, n.text[i])]
		if !ok {
			next = s.node()
			s.edges[edge(at, n.text[i])] = next
		}
		at = next
	}
	if at == 0 {
		return
	}
	s.first[n.text[0]>>5] |= 1 << (n.text[0] & 31)
	s.bounded[at] = n.bounded && (s.bounded[at] || s.longest[at] == 0)
	s.longest[at] = int32(len(n.text)) //nolint:gosec // bounded by the size of a config
}

// link fills in what the automaton does where no text goes on, from the shortest beginnings to the longest.
func (s *scanner) link() {
	type child struct {
		node int32
		c    byte
	}
	children := make([][]child, len(s.fail))
	for e, to := range s.edges {
		children[e>>8] = append(children[e>>8], child{to, byte(e)})
	}
	queue := []int32{0}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, k := range children[at] {
			if at != 0 {
				s.fail[k.node] = s.step(s.fail[at], k.c)
			}
			f := s.fail[k.node]
			if s.longest[f] > 0 {
				s.shorter[k.node] = f
			} else {
				s.shorter[k.node] = s.shorter[f]
			}
			queue = append(queue, k.node)
		}
	}
}

func (s *scanner) step(at int32, c byte) int32 {
	for {
		if next, ok := s.edges[edge(at, c)]; ok {
			return next
		}
		if at == 0 {
			return 0
		}
		at = s.fail[at]
	}
}

// find returns where the texts are, sorted and without overlaps.
func (s *scanner) find(text string) []span {
	if s == nil || len(s.fail) == 1 {
		return nil
	}
	var found []span
	at := int32(0)
	for i := range len(text) {
		c := text[i]
		if at == 0 && s.first[c>>5]&(1<<(c&31)) == 0 {
			continue
		}
		at = s.step(at, c)
		for end := at; end != 0; end = s.shorter[end] {
			from := i + 1 - int(s.longest[end])
			if s.longest[end] > 0 && (!s.bounded[end] || isWord(text, from, i+1)) {
				found = append(found, span{from, i + 1})
				break
			}
		}
	}
	return merge(found)
}

// isWord reports whether neither end of a part continues in letters or digits.
func isWord(text string, from, to int) bool {
	return (from == 0 || !isAlnum(text[from-1])) && (to == len(text) || !isAlnum(text[to]))
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
