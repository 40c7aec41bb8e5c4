package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxAliased bounds what aliases may expand to: ten times what a step of a hundred containers that
// share their volumes comes to, and far from what hurts.
const maxAliased = 100_000

// yamlParser converts nodes itself: the library's own decoding turns dates into times, 0022 into 18,
// and loses the order.
type yamlParser struct {
	aliased int // nodes seen so far through aliases
	depth   int // of aliases around the current node
	open    map[*yaml.Node]bool
}

func parseYAML(data []byte) (any, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, yamlError(err)
	}
	if err := dec.Decode(&next); err == nil {
		return nil, &syntaxError{Line: next.Line, Text: "holds a second YAML document"}
	} else if !errors.Is(err, io.EOF) {
		return nil, yamlError(err)
	}
	p := &yamlParser{open: map[*yaml.Node]bool{}}
	return p.value(&doc, 0)
}

// anchorName stands in the library's message about an anchor that does not exist.
var anchorName = regexp.MustCompile(`unknown anchor '.*' referenced`)

// yamlError takes the line out of the library's message, where it has one.
func yamlError(err error) error {
	// The name is more often a value without its quotes.
	text := anchorName.ReplaceAllString(err.Error(), "an anchor is not known: a value that begins with * needs quotes")
	if m := regexp.MustCompile(`^yaml: line (\d+): (.*)`).FindStringSubmatch(text); m != nil {
		line, _ := strconv.Atoi(m[1])
		return &syntaxError{Line: line, Text: "not valid YAML: " + m[2]}
	}
	return &syntaxError{Text: "not valid YAML: " + strings.TrimPrefix(text, "yaml: ")}
}

func (p *yamlParser) value(n *yaml.Node, depth int) (any, error) {
	if depth > maxDepth {
		return nil, &syntaxError{Line: n.Line, Text: fmt.Sprintf("is nested deeper than %d levels", maxDepth)}
	}
	if p.depth > 0 {
		p.aliased++
	}
	if p.aliased > maxAliased {
		return nil, &syntaxError{Line: n.Line, Text: "expands to too much by YAML aliases"}
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 0 {
			return nil, nil
		}
		return p.value(n.Content[0], depth)
	case yaml.AliasNode:
		return p.alias(n, depth)
	case yaml.MappingNode:
		return p.mapping(n, depth)
	case yaml.SequenceNode:
		return p.sequence(n, depth)
	case yaml.ScalarNode:
		return scalar(n)
	}
	return nil, nil // an empty document
}

func (p *yamlParser) alias(n *yaml.Node, depth int) (any, error) {
	if p.open[n.Alias] {
		return nil, &syntaxError{Line: n.Line, Text: "a YAML anchor contains itself"}
	}
	p.open[n.Alias] = true
	p.depth++
	defer func() {
		p.depth--
		delete(p.open, n.Alias)
	}()
	return p.value(n.Alias, depth+1)
}

func (p *yamlParser) sequence(n *yaml.Node, depth int) (any, error) {
	if err := knownTag(n, "!!seq"); err != nil {
		return nil, err
	}
	l := make([]any, 0, len(n.Content))
	for _, c := range n.Content {
		v, err := p.value(c, depth+1)
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	return l, nil
}

// mapping reads a mapping; keys merged in by "<<" fill what it does not set itself.
func (p *yamlParser) mapping(n *yaml.Node, depth int) (any, error) {
	if err := knownTag(n, "!!map"); err != nil {
		return nil, err
	}
	o := newObject()
	var merged []*object
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, c := n.Content[i], n.Content[i+1]
		v, err := p.value(c, depth+1)
		if err != nil {
			return nil, err
		}
		if k.Kind == yaml.ScalarNode && k.ShortTag() == "!!merge" {
			from, err := mergeSources(v, k.Line)
			if err != nil {
				return nil, err
			}
			merged = append(merged, from...)
			continue
		}
		key, err := p.key(k)
		if err != nil {
			return nil, err
		}
		if err := o.set(key, v, k.Line); err != nil {
			return nil, err
		}
	}
	for _, m := range merged {
		fill(o, m)
	}
	return o, nil
}

func (p *yamlParser) key(n *yaml.Node) (string, error) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return "", &syntaxError{Line: n.Line, Text: "a key must be a string"}
	}
	return n.Value, nil
}

func mergeSources(v any, line int) ([]*object, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	objects := make([]*object, 0, len(list))
	for _, e := range list {
		o, ok := e.(*object)
		if !ok {
			return nil, &syntaxError{Line: line, Text: `"<<" must merge mappings`}
		}
		objects = append(objects, o)
	}
	return objects, nil
}

func fill(o, from *object) {
	for _, k := range from.keys {
		if _, ok := o.vals[k]; !ok {
			o.keys = append(o.keys, k)
			o.vals[k] = from.vals[k]
			o.lines[k] = from.lines[k]
		}
	}
}

func knownTag(n *yaml.Node, want string) error {
	if tag := n.ShortTag(); tag != want {
		return badTag(n)
	}
	return nil
}

// badTag names only tags that are some: another is more often a value without its quotes.
func badTag(n *yaml.Node) error {
	if tag := n.ShortTag(); strings.HasPrefix(tag, "!!") || tag == "!vault" || tag == "!unsafe" {
		return &syntaxError{Line: n.Line, Text: fmt.Sprintf("the YAML tag %s is not supported", tag)}
	}
	return &syntaxError{Line: n.Line, Text: "a YAML tag is not supported: a value that begins with ! needs quotes"}
}

// scalar keeps the text of numbers and dates.
func scalar(n *yaml.Node) (any, error) {
	switch tag := n.ShortTag(); tag {
	case "!!str", "!!timestamp":
		return n.Value, nil
	case "!!int", "!!float":
		if !json.Valid([]byte(n.Value)) {
			return n.Value, nil // 0022, 0x1f, 1_000, .inf: podman decides what they are
		}
		return json.Number(n.Value), nil
	case "!!null":
		return nil, nil
	case "!!bool":
		var b bool
		if err := n.Decode(&b); err != nil {
			return nil, &syntaxError{Line: n.Line, Text: "not valid YAML: what is tagged !!bool is none"}
		}
		return b, nil
	default:
		return nil, badTag(n)
	}
}
