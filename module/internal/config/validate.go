package config

import (
	"errors"
	"fmt"
	"time"
)

// defaultValidateTimeout bounds a validation whose entry does not say.
const defaultValidateTimeout = time.Minute

// validate takes one command, as a string or as a list of words, or several, as a list of lists.
func (d *draft) validate(v any) error {
	commands, err := commandsOf(v)
	if err != nil {
		return err
	}
	for i, command := range commands {
		if len(command) == 0 || command[0] == "" {
			return fmt.Errorf("command %d names no program", i+1)
		}
	}
	d.Validate = commands
	return nil
}

func commandsOf(v any) ([][]string, error) {
	l, isList := v.([]any)
	if isList && len(l) == 0 {
		return nil, nil
	}
	nested := 0
	for _, e := range l {
		if _, isNested := e.([]any); isNested {
			nested++
		}
	}
	switch {
	case nested == 0:
		command, err := words(v)
		return [][]string{command}, err
	case nested < len(l):
		return nil, errors.New("must be a command, or a list of commands of which each is a list of words")
	}
	commands := make([][]string, len(l))
	for i, e := range l {
		var err error
		if commands[i], err = words(e); err != nil {
			return nil, fmt.Errorf("command %d: %w", i+1, err)
		}
	}
	return commands, nil
}

func (d *draft) validateTimeout(v any) (err error) {
	d.ValidateTimeout, err = duration(v)
	if err == nil && d.ValidateTimeout <= 0 {
		return errors.New("must be more than nothing")
	}
	return err
}

func (d *draft) validateNetwork(v any) (err error) {
	d.ValidateNetwork, err = truth(v)
	return err
}

// settleValidation refuses a validation that could not be made, and fills in its bound.
func (d *decoding) settleValidation() {
	if d.Kind == Exec {
		for _, key := range []string{"validate", "validate_network", "validate_timeout"} {
			if d.present[key] {
				d.problemf(key, "has no meaning for an exec: it belongs to the entry whose container is made")
			}
		}
		return
	}
	if len(d.Validate) == 0 {
		for _, key := range []string{"validate_network", "validate_timeout"} {
			if d.present[key] && !d.has("validate") {
				d.warnf("key %q has no effect without validate", key)
			}
		}
		return
	}
	if d.ValidateTimeout == 0 {
		d.ValidateTimeout = defaultValidateTimeout
	}
}
