package record

import (
	"slices"
	"sort"
	"strings"
)

// Differ returns the keys in which the entry's clear record differs from a recorded one, sorted; a
// recorded token is equal to the secret that it was made of. Whatever rules sealed the record, it is
// the value that counts: a rule that changes re-creates nothing.
func (d *Digester) Differ(clear, recorded Record, salt, entry string) []string {
	keys := map[string]bool{}
	for k := range clear {
		keys[k] = true
	}
	for k := range recorded {
		keys[k] = true
	}
	var changed []string
	for k := range keys {
		if !d.equal(clear[k], recorded[k], salt, entry, k) {
			changed = append(changed, k)
		}
	}
	sort.Strings(changed)
	return changed
}

// equal compares the values of one key. Sets were sorted by their clear text when they were recorded,
// so both sides are in the same order when they are equal.
func (d *Digester) equal(clear, recorded []string, salt, entry, key string) bool {
	if len(clear) != len(recorded) {
		return false
	}
	if !inOrder(key) && !hasToken(recorded) {
		clear, recorded = slices.Clone(clear), slices.Clone(recorded)
		sortSet(key, clear)
		sortSet(key, recorded)
	}
	for i := range clear {
		if !d.matches(clear[i], recorded[i], salt, entry) {
			return false
		}
	}
	return true
}

func hasToken(values []string) bool {
	for _, v := range values {
		if token.MatchString(v) {
			return true
		}
	}
	return false
}

// matches reports whether a clear value is what a recorded one was made of. The text between the tokens
// must stand in the value as it is; what stands where a token is must have that digest.
func (d *Digester) matches(clear, recorded, salt, entry string) bool {
	spans := token.FindAllStringIndex(recorded, -1)
	if spans == nil {
		return clear == recorded
	}
	if len(spans) > maxTokens {
		return false
	}
	return d.matchFrom(clear, recorded, spans, 0, salt, entry)
}

// Bounds on what a forged or odd label can make us compute: each try costs a slow digest.
const (
	maxTokens = 32
	maxTries  = 8
)

// matchFrom matches recorded[from:] against clear, the first token being spans[0].
func (d *Digester) matchFrom(clear, recorded string, spans [][]int, from int, salt, entry string) bool {
	rest, ok := strings.CutPrefix(clear, recorded[from:spans[0][0]])
	if !ok {
		return false
	}
	want := recorded[spans[0][0]:spans[0][1]]
	next := spans[0][1]
	if len(spans) == 1 {
		secret, ok := strings.CutSuffix(rest, recorded[next:])
		return ok && d.Token(salt, entry, secret) == want
	}
	literal := recorded[next:spans[1][0]]
	for end, tries := 0, 0; tries < maxTries; tries++ {
		at := strings.Index(rest[end:], literal)
		if at < 0 {
			return false
		}
		end += at
		if d.Token(salt, entry, rest[:end]) == want && d.matchFrom(rest[end:], recorded, spans[1:], next, salt, entry) {
			return true
		}
		if end++; end > len(rest) {
			return false
		}
	}
	return false
}
