package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strings"
	"unicode"
)

// passage is text that a person reads, with the line it begins at.
type passage struct {
	line int
	text string
}

// reader takes the passages out of a file.
type reader func(path, text string) ([]passage, error)

// ownTests have examples of all that it finds.
const ownTests = "module/internal/wordlint/wordlint_test.go"

// readerOf returns how a file is read; ok is false for files that are not checked.
func readerOf(name string) (read reader, ok bool) {
	switch {
	case name == glossary, strings.HasPrefix(name, "LICENSE"), strings.HasPrefix(name, ownTests):
		return nil, false
	case path.Base(name) == "Makefile":
		return readText, true
	}
	switch path.Ext(name) {
	case ".go":
		return readGo, true
	case ".md", ".yml", ".yaml", ".sh", ".py", ".j2", ".txtar":
		return readText, true
	}
	return nil, false
}

// readText takes the file as a whole: a phrase may be broken over lines.
func readText(_, text string) ([]passage, error) { return []passage{{line: 1, text: text}}, nil }

// readGo takes comments, strings and the words of declared names.
func readGo(name, text string) ([]passage, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	var passages []passage
	add := func(at token.Pos, text string) {
		passages = append(passages, passage{line: files.Position(at).Line, text: text})
	}
	for _, group := range file.Comments {
		add(group.Pos(), group.Text())
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				add(n.Pos(), n.Value)
			}
		case *ast.Ident:
			if declares(n) {
				add(n.Pos(), splitName(n.Name))
			}
		}
		return true
	})
	return passages, nil
}

// declares reports whether a name is longer than what is conventionally short.
func declares(n *ast.Ident) bool { return len(n.Name) > 3 }

// splitName separates the words of a camel-case name, as in "stop Unit".
func splitName(name string) string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		if lower && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(r) || unicode.IsDigit(r)
		b.WriteRune(r)
	}
	return b.String()
}
