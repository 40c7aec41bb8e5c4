package redact

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/internal/config"
)

// Secrets returns the secret values of an entry, in no particular order, without repeats.
func (r Rules) Secrets(e config.Entry) []string {
	c := r.collector()
	for _, o := range e.Options {
		c.option(o.Flag, o.Values)
	}
	c.option("env", e.ExecEnv)
	c.argv(append(wordsOf(e.Option("entrypoint")), e.Command...))
	for _, command := range e.Validate {
		c.argv(command)
	}
	c.drain(e.Drain)
	for name, value := range e.SystemdExecFlags {
		c.named(name, value)
	}
	c.text(e.PreStopExec, true)
	c.text(e.PreStopCommand, true)
	return c.found.values
}

// drain looks at the requests and commands by which a service is taken out of its load balancer.
func (c *collector) drain(d *config.Drain) {
	if d == nil {
		return
	}
	if d.Command != nil {
		for _, command := range [][]string{d.Command.Out, d.Command.Until, d.Command.Back} {
			c.argv(command)
		}
	}
	if d.HTTP == nil {
		return
	}
	for _, r := range []*config.HTTPRequest{&d.HTTP.Out, d.HTTP.Until, &d.HTTP.Back} {
		if r == nil {
			continue
		}
		c.text(r.URL, false)
		c.text(r.Body, false)
		for name, value := range r.Headers {
			c.named(name, value)
			c.text(name+": "+value, false)
		}
	}
}

// Variables returns the secrets among variables, given as NAME=value: of an env file, or of a process.
func (r Rules) Variables(pairs []string) []string {
	c := r.collector()
	c.option("env", pairs)
	return c.found.values
}

// Inherited returns the secrets among variables that a container takes over from a process: those with telling
// names, and what looks random, as nobody wrote down what the others are.
func (r Rules) Inherited(variables map[string]string) []string {
	c := r.collector()
	for name, value := range variables {
		c.named(name, value)
		if looksRandom(value) {
			c.add(value)
		}
	}
	return c.found.values
}

// Value returns the secrets inside of a text, such as a file of a container.
func (r Rules) Value(text string) []string {
	c := r.collector()
	c.text(text, false)
	return c.found.values
}

// Record returns the secrets of the values that a record has under one key.
func (r Rules) Record(key string, values []string) []string {
	c := r.collector()
	if key == "command" {
		c.argv(values)
	} else {
		c.option(key, values)
	}
	return c.found.values
}

func (r Rules) collector() *collector { return &collector{rules: r, found: newSet()} }

// collector gathers secrets.
type collector struct {
	rules Rules
	found *set
	depth int
}

// deepest bounds how far scripts are looked for inside of scripts.
const deepest = 4

func (c *collector) add(secret string) {
	for _, form := range plainForms(secret) {
		c.found.add(form)
	}
}

// references are flags whose values name secrets and files; those of paths have colons that are no pairs.
var references = map[string]bool{
	"secret": true, "env-file": true, "label-file": true, "volume": true, "tmpfs": true, "device": true, "image": true,
	"add-host": true, "publish": true, "config_hash": true,
}

// option looks at the values of one of podman's flags.
func (c *collector) option(flag string, values []string) {
	for _, v := range values {
		switch {
		case references[flag]:
			c.urls(v)
		case flag == "entrypoint" || flag == "health-cmd" || flag == "health-startup-cmd":
			c.argv(wordsOf([]string{v}))
		case strings.Contains(v, "="):
			name, value, _ := strings.Cut(v, "=")
			c.named(name, value)
		default:
			c.text(v, false)
		}
	}
}

// wordsOf returns the words of an entrypoint or check: a list as JSON, or one word, which may be a script.
func wordsOf(values []string) []string {
	if len(values) != 1 {
		return values
	}
	var words []string
	if err := json.Unmarshal([]byte(values[0]), &words); err != nil {
		return values
	}
	return words
}

// named looks at a value and the name that it has.
func (c *collector) named(name, value string) {
	if c.rules.secretValue(name, value, false) {
		c.add(value)
		if user, password, ok := strings.Cut(value, ":"); ok && len(password) >= shortest && plainUser.MatchString(user) {
			c.add(password)
		}
	}
	c.text(value, false)
}

// plainUser is what may be in front of a password and a colon.
var plainUser = regexp.MustCompile(`^[A-Za-z0-9._@-]+$`)

