package record_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/config"
	"github.com/overcloud/paunch/module/internal/record"
)

// TestEveryLabelThatARecordIsMadeOfIsReserved reads the constants, so that a new one cannot be forgotten.
func TestEveryLabelThatARecordIsMadeOfIsReserved(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "labels.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Label") {
			return true
		}
		name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if found++; !config.ReservedLabel(name) {
			t.Errorf("%s = %q: an entry or an image may set it", spec.Names[0].Name, name)
		}
		return true
	})
	if found < 8 {
		t.Errorf("found only %d labels", found)
	}
}

// TestAnOlderToolsRecordWithReservedLabelsIsComparedWithoutThem: that tool let entries set them.
func TestAnOlderToolsRecordWithReservedLabelsIsComparedWithoutThem(t *testing.T) {
	entry, _, err := config.DecodeEntry("web", "", map[string]any{"image": "x", "labels": map[string]any{"a": "1"}}, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, recorded := range map[string]string{
		"a mapping":          `{"image": "x", "labels": {"a": "1", "managed_by": "me", "paunch_done": "exec"}}`,
		"a list":             `{"image": "x", "labels": ["a=1", "config_id=y", "container_name"]}`,
		"two keys":           `{"image": "x", "labels": {"a": 1}, "label": "config_data=z"}`,
		"a Python literal":   `{'image': 'x', 'labels': {'a': '1', 'managed_by': 'me'}}`,
		"labels of its own ": `{"image": "x", "label": ["a=1"]}`,
	} {
		compared, err := record.NewDigester().Compare(entry, map[string]string{record.LabelLegacyConfig: recorded}, config.Options{})
		if err != nil || len(compared.Changed) > 0 {
			t.Errorf("%s: changed %q (%v)", name, compared.Changed, err)
		}
	}
	compared, err := record.NewDigester().Compare(entry, map[string]string{record.LabelLegacyConfig: `{"image": "x", "labels": {"a": "2", "managed_by": "me"}}`}, config.Options{})
	if err != nil || len(compared.Changed) != 1 {
		t.Errorf("another label: changed %q (%v)", compared.Changed, err)
	}
}
