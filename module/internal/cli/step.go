package cli

import (
	"errors"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/overcloud/paunch/module/paunch"
)

// stepValue is the number of a step as a flag; without the flag there is none, and 0 is a step.
type stepValue struct{ step *int }

func (v stepValue) String() string {
	if v.step == nil || *v.step == paunch.NoStep {
		return ""
	}
	return strconv.Itoa(*v.step)
}

// Type is "int", as of any flag with a number.
func (v stepValue) Type() string { return "int" }

// Set reads the number of a step.
func (v stepValue) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return errors.New("must be a step's number: 0, 1, 2, ...")
	}
	*v.step = n
	return nil
}

func stepVar(f *pflag.FlagSet, step *int, usage string) {
	f.Var(stepValue{step}, "step", usage)
}
