package cli

import (
	"github.com/spf13/pflag"

	"github.com/overcloud/paunch/module/internal/arguments"
)

// secretsVar adds the flags that name further secrets, for a command that applies nothing.
func secretsVar(f *pflag.FlagSet, keys, values *[]string) {
	f.StringSliceVar(keys, "sensitive-key", nil, "further name of a secret, repeatable")
	f.Var(arguments.SecretsFile{Values: values}, "sensitive-values", "`FILE` with further secrets, one per line, repeatable")
}
