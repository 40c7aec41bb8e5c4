package record

import (
	"regexp"
	"strings"
)

// Finder returns where the secrets are in the values of one key of a record: for each value the parts
// [from, to), sorted and without overlaps.
type Finder func(key string, values []string) [][][2]int

// Sealed returns the record as a label holds it: each secret replaced by its token.
func (r Record) Sealed(d *Digester, salt, entry string, secrets Finder) Record {
	out := Record{}
	for key, values := range r {
		sealed := append([]string(nil), values...)
		for i, parts := range r.parts(key, secrets) {
			var b strings.Builder
			done := 0
			for _, p := range parts {
				b.WriteString(values[i][done:p[0]])
				b.WriteString(d.Token(salt, entry, values[i][p[0]:p[1]]))
				done = p[1]
			}
			sealed[i] = b.String() + values[i][done:]
		}
		out[key] = sealed
	}
	return out
}

// Open returns the keys of a recorded config in which secrets are readable, sorted: a version that knew fewer of
// them has recorded it.
func (r Record) Open(secrets Finder) []string {
	var open []string
	for _, key := range r.Keys() {
		values := make([]string, len(r[key]))
		for i, v := range r[key] {
			values[i] = token.ReplaceAllString(v, stars)
		}
		for i, parts := range secrets(key, values) {
			if readable(values[i], parts) {
				open = append(open, key)
				break
			}
		}
	}
	return open
}

// stars stand for a token, and are no secret to any finder.
const stars = "********"

func readable(value string, parts [][2]int) bool {
	for _, p := range parts {
		if strings.Trim(value[p[0]:p[1]], "* \n") != "" {
			return true
		}
	}
	return false
}

// mostTokens is how many secrets of one value are sealed one by one, so that the rest of it can be read. Each
// costs a slow digest; a value with more is sealed as a whole, for one.
const mostTokens = 4

// parts returns what is sealed of the values of a key.
func (r Record) parts(key string, secrets Finder) [][][2]int {
	values := r[key]
	out := make([][][2]int, len(values))
	if secrets != nil {
		out = secrets(key, values)
	}
	for i, v := range values {
		switch {
		case key == KeyInherited:
			out[i] = [][2]int{{nameLength(v), len(v)}}
		case strings.Contains(v, tokenStart):
			out[i] = [][2]int{{0, len(v)}}
		case len(out[i]) > mostTokens || ambiguous(v, out[i]):
			out[i] = [][2]int{{nameLength(v), len(v)}}
		}
	}
	return out
}

// ambiguous reports whether the value could not be told from its sealed form by one digest for each token: where
// the text that follows a secret is also inside of it, or nothing is between two.
func ambiguous(value string, parts [][2]int) bool {
	for i := 1; i < len(parts); i++ {
		before, next := parts[i-1], parts[i]
		between := value[before[1]:next[0]]
		if between == "" || strings.Index(value[before[0]:], between) != before[1]-before[0] {
			return true
		}
	}
	return false
}

// pairName is the name in NAME=value.
var pairName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*=`)

func nameLength(value string) int { return len(pairName.FindString(value)) }
