package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEachCommandHasAPage(t *testing.T) {
	dir := t.TempDir()
	if err := run([]string{dir}); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"paunch.1", "paunch-apply.1", "paunch-status.1", "paunch-report.1"} {
		text, err := os.ReadFile(filepath.Join(dir, page))
		if err != nil {
			t.Error(err)
		}
		if !strings.Contains(string(text), `.SH SYNOPSIS`) {
			t.Errorf("%s has no synopsis", page)
		}
	}
}

func TestTheDirectoryMustBeNamed(t *testing.T) {
	if err := run(nil); err == nil || !strings.Contains(err.Error(), "usage") {
		t.Errorf("error: %v", err)
	}
}
