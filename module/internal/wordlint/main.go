package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// glossary is where the words to avoid are listed, relative to the repository's root.
const glossary = "docs/glossary.md"

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	os.Exit(run(root, os.Stdout, os.Stderr)) //nolint:forbidigo // this is main
}

// run checks every tracked file below root and returns the exit code.
func run(root string, stdout, stderr io.Writer) int {
	findings, err := check(root)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "wordlint: %v\n", err)
		return 2
	}
	for _, f := range findings {
		_, _ = fmt.Fprintln(stdout, f)
	}
	if len(findings) > 0 {
		_, _ = fmt.Fprintf(stdout, "%d words to avoid; %s has the terms to use\n", len(findings), glossary)
		return 1
	}
	return 0
}

func check(root string) ([]finding, error) {
	text, err := os.ReadFile(filepath.Join(root, glossary))
	if err != nil {
		return nil, err
	}
	words, err := parseGlossary(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", glossary, err)
	}
	paths, err := trackedFiles(root)
	if err != nil {
		return nil, err
	}
	var all []finding
	for _, path := range paths {
		found, err := checkFile(root, path, words)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// trackedFiles returns the paths that Git tracks or would track.
func trackedFiles(root string) ([]string, error) {
	cmd := exec.Command("git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	return strings.Fields(string(out)), nil
}

func checkFile(root, path string, words []word) ([]finding, error) {
	read, ok := readerOf(path)
	if !ok {
		return nil, nil
	}
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		if os.IsNotExist(err) { // deleted and not yet committed
			return nil, nil
		}
		return nil, err
	}
	passages, err := read(path, string(text))
	if err != nil {
		return nil, err
	}
	return match(path, passages, words), nil
}
