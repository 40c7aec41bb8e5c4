package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestSecretsAreReadFromAFileAndNotFromTheCommandLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(path, []byte("one\n\ntwo words \r\n# three"), 0o600); err != nil {
		t.Fatal(err)
	}
	var keys, values []string
	f := pflag.NewFlagSet("x", pflag.ContinueOnError)
	secretsVar(f, &keys, &values)
	if err := f.Parse([]string{"--sensitive-key=pin", "--sensitive-key", "code", "--sensitive-values", path}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(keys, []string{"pin", "code"}) || !slices.Equal(values, []string{"one", "two words ", "# three"}) {
		t.Errorf("keys %q, values %q", keys, values)
	}
	if usage := f.FlagUsages(); strings.Contains(usage, "one") && strings.Contains(usage, "two words") {
		t.Error(usage)
	}
	for _, wrong := range []string{filepath.Join(t.TempDir(), "missing"), t.TempDir(), "/dev/zero"} {
		if err := f.Parse([]string{"--sensitive-values", wrong}); err == nil {
			t.Errorf("%s is read", wrong)
		}
	}
}
