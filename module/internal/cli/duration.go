package cli

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/overcloud/paunch/module/internal/config"
)

// durationValue is a flag that takes what the module's arguments and a config's keys take: seconds, or a
// text such as 1m30s.
type durationValue struct{ field *time.Duration }

// durationVar adds such a flag; the field's value is the default.
func durationVar(f *pflag.FlagSet, field *time.Duration, name, usage string) {
	f.Var(durationValue{field}, name, usage+" (seconds, or as 1m30s)")
}

// Set reads a duration.
func (d durationValue) Set(text string) error {
	span, err := config.Duration(text)
	if err != nil {
		return err
	}
	*d.field = span
	return nil
}

// String is the duration in the longer of the two spellings.
func (d durationValue) String() string {
	if d.field == nil {
		return ""
	}
	return d.field.String()
}

// Type represents the value in the help.
func (d durationValue) Type() string { return "duration" }
