package ansiblemod

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/many"
	"github.com/overcloud/paunch/module/paunch"
)

// MaxArgs bounds the size of the arguments, in bytes; an inline config may be large.
const MaxArgs = 64 << 20

// controlPrefix starts the keys that Ansible adds.
const controlPrefix = "_ansible_"

// callerKey holds what our action plugin says of the task that calls the module.
const callerKey = controlPrefix + "paunch_caller"

// Decode reads the JSON arguments. Unknown keys and wrong types are all reported at once, with what is
// accepted. As Ansible's own modules do, a number or bool may come as a string, a list as one
// comma-separated string: templates often make them so.
func Decode(r io.Reader) (Args, Control, error) {
	a := Args{request: paunch.Defaults()}
	var c Control
	keys, err := readObject(r)
	if err != nil {
		return a, c, err
	}
	a.module = moduleName(keys["_ansible_module_name"])
	fields := a.fields()
	var all []error
	var unknown []string
	for _, key := range sortedKeys(keys) {
		raw := keys[key]
		switch field, known := fields[key]; {
		case key == "_ansible_check_mode":
			c.CheckMode = truthy(raw)
		case key == "_ansible_diff":
			c.Diff = truthy(raw)
		case key == "_ansible_no_log":
			c.NoLog = truthy(raw)
		case key == callerKey:
			_ = json.Unmarshal(raw, &c.Caller) // without it the record says less
		case strings.HasPrefix(key, controlPrefix):
		case !known:
			unknown = append(unknown, key)
		default:
			if err := decodeField(field, raw); err != nil {
				all = append(all, fmt.Errorf("argument %s: %w", key, err))
			}
		}
	}
	_, a.manager = keys["managed_by"]
	if len(unknown) > 0 {
		all = append(all, fmt.Errorf("unknown arguments: %s; accepted are: %s", strings.Join(unknown, ", "), strings.Join(sortedKeys(fields), ", ")))
	}
	return a, c, many.Join(all...)
}

// moduleName is the last part of the name of the module that Ansible runs.
func moduleName(raw json.RawMessage) string {
	var name string
	if json.Unmarshal(raw, &name) != nil {
		return ""
	}
	return name[strings.LastIndex(name, ".")+1:]
}

func readObject(r io.Reader) (map[string]json.RawMessage, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxArgs+1))
	if err != nil {
		return nil, fmt.Errorf("read the arguments: %w", err)
	}
	if len(text) > MaxArgs {
		return nil, fmt.Errorf("the arguments are larger than %d MiB; put the config into a file and use config_path", MaxArgs>>20)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("the arguments are empty; a JSON object is expected")
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		return nil, fmt.Errorf("the arguments are not a JSON object: %w", position(text, err))
	}
	return keys, nil
}

// position adds the line and column to a JSON syntax error. The text itself is not quoted: it may
// hold secrets.
func position(text []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return errors.New("it is JSON, but not an object")
	}
	before := text[:min(int(syntax.Offset), len(text))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n') - 1
	return fmt.Errorf("line %d, column %d: %w", line, column, err)
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func truthy(raw json.RawMessage) bool {
	var b bool
	return decodeField(reflect.ValueOf(&b).Elem(), raw) == nil && b
}

// decodeField decodes one argument; null leaves it out.
func decodeField(field reflect.Value, raw json.RawMessage) error {
	if bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return nil
	}
	if span, ok := field.Addr().Interface().(*time.Duration); ok {
		return decodeDuration(span, raw)
	}
	if decodeJSON(field.Addr().Interface(), raw) == nil {
		return nil
	}
	field.SetZero()
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return fromScalar(field, raw)
	}
	return fromText(field, text)
}

func decodeJSON(v any, raw json.RawMessage) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	return decoder.Decode(v)
}

// decodeDuration reads a span of time as the keys of a config take it: a number of seconds, bare or as a text, or a
// text such as 1m30s.
func decodeDuration(span *time.Duration, raw json.RawMessage) error {
	var v any
	if err := decodeJSON(&v, raw); err != nil {
		return err
	}
	read, err := config.Duration(v)
	if err != nil {
		return err
	}
	*span = read
	return nil
}

// fromScalar accepts a single number where a list is expected, and a number where a text is.
func fromScalar(field reflect.Value, raw json.RawMessage) error {
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		switch kind := indirect(field.Type()); {
		case kind.Kind() == reflect.Slice, kind.Kind() == reflect.String:
			return fromText(field, n.String())
		}
	}
	if field.Type().Kind() == reflect.Map && indirect(field.Type().Elem()).Kind() == reflect.String {
		return fromLooseMap(field, raw)
	}
	return wrongType(field.Type())
}

// fromLooseMap accepts numbers and bools as the values of a map of strings.
func fromLooseMap(field reflect.Value, raw json.RawMessage) error {
	var loose map[string]any
	if err := decodeJSON(&loose, raw); err != nil {
		return wrongType(field.Type())
	}
	out := map[string]string{}
	for k, v := range loose {
		switch v.(type) {
		case string, json.Number, bool:
			out[k] = fmt.Sprint(v)
		default:
			return fmt.Errorf("key %s: expected a string", k)
		}
	}
	field.Set(reflect.ValueOf(out))
	return nil
}

func indirect(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// fromText decodes an argument that came as a text.
func fromText(field reflect.Value, text string) error {
	target := field
	if field.Kind() == reflect.Pointer {
		target = reflect.New(field.Type().Elem()).Elem()
	}
	if err := setText(target, strings.TrimSpace(text)); err != nil {
		return err
	}
	if field.Kind() == reflect.Pointer {
		field.Set(target.Addr())
	}
	return nil
}

func setText(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
		return nil
	case reflect.Int:
		if n, err := strconv.Atoi(text); err == nil {
			v.SetInt(int64(n))
			return nil
		}
	case reflect.Bool:
		if b, ok := parseBool(text); ok {
			v.SetBool(b)
			return nil
		}
	case reflect.Slice:
		return setList(v, text)
	default:
	}
	return wrongType(v.Type())
}

// parseBool knows the words that Ansible takes for a bool.
func parseBool(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "y", "t", "1":
		return true, true
	case "false", "no", "off", "n", "f", "0":
		return false, true
	}
	return false, false
}

func setList(v reflect.Value, text string) error {
	v.SetZero()
	if text == "" {
		return nil
	}
	for _, part := range strings.Split(text, ",") {
		item := reflect.New(v.Type().Elem()).Elem()
		if err := setText(item, strings.TrimSpace(part)); err != nil {
			return err
		}
		v.Set(reflect.Append(v, item))
	}
	return nil
}

// wrongType says what is expected; it does not quote the value, which may be a secret.
func wrongType(t reflect.Type) error {
	switch t = indirect(t); t.Kind() {
	case reflect.Bool:
		return errors.New("a bool is expected")
	case reflect.Int:
		return errors.New("an integer is expected")
	case reflect.Slice:
		return fmt.Errorf("a list is expected, of: %w", wrongType(t.Elem()))
	case reflect.Map, reflect.Struct:
		return errors.New("a mapping is expected")
	default:
	}
	return errors.New("expected a string")
}
