package record

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"sync"

	"golang.org/x/crypto/argon2"
)

// The cost of one digest: argon2id with the memory and passes that OWASP recommends as a minimum, about
// 20 ms. It is paid once for each distinct secret of a step, not once for each container.
const (
	argonTime   = 2
	argonMemory = 19 * 1024 // KiB
	argonKey    = 32
	digestBytes = 16
)

// SaltBytes is the length of a salt.
const SaltBytes = 16

// token is how a digest stands inside a recorded value.
var token = regexp.MustCompile(`<secret:([A-Za-z0-9_-]{22})>`)

// tokenStart in a clear value would be mistaken for a digest, so such a value is recorded as a secret.
const tokenStart = "<secret:"

// Digester turns secrets into digests and remembers the slow part. It is safe for parallel use.
type Digester struct {
	mu   sync.Mutex
	keys map[string]func() []byte
}

// NewDigester returns an empty one; use one for a whole run.
func NewDigester() *Digester { return &Digester{keys: map[string]func() []byte{}} }

// key derives the slow key of a secret, once for each salt.
func (d *Digester) key(salt, secret string) []byte {
	id := salt + "\x00" + secret
	d.mu.Lock()
	derive, ok := d.keys[id]
	if !ok {
		derive = sync.OnceValue(func() []byte {
			return argon2.IDKey([]byte(secret), []byte(salt), argonTime, argonMemory, 1, argonKey)
		})
		d.keys[id] = derive
	}
	d.mu.Unlock()
	return derive()
}

// Derived returns how many slow digests were made.
func (d *Digester) Derived() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.keys)
}

// Token returns what is recorded instead of a secret. It differs from entry to entry, so that two
// containers with the same password do not show it.
func (d *Digester) Token(salt, entry, secret string) string {
	mac := hmac.New(sha256.New, d.key(salt, secret))
	_, _ = fmt.Fprintf(mac, "paunch record of %q", entry)
	return tokenStart + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:digestBytes]) + ">"
}
