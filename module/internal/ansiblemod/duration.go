package ansiblemod

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/overcloud/paunch/module/internal/config"
)

// Duration is an argument that is a span of time: a number of seconds, bare or as a text, or a text such
// as 1m30s, as the keys of a config take it.
type Duration time.Duration

// UnmarshalJSON reads a number or a text.
func (d *Duration) UnmarshalJSON(raw []byte) error {
	var v any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		return err
	}
	span, err := config.Duration(v)
	if err != nil {
		return durationError{err}
	}
	*d = Duration(span)
	return nil
}

// durationError says what a duration must be.
type durationError struct{ error }

func (e durationError) Unwrap() error { return e.error }

func setDuration(field *time.Duration, value *Duration) {
	if value != nil {
		*field = time.Duration(*value)
	}
}
