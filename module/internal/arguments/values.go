package arguments

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/hostfile"
	"github.com/overcloud/paunch/module/paunch"
)

// value returns the flag's value over a request's field, and what the flag means when it is given without one.
func (a Argument) value(r *paunch.Request) (value pflag.Value, bare string) {
	switch field := a.In(r).(type) {
	case *bool:
		return truthOf{truth: field}, "true"
	case **bool:
		return truthOf{optional: field}, "true"
	case *int:
		return number{field, a.Name == "step"}, ""
	case *time.Duration:
		return Duration{field}, ""
	case *[]int:
		return &list[int]{field: field, parse: strconv.Atoi, name: "int"}, ""
	case *[]string:
		if a.Name == "sensitive_values" {
			return SecretsFile{field}, ""
		}
		return &list[string]{field: field, parse: func(s string) (string, error) { return s, nil }, name: "string"}, ""
	case *map[string]string:
		return pairs{field}, ""
	case *map[string]map[string]any:
		return Overrides{field}, ""
	case *string:
		return Choice{Field: field, Choices: a.Choices}, ""
	}
	panic("argument " + a.Name + " has no kind of flag") // a test makes each
}

// Choice is a flag that takes a string, one of some words where there are any. A wrong one is an error in which pflag
// names the flag.
type Choice struct {
	Field   *string
	Choices []string
	Aliases map[string]string // other spellings of the choices
}

// Words returns the words that the flag takes; none where it takes any.
func (c Choice) Words() []string { return c.Choices }

// Set reads the string.
func (c Choice) Set(text string) error {
	if full, ok := c.Aliases[text]; ok {
		text = full
	}
	if len(c.Choices) > 0 && !slices.Contains(c.Choices, text) {
		return fmt.Errorf("must be one of %s", strings.Join(c.Choices, ", "))
	}
	*c.Field = text
	return nil
}

// String returns the value.
func (c Choice) String() string {
	if c.Field == nil {
		return ""
	}
	return *c.Field
}

// Type represents the value in the help.
func (c Choice) Type() string { return "string" }

// number is an integer that is not negative. Without the flag there is no step, and 0 is a step.
type number struct {
	field *int
	step  bool
}

// Set reads the number.
func (n number) Set(text string) error {
	i, err := strconv.Atoi(text)
	switch {
	case err == nil && i >= 0:
		*n.field = i
		return nil
	case n.step:
		return errors.New("must be a step's number, 0 or more")
	}
	return errors.New("must be a number, 0 or more")
}

// String returns the number; "" where there is no step.
func (n number) String() string {
	switch {
	case n.field == nil:
		return "0"
	case n.step && *n.field == paunch.NoStep:
		return ""
	}
	return strconv.Itoa(*n.field)
}

// Type represents the value in the help.
func (n number) Type() string { return "int" }

// truthOf is a switch; an optional one has no default.
type truthOf struct {
	truth    *bool
	optional **bool
}

// Set reads a truth.
func (t truthOf) Set(text string) error {
	b, err := strconv.ParseBool(text)
	if err != nil {
		return errors.New("must be true or false")
	}
	if t.optional != nil {
		*t.optional = &b
		return nil
	}
	*t.truth = b
	return nil
}

// String returns the truth; "" where none was given.
func (t truthOf) String() string {
	switch {
	case t.truth != nil:
		return strconv.FormatBool(*t.truth)
	case t.optional != nil && *t.optional != nil:
		return strconv.FormatBool(**t.optional)
	}
	return ""
}

// Type represents the value in the help.
func (t truthOf) Type() string { return "bool" }

// switchOff is a switch that turns something off.
type switchOff struct{ truth *bool }

// Set reads whether it is to be off.
func (s switchOff) Set(text string) error {
	off, err := strconv.ParseBool(text)
	if err != nil {
		return errors.New("must be true or false")
	}
	*s.truth = !off
	return nil
}

// String reports whether it is off.
func (s switchOff) String() string { return strconv.FormatBool(s.truth != nil && !*s.truth) }

// Type represents the value in the help.
func (s switchOff) Type() string { return "bool" }

