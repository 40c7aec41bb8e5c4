package ansiblemod

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/overcloud/paunch/module/internal/arguments"
	"github.com/overcloud/paunch/module/paunch"
)

func infoDocs(t *testing.T) moduleDocs {
	t.Helper()
	text, err := os.ReadFile("../../../plugins/modules/paunch_info.yml")
	if err != nil {
		t.Fatal(err)
	}
	var docs moduleDocs
	if err := yaml.Unmarshal(text, &docs); err != nil {
		t.Fatal(err)
	}
	return docs
}

func TestWhatPaunchInfoReturnsIsDocumented(t *testing.T) {
	docs := infoDocs(t).Return
	keys := func(of reflect.Type) []string {
		var all []string
		for i := range of.NumField() {
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			all = append(all, name)
		}
		return all
	}
	for _, key := range keys(reflect.TypeFor[paunch.FactsResult]()) {
		if _, documented := docs[key]; !documented && key != "changed" && key != "failed" && key != "msg" {
			t.Errorf("%s is not documented", key)
		}
	}
	fields := keys(reflect.TypeFor[paunch.ContainerFact]())
	for _, key := range fields {
		if _, documented := docs["containers"].Contains[key]; !documented {
			t.Errorf("containers[].%s is not documented", key)
		}
	}
	if len(docs["containers"].Contains) != len(fields) {
		t.Error("the documentation has keys of a container that are not returned")
	}
}

func TestTheOptionsOfPaunchInfoAreThoseOfPaunchStep(t *testing.T) {
	known := arguments.Fields(&paunch.Request{})
	for name := range infoDocs(t).Documentation.Options {
		if _, accepted := known[name]; !accepted && name != "remote_src" && name != "details" {
			t.Errorf("the option %s is not accepted", name)
		}
	}
}

func TestTheNameThatAnsibleSaysChoosesTheModule(t *testing.T) {
	for _, name := range []string{"paunch_info", "overcloud.paunch.paunch_info"} {
		var out bytes.Buffer
		status := Run(t.Context(), StdinArgs, strings.NewReader(`{"_ansible_module_name": "`+name+`", "podman_url": "unix:///no/such/socket"}`), &out)
		var result map[string]any
		if err := json.Unmarshal(out.Bytes(), &result); err != nil {
			t.Fatal(err)
		}
		if _, facts := result["kolla_containers"]; status != 1 || !facts || result["failed"] != true {
			t.Errorf("%s: status %d: %s", name, status, out.String())
		}
	}
}
