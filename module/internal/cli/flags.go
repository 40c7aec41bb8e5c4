package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/overcloud/paunch/module/internal/arguments"
)

// withoutValue leaves the value out of an error about a flag whose values may hold secrets.
func withoutValue(err error) error {
	var secret arguments.Secret
	var invalid *pflag.InvalidValueError
	if errors.As(err, &secret) && errors.As(err, &invalid) {
		return fmt.Errorf("--%s: %w", invalid.GetFlag().Name, secret)
	}
	return err
}
