package ansiblemod

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/paunch"
)

const sidecar = "../../../plugins/modules/paunch_step.yml"

// The action plugin takes these out; the binary never sees them.
var actionOnly = []string{"remote_src"}

type documented struct {
	Description any                   `yaml:"description"`
	Type        string                `yaml:"type"`
	Elements    string                `yaml:"elements"`
	Default     any                   `yaml:"default"`
	Choices     []string              `yaml:"choices"`
	Returned    string                `yaml:"returned"`
	Contains    map[string]documented `yaml:"contains"`
}

type moduleDocs struct {
	Documentation struct {
		Options map[string]documented `yaml:"options"`
	} `yaml:"DOCUMENTATION"`
	Examples string                `yaml:"EXAMPLES"`
	Return   map[string]documented `yaml:"RETURN"`
}

func readDocs(t *testing.T) moduleDocs {
	t.Helper()
	text, err := os.ReadFile(sidecar)
	if err != nil {
		t.Fatal(err)
	}
	var docs moduleDocs
	if err := yaml.Unmarshal(text, &docs); err != nil {
		t.Fatal(err)
	}
	return docs
}

// ansibleType is what Ansible calls a Go type.
func ansibleType(t *testing.T, typ reflect.Type) string {
	t.Helper()
	switch typ = indirect(typ); typ.Kind() {
	case reflect.Bool:
		return "bool"
	case reflect.Int, reflect.Int64:
		return "int"
	case reflect.String:
		return "str"
	case reflect.Map, reflect.Struct:
		return "dict"
	case reflect.Slice:
		return "list of " + ansibleType(t, typ.Elem())
	default:
		t.Fatalf("no name for %s", typ)
		return ""
	}
}

// spelledType is the documented type; a path is a text to the program.
func spelledType(d documented) string {
	name := strings.Replace(d.Type, "path", "str", 1)
	if d.Type == "list" {
		return "list of " + d.Elements
	}
	return name
}

// TestDocumentedDefaultsAreThoseOfTheProgram gives each argument its documented default; package arguments writes the
// documentation, and some of the defaults are its own.
func TestDocumentedDefaultsAreThoseOfTheProgram(t *testing.T) {
	for name, option := range readDocs(t).Documentation.Options {
		if slices.Contains(actionOnly, name) || option.Default == nil {
			continue
		}
		withDefault, without := requestOf(t, map[string]any{name: option.Default}), requestOf(t, map[string]any{})
		if name == "config_patterns" {
			without.ConfigPatterns = []string{"*.json", "*.yml", "*.yaml", "*.container"} // the program keeps the list empty until it reads a directory
		}
		if !reflect.DeepEqual(withDefault, without) {
			t.Errorf("option %s: the documented default %v is not the program's", name, option.Default)
		}
	}
}

func requestOf(t *testing.T, args map[string]any) paunch.Request {
	t.Helper()
	text, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	decoded, control, err := Decode(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return decoded.Request(control)
}

func TestDocumentedChoicesAreWhatTheProgramTakes(t *testing.T) {
	for name, option := range readDocs(t).Documentation.Options {
		if len(option.Choices) == 0 {
			continue
		}
		_, err := paunch.Apply(t.Context(), requestOf(t, map[string]any{name: "no-such-choice", "step": 1}))
		want := name + `: invalid value "no-such-choice": must be one of ` + strings.Join(option.Choices, ", ")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in: %v", want, err)
		}
	}
}

func TestEveryReturnedKeyIsDocumented(t *testing.T) {
	docs := readDocs(t).Return
	want := returned(t, "", reflect.TypeFor[paunch.Result]())
	// Every module returns these, so Ansible does not want them documented.
	delete(want, "changed")
	delete(want, "failed")
	if diff := cmp.Diff(want, documentedReturns(t, "", docs)); diff != "" {
		t.Errorf("results and documentation differ (-program +documentation):\n%s", diff)
	}
}

// returned maps the path of each key to its type.
func returned(t *testing.T, path string, typ reflect.Type) map[string]string {
	t.Helper()
	out := map[string]string{}
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		field := indirect(typ.Field(i).Type)
		out[path+name] = ansibleType(t, field)
		if field.Kind() == reflect.Slice {
			field = field.Elem()
		}
		if field.Kind() == reflect.Struct {
			for k, v := range returned(t, path+name+".", field) {
				out[k] = v
			}
		}
	}
	return out
}

func documentedReturns(t *testing.T, path string, docs map[string]documented) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, d := range docs {
		if d.Description == nil || d.Returned == "" {
			t.Errorf("%s%s: description and returned are needed", path, name)
		}
		out[path+name] = spelledType(d)
		for k, v := range documentedReturns(t, path+name+".", d.Contains) {
			out[k] = v
		}
	}
	return out
}

// TestTheExamplesAreArgumentsThatTheProgramTakes decodes each task of the examples.
func TestTheExamplesAreArgumentsThatTheProgramTakes(t *testing.T) {
	var tasks []map[string]any
	if err := yaml.Unmarshal([]byte(readDocs(t).Examples), &tasks); err != nil {
		t.Fatal(err)
	}
	steps := map[any]bool{}
	for _, task := range tasks {
		args, ok := task["overcloud.paunch.paunch_step"].(map[string]any)
		if !ok {
			t.Fatalf("no paunch_step in the example %v", task["name"])
		}
		for _, name := range actionOnly {
			delete(args, name)
		}
		requestOf(t, args)
		steps[args["step"]] = true
	}
	for step := 1; step <= 5; step++ {
		if !steps[step] {
			t.Errorf("there is no example of step %d", step)
		}
	}
}
