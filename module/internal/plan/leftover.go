package plan

import (
	"crypto/sha256"
	"strings"

	"github.com/overcloud/paunch/module/internal/observed"
	"github.com/overcloud/paunch/module/internal/replacement"
)

// RandomLength is how much of replacement.SuffixLength is random. Names of temporary containers end in eight
// characters of which half are random and half a digest of them and of the owner. What a killed Podman leaves
// in the storage has no labels: this is how it names its owner.
const RandomLength = 4

// Suffix returns the last part of a unique name of an entry: random, RandomLength characters [a-z0-9], and
// a digest by which OwnSuffix recognises it.
func Suffix(random, managedBy, configID, entry string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	sum := sha256.Sum256([]byte(strings.Join([]string{random, managedBy, configID, entry}, "\x00")))
	check := make([]byte, replacement.SuffixLength-RandomLength)
	for i := range check {
		check[i] = letters[int(sum[i])%len(letters)]
	}
	return random + string(check)
}

// madeUnder returns the entry that a unique name was made for under this manager and config id; "" where it
// was not.
func (h *host) madeUnder(name string) string {
	i := len(name) - replacement.SuffixLength - 1
	if i < 1 || name[i] != '-' {
		return ""
	}
	entry, suffix := name[:i], name[i+1:]
	if suffix != Suffix(suffix[:RandomLength], h.o.ManagedBy, h.o.ConfigID, entry) {
		return ""
	}
	return entry
}

// clearLeftovers removes what is left in the storage of interrupted creates of ours. Anything else there may
// be the container that an operator is creating at this moment, and only holds its name.
func (c *choices) clearLeftovers() {
	for _, l := range c.state.Leftovers {
		entry := c.madeUnder(l.Name)
		if _, wanted := c.entries[l.Name]; wanted && l.Abandoned {
			entry = l.Name
		}
		if _, wanted := c.entries[entry]; entry == "" || c.o.Selected && !wanted {
			continue
		}
		k := observed.Container{ID: l.ID, Name: l.Name, Status: observed.Storage}
		c.remove(entry, k, reasonLeftStorage)
	}
}
