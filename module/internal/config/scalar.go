package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxDuration keeps durations far away from overflow, also after a caller has added a few.
const maxDuration = 100 * 365 * 24 * time.Hour

// text renders a scalar as podman's command line would have it.
func text(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case json.Number:
		return v.String(), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return fmt.Sprint(v), nil
	case time.Time:
		return timeText(v), nil
	case nil:
		return "", errors.New("is null")
	}
	return "", fmt.Errorf("must be a string, a number or a bool, not %s", kindOf(v))
}

// timeText undoes what a YAML decoder made of a date.
func timeText(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "a bool"
	case []any:
		return "a list"
	case map[string]any, *object:
		return "a mapping"
	case json.Number, float64, int, int64, uint64:
		return "a number"
	}
	return fmt.Sprintf("%T", v)
}

// truth reads a bool in any of the spellings that YAML 1.1 tools left in configs.
func truth(v any) (bool, error) {
	s, err := text(v)
	if err != nil {
		return false, fmt.Errorf("must be true or false, not %s", kindOf(v))
	}
	switch strings.ToLower(s) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	}
	return false, errors.New("must be true or false")
}

// integer reads a whole number within bounds.
func integer(v any, low, high int) (int, error) {
	s, err := text(v)
	if err != nil {
		return 0, fmt.Errorf("must be a whole number, not %s", kindOf(v))
	}
	if _, isBool := v.(bool); isBool {
		return 0, errors.New("must be a whole number, not a bool")
	}
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return 0, errors.New("must be a whole number")
	}
	if n < low || n > high {
		return 0, fmt.Errorf("must be between %d and %d", low, high)
	}
	return n, nil
}

// Duration reads a duration as every key, argument and flag takes it: a number of seconds, bare or as a
// text, or a text such as 1m30s. It is neither negative nor beyond a century.
func Duration(v any) (time.Duration, error) { return duration(v) }

// duration reads a number of seconds, bare or as a string, or a compose duration such as 1m30s.
func duration(v any) (time.Duration, error) {
	errForm := errors.New(`must be a number of seconds or a duration such as "1m30s"`)
	if _, isBool := v.(bool); isBool {
		return 0, errForm
	}
	s, err := text(v)
	if err != nil {
		return 0, errForm
	}
	s = strings.TrimSpace(s)
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return secondsDuration(f)
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, errForm
	}
	return boundedDuration(d)
}

func secondsDuration(f float64) (time.Duration, error) {
	if math.IsNaN(f) || f < 0 || f > maxDuration.Seconds() {
		return 0, fmt.Errorf("must be between 0 and %.0f seconds", maxDuration.Seconds())
	}
	return time.Duration(f * float64(time.Second)), nil
}

func boundedDuration(d time.Duration) (time.Duration, error) {
	if d < 0 || d > maxDuration {
		return 0, fmt.Errorf("must be between 0 and %s", maxDuration)
	}
	return d, nil
}

// wholeSeconds rounds up: a grace period that is cut short loses data, a longer one loses a moment.
func wholeSeconds(d time.Duration) uint {
	return uint((d + time.Second - 1) / time.Second) //nolint:gosec // a duration here is never negative
}

// checkText refuses bytes that a name or option value cannot carry to a process. Free text is the value of a
// command, variable or label: any character but NUL. Elsewhere control characters would get into names and
// unit files.
func checkText(s string, free bool) error {
	if !utf8.ValidString(s) {
		return errors.New("is not valid UTF-8")
	}
	for _, r := range s {
		if r == 0 || !free && (r < 0x20 || r == 0x7f) {
			return fmt.Errorf("holds the control character %U", r)
		}
	}
	return nil
}

// checkTexts does so for every string below v, names of mappings included.
func checkTexts(v any, free bool) error {
	switch v := v.(type) {
	case string:
		return checkText(v, free)
	case []any:
		for _, e := range v {
			if err := checkTexts(e, free); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, k := range sortedKeys(v) {
			if err := checkText(k, false); err != nil {
				return err
			}
			if err := checkTexts(v[k], free); err != nil {
				return err
			}
		}
	}
	return nil
}
