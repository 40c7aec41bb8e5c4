package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"github.com/overcloud/paunch/module/internal/hostfile"
)

// secretsVar adds the flags that name further secrets. The secrets themselves come from a file: every user of the
// host can read a command line.
func secretsVar(f *pflag.FlagSet, keys, values *[]string) {
	f.StringSliceVar(keys, "sensitive-key", nil, "further name of a secret, repeatable")
	f.Var(secretsFile{values}, "sensitive-values", "`FILE` with further secrets, one per line, repeatable")
}

// longestSecrets bounds what is read of such a file, in bytes.
const longestSecrets = 1 << 20

// secretsFile is a flag whose value is the name of a file with a secret on each line.
type secretsFile struct{ values *[]string }

// Set reads the file.
func (s secretsFile) Set(path string) error {
	f, err := hostfile.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	text, err := io.ReadAll(io.LimitReader(f, longestSecrets+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if len(text) > longestSecrets {
		return fmt.Errorf("%s is larger than %d KiB", path, longestSecrets>>10)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			*s.values = append(*s.values, line)
		}
	}
	return nil
}

// String is empty: a default is not shown, and neither are secrets.
func (s secretsFile) String() string { return "" }

// Type represents the value in the help.
func (s secretsFile) Type() string { return "FILE" }
