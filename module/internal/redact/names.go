package redact

import (
	"slices"
	"strings"
	"unicode"
)

// Rules say which names and shapes stand for secrets. The zero value knows the built-in ones.
type Rules struct {
	extra []string
}

// NewRules adds words to the built-in ones; a name that contains one of them, in any case, is sensitive.
func NewRules(extra []string) Rules {
	r := Rules{}
	for _, word := range extra {
		if word = strings.Join(parts(word), ""); word != "" {
			r.extra = append(r.extra, word)
		}
	}
	return r
}

// grade says how sure a name makes it that its value is a secret.
type grade int

const (
	noName   grade = iota
	doubtful       // only a value that looks random is a secret: TOKEN_NAME, KEY_DATA
	likely         // a secret, unless the value is plainly something else: AUTH, SALT, SSH_KEY
	certain        // DB_PASSWORD
)

// Sensitive reports whether a variable, flag or key of this name usually holds a secret.
func (r Rules) Sensitive(name string) bool { return r.grade(name) >= likely }

// The words below are compared in lower case, digits at a word's end left out.
var (
	// anywhere make a name sensitive wherever they appear in it, also across separators: "PASS_WORD".
	anywhere = []string{
		"password", "passwd", "passphrase", "passcode", "passwort", "secret", "token", "cookie", "credential",
		"apikey", "accesskey", "privatekey", "authkey", "signingkey", "encryptionkey", "masterkey", "sharedkey", "sshkey",
	}
	// noWords contain one of anywhere and mean something else.
	noWords = []string{"tokeniz", "tokenis", "secretar", "cookiecutter"}
	// passwords are words of their own, or the end of one ("DBPASS", "rootpw").
	passwords = []string{"pass", "pwd", "pswd", "pw", "psk"}
	// noPasswords end like one of passwords.
	noPasswords = wordSet("compass bypass trespass overpass underpass surpass encompass multipass lowpass highpass bandpass")
	// ofManyKinds are secrets where they end a name, and may be part of anything else: "KEY_MANAGER", "AUTH_URL".
	ofManyKinds = wordSet("key keys auth salt pin otp totp jwt hmac bearer authorization creds cred psw unseal basicauth httpauth masterauth")
	// sometimes are secrets often enough to look at the value.
	sometimes = wordSet("sig signature nonce seed webhook session sessionid sid license dsn redisauth dbauth community")
	// fillers may follow the word that counts.
	fillers = wordSet("value data string text raw plain plaintext b64 base64 hex new old current previous primary secondary admin root")
	// about follow a sensitive word in the names of what is not the secret itself.
	about = wordSet(`file files filename path paths dir directory url urls uri uris endpoint endpoints link host hosts hostname
		address addr port name names type types kind method methods mode strategy backend driver drivers provider providers plugin
		plugins manager service services server servers module middleware enabled enable disabled required timeout ttl expiry
		expire expires expired expiration lifetime duration age length len size bits count max min limit limits policy policies
		format version class algorithm algo cipher encoding prefix suffix field header headers cache interval rotation rounds user
		username users realm domain region scope scopes issuer audience id ids label map space checking check validation
		validity verify verification sock socket agent store command cmd script program pattern regex chars charset strength
		complexity history reset change changed prompt hint source loader ref reference group groups role roles usages usage
		per through thru stone board master minion`)
	// measures before a sensitive word make a number of it.
	measures = wordSet("max min num count limit total per allow enable disable use require")
	// noKeys before "key" make it one that is no secret.
	noKeys = wordSet("public pub primary foreign sort routing partition cache registry hot map group index lookup search order object " +
		"column shift authorized known natural composite dedup idempotency message")
)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

func (r Rules) grade(name string) grade {
	words := parts(name)
	folded := strings.Join(words, "")
	for _, word := range r.extra {
		if strings.Contains(folded, word) {
			return certain
		}
	}
	for i := range words {
		if trimmed := strings.TrimRight(words[i], "0123456789"); trimmed != "" {
			words[i] = trimmed
		}
	}
	g := wordGrade(words, folded)
	if g == noName || len(words) < 2 {
		return g
	}
	last := words[len(words)-1]
	switch {
	case about[last] && g == certain && (last == "id" || last == "ids"):
		return likely // a Vault secret id, a token id: they are what they name
	case about[last] && g == certain, slices.ContainsFunc(words[:len(words)-1], func(w string) bool { return measures[w] }):
		return min(g, doubtful)
	case about[last]:
		return noName
	}
	return g
}

// wordGrade grades a name by the words that it is made of, without regard to what follows them.
func wordGrade(words []string, folded string) grade {
	for _, no := range noWords {
		folded = strings.ReplaceAll(folded, no, "")
	}
	for _, word := range anywhere {
		if strings.Contains(folded, word) {
			return certain
		}
	}
	g := noName
	for i, word := range words {
		g = max(g, placed(words, i, word))
	}
	return g
}

// placed grades one word of a name: it counts for more at the name's end.
func placed(words []string, i int, word string) grade {
	last := true
	for _, after := range words[i+1:] {
		last = last && (fillers[after] || isNumber(after))
	}
	switch {
	case isPasswordWord(word) && (last || word != "pass"):
		return certain
	case isPasswordWord(word):
		return doubtful
	case (word == "key" || word == "keys") && i > 0 && noKeys[words[i-1]]:
		return noName
	case ofManyKinds[word] && i == len(words)-1:
		return likely
	case ofManyKinds[word], sometimes[word] && last:
		return doubtful
	}
	return noName
}

func isPasswordWord(word string) bool {
	if noPasswords[word] {
		return false
	}
	for _, p := range passwords {
		if strings.HasSuffix(word, p) {
			return true
		}
	}
	return false
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// parts splits a name at separators and at camel-case borders, in lower case.
func parts(name string) []string {
	var out []string
	var part []rune
	flush := func() {
		if len(part) > 0 {
			out = append(out, strings.ToLower(string(part)))
			part = nil
		}
	}
	lower := false
	for _, c := range name {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			flush()
			lower = false
			continue
		}
		if unicode.IsUpper(c) && lower {
			flush()
		}
		lower = unicode.IsLower(c)
		part = append(part, c)
	}
	flush()
	return out
}
