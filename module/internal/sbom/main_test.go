package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// bill returns the bill of an artifact with this test's own program as its binary.
func bill(t *testing.T, binaries ...string) (document, string) {
	t.Helper()
	artifact := filepath.Join(t.TempDir(), "paunch_1.2.3_amd64.deb")
	if err := os.WriteFile(artifact, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	args := append([]string{"-version", "1.2.3", "-license", "Apache-2.0", "-time", "86400", artifact}, binaries...)
	if err := run(args, &out); err != nil {
		t.Fatal(err)
	}
	var doc document
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc, out.String()
}

func executable(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestABillNamesTheArtifactItsBinariesAndTheirModules(t *testing.T) {
	doc, text := bill(t, executable(t))
	if doc.Creation.Created != "1970-01-02T00:00:00Z" {
		t.Errorf("created %s", doc.Creation.Created)
	}
	const digest = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73" // of "content"
	if !strings.Contains(text, digest) || !strings.HasSuffix(doc.Namespace, digest) {
		t.Errorf("the artifact's digest is missing:\n%s", text)
	}
	for _, want := range []string{`"DESCRIBES"`, `"CONTAINS"`, `"pkg:golang/stdlib@1.`, `"licenseDeclared": "Apache-2.0"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing:\n%s", want, text)
		}
	}
}

func TestEachRelationshipIsBetweenElementsOfTheDocumentAndEachIdentifierIsValidAndUnique(t *testing.T) {
	doc, _ := bill(t, executable(t), executable(t))
	known := map[string]bool{documentID: true}
	for _, p := range doc.Packages {
		if known[p.ID] || !regexp.MustCompile(`^SPDXRef-[A-Za-z0-9.-]+$`).MatchString(p.ID) {
			t.Errorf("identifier %q is invalid or given twice", p.ID)
		}
		known[p.ID] = true
	}
	for _, r := range doc.Relationships {
		if !known[r.From] || !known[r.To] {
			t.Errorf("relationship %v names an element that is missing", r)
		}
	}
}

func TestWhatIsNoGoProgramIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := run([]string{"-version", "1", "-license", "MIT", path, path}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error: %v", err)
	}
	if err := run([]string{path}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "usage") {
		t.Errorf("error: %v", err)
	}
}