// Duration is a flag that takes what the module's arguments and a config's keys take: seconds, or a text such as 1m30s.
type Duration struct{ Field *time.Duration }

// Set reads a duration.
func (d Duration) Set(text string) error {
	span, err := config.Duration(text)
	if err != nil {
		return err
	}
	*d.Field = span
	return nil
}

// String is the duration in the longer of the two spellings.
func (d Duration) String() string {
	if d.Field == nil {
		return ""
	}
	return d.Field.String()
}

// Type represents the value in the help.
func (d Duration) Type() string { return "duration" }

// list is a flag that is given once for each element, or with several between commas.
type list[T any] struct {
	field *[]T
	parse func(string) (T, error)
	name  string
	given bool
}

// Set adds the elements; the first use replaces the default.
func (l *list[T]) Set(text string) error {
	if !l.given {
		*l.field, l.given = nil, true
	}
	for _, part := range strings.Split(text, ",") {
		v, err := l.parse(strings.TrimSpace(part))
		if err != nil {
			return errors.New("must be integers, with commas between them")
		}
		*l.field = append(*l.field, v)
	}
	return nil
}

// String is empty: no list has a default that is not empty.
func (l *list[T]) String() string { return "" }

// Type represents the value in the help.
func (l *list[T]) Type() string { return l.name }

// pairs is a flag that adds one key and its value.
type pairs struct{ field *map[string]string }

// Set reads KEY=VALUE.
func (p pairs) Set(text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" {
		return Secret{errors.New("must be KEY=VALUE")}
	}
	all := maps.Clone(*p.field)
	if all == nil {
		all = map[string]string{}
	}
	all[key] = value
	*p.field = all
	return nil
}

// String is empty: there is no default.
func (p pairs) String() string { return "" }

// Type represents the value in the help.
func (p pairs) Type() string { return "KEY=VALUE" }

// Overrides is a flag with keys to change, as a JSON object of container name to key to value, or in a file.
type Overrides struct{ Field *map[string]map[string]any }

// Set reads the object. A second one adds to the first, key by key.
func (o Overrides) Set(text string) error {
	errForm := Secret{errors.New("must be a JSON object of container name to key to value, or @FILE")}
	decode := json.Unmarshal
	if path, ok := strings.CutPrefix(text, "@"); ok {
		content, err := readFile(path)
		if err != nil {
			return err
		}
		text, decode = content, yaml.Unmarshal // which reads JSON too
	}
	var more map[string]map[string]any
	if err := decode([]byte(text), &more); err != nil || more == nil {
		return errForm
	}
	all := maps.Clone(*o.Field)
	if all == nil {
		all = map[string]map[string]any{}
	}
	for name, keys := range more {
		merged := map[string]any{}
		maps.Copy(merged, all[name])
		maps.Copy(merged, keys)
		all[name] = merged
	}
	*o.Field = all
	return nil
}

// String is empty: there is no default, and the keys may hold secrets.
func (o Overrides) String() string { return "" }

// Type represents the value in the help.
func (o Overrides) Type() string { return "JSON" }

// SecretsFile is a flag whose value is the name of a file with a secret on each line: every user of the host can read
// a command line.
type SecretsFile struct{ Values *[]string }

// Set reads the file.
func (s SecretsFile) Set(path string) error {
	text, err := readFile(path)
	if err != nil {
		return err
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			*s.Values = append(*s.Values, line)
		}
	}
	return nil
}

// String is empty: a default is not shown, and neither are secrets.
func (s SecretsFile) String() string { return "" }

// Type represents the value in the help.
func (s SecretsFile) Type() string { return "FILE" }

// longestFile bounds what is read of the file that a flag names, in bytes.
const longestFile = 1 << 20

// readFile reads a regular file of bounded size.
func readFile(path string) (string, error) {
	f, err := hostfile.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read from
	text, err := io.ReadAll(io.LimitReader(f, longestFile+1))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	if len(text) > longestFile {
		return "", fmt.Errorf("%s is larger than %d KiB", path, longestFile>>10)
	}
	return string(text), nil
}
