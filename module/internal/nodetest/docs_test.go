//go:build realnode

package nodetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/overcloud/paunch/module/internal/docblocks"
)

// TestTheHistoryBlockOfTheDocumentation runs what docs/history.md says about the journal, as it is written there, after
// an apply that has something to tell.
func TestTheHistoryBlockOfTheDocumentation(t *testing.T) {
	s := newStep(t, "tripleo_step4")
	s.must(config{"docs": service()})
	page, err := os.ReadFile("../../../docs/history.md")
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(docblocks.Fences(string(page), "console"), func(b string) bool { return strings.HasPrefix(b, "$ paunch history ") })
	if at < 0 {
		t.Fatal("docs/history.md has no block that begins with paunch history")
	}
	dir := t.TempDir()
	if err := os.Symlink(os.Getenv("PAUNCH_BINARY"), filepath.Join(dir, "paunch")); err != nil {
		t.Fatal(err)
	}
	for _, command := range docblocks.Commands(docblocks.Fences(string(page), "console")[at]) {
		cmd := exec.Command("sh", "-c", command)
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "tripleo_step4") {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
}
