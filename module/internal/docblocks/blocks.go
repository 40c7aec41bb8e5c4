package docblocks

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Block is one console block of a page.
type Block struct {
	Page     string // relative to the root of the repository
	Commands []string
}

// Title names a block by its page and its first command, which the tests list.
func (b Block) Title() string { return b.Page + ": " + b.Commands[0] }

// All returns the console blocks of README.md, CONTRIBUTING.md and the pages of docs, in order.
func All(root string) ([]Block, error) {
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		return nil, err
	}
	slices.Sort(pages)
	var all []Block
	for _, path := range append([]string{filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md")}, pages...) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		page, err := filepath.Rel(root, path)
		if err != nil {
			return nil, err
		}
		for _, body := range Fences(string(text), "console") {
			all = append(all, Block{page, Commands(body)})
		}
	}
	return all, nil
}

// Fences returns what stands in the code blocks of a language.
func Fences(text, language string) []string {
	var all []string
	var body *strings.Builder
	for line := range strings.Lines(text) {
		switch mark := strings.TrimSpace(line); {
		case body == nil && mark == "```"+language:
			body = &strings.Builder{}
		case body != nil && mark == "```":
			all, body = append(all, body.String()), nil
		case body != nil:
			body.WriteString(line)
		}
	}
	return all
}

// Commands returns the lines after a prompt, $ or #, with those that a backslash continues. The rest is output.
func Commands(body string) []string {
	var all []string
	continued := false
	for line := range strings.SplitSeq(strings.TrimSuffix(body, "\n"), "\n") {
		switch {
		case continued:
			all[len(all)-1] += "\n" + line
		case strings.HasPrefix(line, "$ "), strings.HasPrefix(line, "# "):
			all = append(all, line[2:])
		default:
			continue
		}
		continued = strings.HasSuffix(line, `\`)
	}
	return all
}