// text looks at a value without a name: for URLs, for what can be told by its shape, and for names inside it. In
// a script a value ends at the blank after it, elsewhere it may go on to the end of its line.
func (c *collector) text(value string, script bool) {
	if len(value) < shortest {
		return
	}
	c.urls(value)
	for _, s := range shapes(value) {
		c.add(strings.TrimSpace(value[s.from:s.to]))
	}
	pairs(value, c.wanted, func(p pair) bool { return c.pair(value, p, script) })
	if script {
		c.script(value)
	} else {
		c.structure(value)
	}
}

func (c *collector) wanted(name string) bool { return c.rules.grade(name) > noName }

func (c *collector) urls(value string) {
	for _, guesses := range credentialURLs(value) {
		for _, s := range guesses {
			c.add(value[s.from:s.to])
		}
	}
}

// pair looks at a name and value inside a text.
func (c *collector) pair(text string, p pair, script bool) bool {
	value := p.value(text)
	if script && p.shell && isReference(value) || !c.rules.secretValue(p.name, value, p.tight) {
		return false
	}
	c.add(value)
	if inner, ok := backslashes.decode(undecoded(value)); ok {
		c.add(inner.text)
	}
	if line := lineFrom(text, p.from); !script && !p.quoted && line != value && p.sign != ' ' {
		c.add(line)
	}
	if !script && p.sign == ':' && isBlock(value) {
		block(strings.Split(text[strings.LastIndexByte(text[:p.from], '\n')+1:], "\n"), c.found)
	}
	return true
}

// lineFrom returns the rest of a line.
func lineFrom(text string, from int) string {
	return strings.TrimRight(text[from:lineEnd(text, from)], " \t\r\"',;")
}

// reference is a variable or command that a shell, or a template, puts a value in place of.
var reference = regexp.MustCompile(`^(?:\$\{?[A-Za-z_][A-Za-z0-9_]*[:}]?|\$|\$\(.*|` + "`.*" + `|\{\{.*|%\(.*|<[A-Za-z _-]+>?)$`)

func isReference(value string) bool { return reference.MatchString(value) }

// structure looks at a text as JSON or YAML, in which a value may be written with escapes or over several lines.
func (c *collector) structure(value string) {
	trimmed := strings.TrimSpace(value)
	isJSON := trimmed != "" && strings.IndexByte("{[", trimmed[0]) >= 0
	if !isJSON && !strings.Contains(trimmed, ": ") && !strings.Contains(trimmed, ":\n") {
		return
	}
	var v any
	if err := yaml.Unmarshal([]byte(trimmed), &v); err != nil { // JSON is YAML
		return
	}
	switch v.(type) {
	case map[string]any, map[any]any, []any:
		c.values("", v)
	}
}

// values walks a decoded config: what has a sensitive name is a secret, and so is what looks like one elsewhere.
// A mapping's own name says nothing about what is in it: it is often a container's, such as keystone_token_flush.
func (c *collector) values(name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		c.listed(v)
		for k, e := range v {
			c.values(k, e)
			c.key(k)
		}
	case map[any]any:
		for k, e := range v {
			c.values(fmt.Sprint(k), e)
		}
	case []any:
		for _, e := range v {
			c.values(name, e)
		}
		if words, ok := scalars(v); ok {
			c.argv(words)
		}
	case nil, bool:
	default:
		c.named(name, fmt.Sprint(v))
	}
}

// scalars returns the elements of a list that may be a command's words.
func scalars(list []any) (words []string, ok bool) {
	for _, e := range list {
		switch e.(type) {
		case map[string]any, map[any]any, []any:
			return nil, false
		}
		words = append(words, fmt.Sprint(e))
	}
	return words, true
}

// listed takes {name: DB_PASSWORD, value: x}, as Kubernetes writes variables.
func (c *collector) listed(m map[string]any) {
	for _, k := range []string{"name", "key"} {
		name, ok := m[k].(string)
		if value := m["value"]; ok && value != nil {
			c.named(name, fmt.Sprint(value))
		}
	}
}

// key looks at a mapping's key, which may be a whole pair where an operator forgot the value.
func (c *collector) key(k string) {
	if strings.ContainsAny(k, "=: ") {
		c.text(k, false)
	}
}

type set struct {
	seen   map[string]bool
	values []string
}

func newSet() *set { return &set{seen: map[string]bool{}} }

func (s *set) add(v string) {
	if v == "" || s.seen[v] {
		return
	}
	s.seen[v] = true
	s.values = append(s.values, v)
}
