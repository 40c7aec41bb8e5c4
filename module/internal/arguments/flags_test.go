package arguments

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/overcloud/paunch/module/paunch"
)

// flags are those of apply, over a request with the defaults.
func flags(r *paunch.Request) *pflag.FlagSet {
	*r = paunch.Defaults()
	f := pflag.NewFlagSet("apply", pflag.ContinueOnError)
	AddFlags(f, r, OnApply)
	return f
}

func TestEveryArgumentHasAFlagOrSaysWhatToUse(t *testing.T) {
	for _, a := range Table() {
		switch {
		case a.Flag.Global, a.Flag.Instead != "", a.Flag.On&OnApply != 0 && a.Flag.Usage != "":
		default:
			t.Errorf("%s: On apply and Usage are needed, or Instead", a.Name)
		}
	}
}

// sample returns what to give a flag, so that the argument is not its default.
func sample(t *testing.T, a Argument) string {
	t.Helper()
	var r paunch.Request
	switch a.In(&r).(type) {
	case *bool, **bool:
		return "true"
	case *time.Duration:
		return "1m31s"
	case *map[string]string:
		return "k=v=w"
	case *map[string]map[string]any:
		return `{"web": {"image": "x"}}`
	case *int, *[]int:
		return "7"
	}
	if a.Name == "sensitive_values" {
		path := filepath.Join(t.TempDir(), "secrets")
		if err := os.WriteFile(path, []byte("one\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if len(a.Choices) > 0 {
		return a.Choices[len(a.Choices)-1]
	}
	return "x"
}

// TestEveryFlagSetsItsArgument holds for the flag's own name and for the argument's.
func TestEveryFlagSetsItsArgument(t *testing.T) {
	for _, a := range Table() {
		if a.Flag.On&OnApply == 0 {
			continue
		}
		for _, name := range []string{a.FlagName(), strings.ReplaceAll(a.Name, "_", "-"), a.Name} {
			var r paunch.Request
			value := sample(t, a)
			if a.In(&r); a.Flag.Inverted && name != a.FlagName() || a.Name == "restart_stopped" {
				value = "false"
			}
			f := flags(&r)
			before := reflect.ValueOf(a.In(&r)).Elem().Interface()
			if err := f.Parse([]string{"--" + name + "=" + value}); err != nil {
				t.Errorf("--%s: %v", name, err)
			}
			if after := reflect.ValueOf(a.In(&r)).Elem().Interface(); reflect.DeepEqual(before, after) {
				t.Errorf("--%s=%s changes nothing: %v", name, value, after)
			}
		}
	}
}

func TestAFlagThatIsGivenAgainAddsToAList(t *testing.T) {
	var r paunch.Request
	file := filepath.Join(t.TempDir(), "overrides.yml")
	if err := os.WriteFile(file, []byte("web: {user: root}\ndb: {image: y}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := flags(&r).Parse([]string{
		"--container", "a,b", "--container=c", "--valid-exit-code=0,2", "--valid-exit-codes", "3", "--label", "a=1", "--label=b=", "--config-pattern=*.yml",
		"--config-overrides", `{"web": {"image": "x", "user": "joe"}}`, "--config-overrides", "@" + file, "--tls-verify=false", "--cleanup=false",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := paunch.Defaults()
	no := false
	want.Containers, want.ValidExitCodes, want.Labels = []string{"a", "b", "c"}, []int{0, 2, 3}, map[string]string{"a": "1", "b": ""}
	want.ConfigPatterns, want.TLSVerify, want.CleanOrphans = []string{"*.yml"}, &no, false
	want.ConfigOverrides = map[string]map[string]any{"web": {"image": "x", "user": "root"}, "db": {"image": "y"}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
}

func TestAWrongValueOfAFlagIsRefusedWithWhatItMustBe(t *testing.T) {
	for arg, says := range map[string]string{
		"--pull=maybe": "must be one of missing, always, newer, never", "--systemd=yes": "must be one of auto, always, never",
		"--exec-policy=": "must be one of on_change, always", "--concurrency=-1": "must be a number, 0 or more", "--step=one": "must be a step's number",
		"--timeout=soon": "must be a number of seconds", "--strict=maybe": "must be true or false", "--no-cleanup=x": "must be true or false",
		"--tls-verify=x": "must be true or false", "--valid-exit-code=1,x": "must be integers", "--config-overrides=@/no/such": "no such file",
		"--sensitive-values=/dev/zero": "not a regular file", "--state=absent": "use paunch delete", "--remote-src": "use --file", "--config={}": "use --file FILE",
		"--keep-config-ids=a": "use paunch cleanup", "--config-files=a": "use --file",
	} {
		var r paunch.Request
		if err := flags(&r).Parse([]string{arg}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %q", arg, err, says)
		}
	}
}

func TestAnErrorAboutAFlagThatMayHoldASecretSaysSo(t *testing.T) {
	for _, arg := range []string{"--label=hunter22", `--config-overrides={"web": {"password": "hunter22"`, "--config-overrides=[hunter22]", "--config=hunter22"} {
		var r paunch.Request
		err := flags(&r).Parse([]string{arg})
		var secret Secret
		if !errors.As(err, &secret) || strings.Contains(secret.Error(), "hunter22") {
			t.Errorf("%s: %v", arg, err)
		}
	}
}

func TestEachCommandHasTheFlagsThatItHeeds(t *testing.T) {
	for on, want := range map[Commands]struct{ has, hasNot []string }{
		OnApply:  {[]string{"file", "pull-retries", "lock-timeout"}, []string{"keep"}},
		OnStatus: {[]string{"file", "exec-policy", "log-driver"}, []string{"concurrency", "lock-timeout", "timeout"}},
		OnDelete: {[]string{"managed-by", "lock-timeout"}, []string{"file", "pull"}},
		OnDebug:  {[]string{"file", "label", "config-overrides"}, []string{"adopt", "container"}},
	} {
		var r paunch.Request
		f := pflag.NewFlagSet("x", pflag.ContinueOnError)
		AddFlags(f, &r, on)
		var names []string
		f.VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
		for _, name := range want.has {
			if !slices.Contains(names, name) {
				t.Errorf("command %d has no --%s", on, name)
			}
		}
		for _, name := range want.hasNot {
			if slices.Contains(names, name) {
				t.Errorf("command %d has --%s", on, name)
			}
		}
	}
}
