package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/internal/printable"
	"github.com/overcloud/paunch/module/paunch"
)

// hostile has what a terminal acts upon: a title, a cleared screen, a C1 sequence, an override of the direction.
const hostile = "x\x1b]0;owned\a\x1b[2J\u009b31m\u202ey\rz\nnext"

// plant puts the text into every string of a value, however deep, and fills every list and pointer.
func plant(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				plant(v.Field(i), text)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		plant(v.Index(0), text)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		plant(v.Elem(), text)
	default:
	}
}

func planted[T any]() T {
	var v T
	plant(reflect.ValueOf(&v).Elem(), hostile)
	return v
}

// printed is what a command that does this prints on both streams, as Run sets them up.
func printed(t *testing.T, do func(cmd *cobra.Command)) string {
	t.Helper()
	var out bytes.Buffer
	w := printable.NewWriter(&out)
	cmd := &cobra.Command{}
	cmd.SetOut(w)
	cmd.SetErr(w)
	do(cmd)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestNothingForPeopleActsUponTheTerminal(t *testing.T) {
	result, failed, listed := planted[paunch.Result](), planted[paunch.Result](), planted[paunch.Listed]()
	failed.Failed = true
	for name, do := range map[string]func(cmd *cobra.Command){
		"apply": func(cmd *cobra.Command) { _ = show(cmd, showOptions{output: outputTable, diff: true}, &result, nil) },
		"a failed one": func(cmd *cobra.Command) {
			_ = show(cmd, showOptions{output: outputTable, diff: true}, &failed, errors.New(hostile))
		},
		"status":        func(cmd *cobra.Command) { _ = showStatus(cmd, outputTable, &result, nil) },
		"a failed look": func(cmd *cobra.Command) { _ = showStatus(cmd, outputTable, &failed, errors.New(hostile)) },
		"progress": func(cmd *cobra.Command) {
			e := planted[paunch.Event]()
			e.Done = true
			p := startProgress(&progress{w: cmd.ErrOrStderr()})
			p.event(e)
			p.stop()
		},
		"list -f table": func(cmd *cobra.Command) {
			_ = listView("table", []paunch.Listed{listed}).print(cmd.OutOrStdout(), "table")
		},
		"list -f value": func(cmd *cobra.Command) {
			_ = listView("value", []paunch.Listed{listed}).print(cmd.OutOrStdout(), "value")
		},
		"list -f csv":   func(cmd *cobra.Command) { _ = listView("csv", []paunch.Listed{listed}).print(cmd.OutOrStdout(), "csv") },
		"an error":      func(cmd *cobra.Command) { exitCode(errors.New(hostile), cmd.ErrOrStderr()) },
		"a wrong usage": func(cmd *cobra.Command) { exitCode(usageError{errors.New(hostile)}, cmd.ErrOrStderr()) },
		"print-cmd": func(cmd *cobra.Command) {
			_, _ = io.WriteString(cmd.OutOrStdout(), paunch.Debugged{Command: []string{"podman", hostile}}.Line())
		},
	} {
		text := printed(t, do)
		if !printable.Safe(text) || !strings.Contains(text, "owned") {
			t.Errorf("%s prints %q", name, text)
		}
	}
}

// TestAnUnknownWordOfTheCommandLineIsEscapedToo goes through Run itself.
func TestAnUnknownWordOfTheCommandLineIsEscapedToo(t *testing.T) {
	var out, errOut bytes.Buffer
	if code := Run(t.Context(), []string{hostile}, &out, &errOut); code != ExitUsage {
		t.Errorf("exit code %d", code)
	}
	if text := errOut.String(); !printable.Safe(text) || !strings.Contains(text, "owned") {
		t.Errorf("it prints %q", text)
	}
}

func TestOutputForProgramsIsLeftAsItIs(t *testing.T) {
	result, listed := planted[paunch.Result](), []paunch.Listed{planted[paunch.Listed]()}
	var fromJSON paunch.Result
	text := printed(t, func(cmd *cobra.Command) { _ = show(cmd, showOptions{output: outputJSON}, &result, nil) })
	if err := json.Unmarshal([]byte(text), &fromJSON); err != nil || fromJSON.Msg != hostile || fromJSON.Containers[0].Stdout != hostile {
		t.Errorf("JSON: %v: %q", err, text)
	}
	var fromYAML []paunch.Listed
	text = printed(t, func(cmd *cobra.Command) { _ = listView("yaml", listed).print(cmd.OutOrStdout(), "yaml") })
	if err := yaml.Unmarshal([]byte(text), &fromYAML); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(listed, fromYAML); diff != "" {
		t.Error(diff)
	}
}
