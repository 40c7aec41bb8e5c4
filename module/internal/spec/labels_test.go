package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAReservedLabelOfALabelFileIsRefused also where the file takes the name from the environment.
func TestAReservedLabelOfALabelFileIsRefused(t *testing.T) {
	t.Setenv("paunch_done", "exec")
	ours := map[string]string{"managed_by": "paunch", "paunch_config": "{}"}
	for text, refused := range map[string]bool{
		"a=1\n": false, "paunch_done=exec\n": true, "config_data={}\n": true, "paunch_done\n": false, "paunch_d*\n": true,
		"  paunch_unit=x\n": true, "# paunch_done=x\n": false,
	} {
		file := filepath.Join(t.TempDir(), "labels")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		e := decode(t, raw{"image": "x", "label_file": file})
		_, err := Generate(Request{Entry: e, Name: "web", Labels: ours})
		if (err != nil) != refused || refused && (!strings.Contains(err.Error(), "is reserved") || !strings.Contains(err.Error(), `key "label_file"`)) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
