package many_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// foreign are the functions that read the text of an error, because those who made it offer nothing else: Podman over
// the wire or in its parser, and the YAML library.
var foreign = []string{
	"podman/errors.go isBrokenBody", "podman/pull.go pullError", "podman/connect.go contactError", "spec/check.go firstLine",
	"config/yaml.go yamlError", "apply/dependents.go dependentsIn", "apply/perform.go startError",
}

// parsing returns the functions of a file that take the text of an error apart.
func parsing(t *testing.T, path string, source any) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if ok && takesApart(call) && slices.ContainsFunc(call.Args, isErrorText) {
				found = append(found, f.Name.Name)
			}
			return true
		})
	}
	return slices.Compact(found)
}

// takesApart reports whether a call is one that looks for something in a text.
func takesApart(call *ast.CallExpr) bool {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name == "containsAny"
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok && x.Name == "strings" {
			return !strings.HasPrefix(f.Sel.Name, "Trim") && f.Sel.Name != "Lines"
		}
		return slices.Contains([]string{"MatchString", "FindString", "FindStringSubmatch", "ReplaceAllString"}, f.Sel.Name)
	}
	return false
}

// isErrorText reports whether an expression is the text of an error.
func isErrorText(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) > 0 {
		return false
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	return ok && f.Sel.Name == "Error"
}

// TestNoErrorIsKnownByItsText reads the product's code. An error is known by its value: errors.Is, errors.As.
func TestNoErrorIsKnownByItsText(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			strings.Contains(path, "/testbed/") || strings.Contains(path, "/applytest/") {
			return err
		}
		for _, f := range parsing(t, path, nil) {
			where := filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path) + " " + f
			if !slices.Contains(foreign, where) {
				t.Errorf("%s looks for something in the text of an error; use errors.Is or errors.As", where)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAPlantedSearchInAnErrorIsFound(t *testing.T) {
	for _, body := range []string{`strings.Contains(err.Error(), "x")`, `strings.Split(err.Error(), "\n")`, `re.MatchString(err.Error())`, `containsAny(err.Error(), "x")`} {
		if got := parsing(t, "x.go", "package x\nfunc f() { "+body+" }"); !slices.Equal(got, []string{"f"}) {
			t.Errorf("%s: %v", body, got)
		}
	}
	for _, body := range []string{`errors.Is(err, x)`, `fmt.Sprint(err.Error())`, `strings.Contains(e.text, "x")`} {
		if got := parsing(t, "x.go", "package x\nfunc f() { "+body+" }"); len(got) > 0 {
			t.Errorf("%s: %v", body, got)
		}
	}
}
