package redact

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// argv looks at the words of a command.
func (c *collector) argv(words []string) {
	all := make([]shellWord, len(words))
	for i, w := range words {
		all[i] = shellWord{text: w}
	}
	c.words(all)
}

// script looks at what a shell would run.
func (c *collector) script(text string) {
	if c.depth >= deepest || !strings.ContainsAny(text, " \t\n") {
		return
	}
	c.depth++
	for _, command := range lex(text) {
		c.words(command)
	}
	c.depth--
}

// words looks at each word, at what follows flags, and at where well-known programs take passwords.
func (c *collector) words(words []shellWord) {
	var known *program
	for i, w := range words {
		if p := programOf(path.Base(w.text)); p != nil {
			known = p
		}
		if i > 0 && isScriptFlag(words[i-1].text) || len(words) == 1 {
			c.text(w.text, true)
		} else {
			c.word(w)
		}
		var next shellWord
		if i+1 < len(words) {
			next = words[i+1]
		}
		c.flag(w.text, next)
		c.short(known, w, next)
		c.long(known, w, next)
	}
	c.positions(words)
}

// isScriptFlag reports whether the word after this one is run by a shell: sh -c, and a check's CMD-SHELL.
func isScriptFlag(word string) bool {
	return word == "CMD-SHELL" || len(word) > 1 && word[0] == '-' && word[1] != '-' && strings.HasSuffix(word, "c")
}

// header is the name of one of HTTP's.
var header = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_-]*):\s+`)

// word looks at one word: NAME=value, --name=value, or a text.
func (c *collector) word(w shellWord) {
	name, value, ok := strings.Cut(w.text, "=")
	if ok && name != "" && !strings.ContainsAny(name, " \t\n\"'{:/") {
		if !w.expands || !isReference(value) {
			c.named(name, value)
		}
		return
	}
	if h := header.FindStringSubmatchIndex(w.text); h != nil && c.wanted(w.text[h[2]:h[3]]) {
		c.named(w.text[h[2]:h[3]], w.text[afterScheme(w.text, h[1]):])
		return
	}
	c.text(w.text, strings.ContainsAny(w.text, " \t\n"))
}

// flag looks at a word that may be the value of the one before: "--password", "x", and "password", "x".
func (c *collector) flag(name string, next shellWord) {
	bare := strings.TrimLeft(name, "-")
	switch {
	case next.text == "" || next.expands && isReference(next.text) || strings.ContainsFunc(bare, notInName):
	case bare == name || strings.HasPrefix(next.text, "-"):
		if c.rules.grade(bare) == certain && looksRandom(next.text) {
			c.add(next.text)
		}
	case len(bare) > 1 && c.rules.secretValue(bare, next.text, false):
		c.add(next.text)
	}
}

func notInName(r rune) bool { return r >= 0x80 || !isNameByte(byte(r)) }

// program is how a well-known program takes a password: the flags before it, and what is before it in their value.
type program struct {
	flags    string   // letters
	long     []string // flags with names that show nothing, without dashes
	after    string   // what ends the user's name: "user:password"
	attached bool     // -pPASSWORD only; the word after -p is something else
}

var (
	// credentials are those of a registry.
	credentials  = &program{long: []string{"creds", "src-creds", "dest-creds"}, after: ":"}
	programTable = map[string]*program{
		"sshpass": {flags: "p"}, "rabbitmqadmin": {flags: "p"}, "cqlsh": {flags: "p"}, "influx": {flags: "p"},
		"redis-cli": {flags: "a"}, "valkey-cli": {flags: "a"}, "ipmitool": {flags: "P"}, "sqlcmd": {flags: "P"}, "bcp": {flags: "P"},
		"zip": {flags: "P"}, "unzip": {flags: "P"}, "7z": {flags: "p"}, "mosquitto_pub": {flags: "P"}, "mosquitto_sub": {flags: "P"},
		"curl": {flags: "uU", long: []string{"user", "proxy-user"}, after: ":"}, "skopeo": credentials, "podman": credentials, "buildah": credentials, "http": {flags: "a", after: ":"}, "smbclient": {flags: "U", after: "%"}, "openssl": {flags: "kK"},
	}
	programFamilies = map[string]*program{ // by what their names begin with
		"mysql": {flags: "p", attached: true}, "mariadb": {flags: "p", attached: true},
		"mongo": {flags: "p"}, "ldap": {flags: "w"}, "snmp": {flags: "cAX"},
	}
)

// programOf returns what is known of a program, nil for nothing.
func programOf(name string) *program {
	if p := programTable[name]; p != nil {
		return p
	}
	for prefix, p := range programFamilies {
		if strings.HasPrefix(name, prefix) {
			return p
		}
	}
	return nil
}

// short looks at flags of one letter. -p is a password's with any program where what follows looks like one.
func (c *collector) short(p *program, w, next shellWord) {
	if len(w.text) < 2 || w.text[0] != '-' || w.text[1] == '-' {
		return
	}
	letter, value, expands := w.text[1:2], w.text[2:], w.expands
	separate := value == ""
	if separate {
		value, expands = next.text, next.expands
	}
	known := p != nil && strings.Contains(p.flags, letter) && (!separate || !p.attached)
	switch {
	case value == "" || expands && isReference(value) || harmless(value) || separate && strings.HasPrefix(value, "-"):
	case known && p.after != "":
		if _, password, ok := strings.Cut(value, p.after); ok {
			c.add(password)
		}
	case known || letter == "p" && looksRandom(value):
		c.add(value)
	}
}

// long looks at flags of a well-known program with a password in their value and a name that does not show it.
func (c *collector) long(p *program, w, next shellWord) {
	name, dashes := strings.CutPrefix(w.text, "--")
	if p == nil || !dashes {
		return
	}
	name, value, attached := strings.Cut(name, "=")
	if !attached {
		value, w = next.text, next
	}
	_, password, ok := strings.Cut(value, p.after)
	if ok && slices.Contains(p.long, name) && (!w.expands || !isReference(password)) {
		c.add(password)
	}
}

// positions looks at programs that take a password without a flag.
func (c *collector) positions(words []shellWord) {
	for i, w := range words {
		rest := words[i+1:]
		switch path.Base(w.text) {
		case "add_user", "change_password", "authenticate_user": // of rabbitmqctl
			if len(rest) >= 2 && !rest[1].expands {
				c.add(rest[1].text)
			}
		case "htpasswd":
			if last := len(rest) - 1; last >= 2 && strings.HasPrefix(rest[0].text, "-") && strings.Contains(rest[0].text, "b") && !rest[last].expands {
				c.add(rest[last].text)
			}
		}
	}
}
