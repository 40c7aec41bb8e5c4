package cli

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/overcloud/paunch/module/paunch"
)

func TestColumnsOfAListAreChosenSortedAndCut(t *testing.T) {
	listed := []paunch.Listed{
		{ConfigID: "b", RealName: "one", Status: "running", ManagedBy: "x"},
		{ConfigID: "a", RealName: "three", Status: "exited", ManagedBy: "x"},
		{ConfigID: "a", RealName: "two", Status: "running", ManagedBy: "y"},
	}
	for name, tc := range map[string]struct {
		choice listChoice
		output string
		want   string
	}{
		"two columns, in their order": {listChoice{columns: []string{"Status", "container"}}, "value", "running one\nexited three\nrunning two\n"},
		"one that csv does not have":  {listChoice{columns: []string{"manager"}}, "csv", "manager\nx\nx\ny\n"},
		"sorted by two":               {listChoice{columns: []string{"container"}, sortBy: []string{"config", "status"}}, "value", "three\ntwo\none\n"},
		"the other way round":         {listChoice{columns: []string{"container"}, sortBy: []string{"container"}, descending: true}, "value", "two\nthree\none\n"},
		"a narrow table":              {listChoice{columns: []string{"config", "container"}, width: 12}, "table", "config  con…\nb       one\na       thr…\na       two\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := tc.choice.check(tc.output); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := tc.choice.of(listView(tc.output, listed)).print(&out, tc.output); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
