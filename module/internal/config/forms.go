package config

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
)

// form turns the value of a key into the values of podman's flag, in any of the spellings that
// configs use. No value at all means that the option is not set.
type form func(v any) ([]string, error)

// scalarText takes one string or number. An empty string is what templates leave of an unset variable.
func scalarText(v any) ([]string, error) {
	if _, isBool := v.(bool); isBool {
		return nil, errors.New("expected a string or a number, not a bool")
	}
	return anyText(v)
}

// anyText takes one scalar, also a bool: true and false are programs too.
func anyText(v any) ([]string, error) {
	s, err := text(v)
	if err != nil || s == "" {
		return nil, err
	}
	return []string{s}, nil
}

// systemdMode takes a bool or podman's third word, always.
func systemdMode(v any) ([]string, error) { return anyText(v) }

func boolean(v any) ([]string, error) {
	if v == "" {
		return nil, nil
	}
	b, err := truth(v)
	if err != nil {
		return nil, err
	}
	return text1(b)
}

func text1(v any) ([]string, error) {
	s, err := text(v)
	return []string{s}, err
}

// list takes a list or one string or number. Empty strings and nulls are what templates leave of unset
// variables: they are dropped.
func list(v any) ([]string, error) {
	elements, ok := v.([]any)
	if !ok {
		elements = []any{v}
	}
	var all []string
	for i, e := range elements {
		s, err := element(e)
		if err != nil && !ok {
			return nil, fmt.Errorf("must be a list or a string, not %s", kindOf(v))
		}
		if err != nil {
			return nil, fmt.Errorf("element %d %w", i+1, err)
		}
		if s != "" {
			all = append(all, s)
		}
	}
	return all, nil
}

// names takes a list or one string: a number is more often a mistake than a name.
func names(v any) ([]string, error) {
	switch v.(type) {
	case string, []any, map[string]any:
		return list(v)
	}
	return nil, fmt.Errorf("must be a list or a string, not %s", kindOf(v))
}

// element is the text of one element of a list; null is an empty one.
func element(e any) (string, error) {
	switch e.(type) {
	case nil:
		return "", nil
	case bool:
		return "", errors.New("must be a string or a number, not a bool")
	}
	return text(e)
}

// volumes drops empty strings and repeated mounts; two sources for one destination are an error.
func volumes(v any) ([]string, error) {
	all, err := names(v)
	if err != nil {
		return nil, err
	}
	var kept []string
	byDest := map[string]string{}
	for _, vol := range all {
		dest := destination(vol)
		first, seen := byDest[dest]
		switch {
		case !seen:
			byDest[dest] = vol
			kept = append(kept, vol)
		case first != vol:
			return nil, fmt.Errorf("%q and %q have the same destination", first, vol)
		}
	}
	return kept, nil
}

func destination(vol string) string {
	parts := strings.Split(vol, ":")
	if len(parts) == 1 {
		return path.Clean(vol)
	}
	return path.Clean(parts[1])
}

// seconds takes a duration and gives whole seconds, rounded up.
func seconds(v any) ([]string, error) {
	if v == "" {
		return nil, nil
	}
	d, err := duration(v)
	if err != nil {
		return nil, err
	}
	return text1(wholeSeconds(d))
}

// span takes a duration and gives it in the spelling that podman reads.
func span(v any) ([]string, error) {
	if v == "" {
		return nil, nil
	}
	d, err := duration(v)
	if err != nil {
		return nil, err
	}
	return []string{d.String()}, nil
}

// interval is a span, or "disable" for a check that nothing but a person runs.
func interval(v any) ([]string, error) {
	if v == "disable" {
		return []string{"disable"}, nil
	}
	values, err := span(v)
	if err == nil && len(values) == 1 && values[0] == time.Duration(0).String() {
		return []string{"disable"}, nil
	}
	return values, err
}

// cpuset knows "all", by which paunch's users say that nothing is to be set.
func cpuset(v any) ([]string, error) {
	if v == "all" {
		return nil, nil
	}
	return scalarText(v)
}

func podName(v any) ([]string, error) {
	values, err := scalarText(v)
	if err == nil && len(values) == 1 && strings.HasPrefix(values[0], "new:") {
		return nil, errors.New("a step makes no pods: join one that exists")
	}
	return values, err
}

func logTag(v any) ([]string, error) {
	values, err := scalarText(v)
	if err != nil || len(values) == 0 {
		return nil, err
	}
	return []string{"tag=" + values[0]}, nil
}

func snake(flag string) string { return strings.ReplaceAll(flag, "-", "_") }
