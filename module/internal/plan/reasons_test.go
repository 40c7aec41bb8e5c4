package plan_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// homesOfWords are the files of the planner that may have sentences.
func homesOfWords() []string {
	return []string{"reasons.go", "messages.go", "resource_words.go", "verb_words.go"}
}

// unshown are what no plan shows: a reason that only a roll-back uses.
func unshown() []string { return []string{"reasonTargetRolledBack"} }

func TestEveryReasonAndMessageHasAGoldenPlan(t *testing.T) {
	plans := goldenPlans(t)
	names := map[string]bool{}
	for _, file := range homesOfWords() {
		for name, text := range constants(t, file) {
			names[name] = true
			if !slices.Contains(unshown(), name) && !pattern(text).MatchString(plans) {
				t.Errorf("%s: no golden plan in testdata shows %s: %q; add a fixture", file, name, text)
			}
		}
	}
	for _, name := range unshown() {
		if !names[name] {
			t.Errorf("%s is no constant any more", name)
		}
	}
}

func TestAReasonWithoutAGoldenPlanIsFound(t *testing.T) {
	if pattern("config changed for no reason: %s").MatchString(goldenPlans(t)) {
		t.Error("a reason that nothing produces was found in a golden plan")
	}
}

// TestThePlannersWordsHaveOneHome keeps a reason from being written where the test above does not see it.
func TestThePlannersWordsHaveOneHome(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || slices.Contains(homesOfWords(), file) || file == "string.go" {
			continue // string.go has the words of the plan's own text
		}
		for _, text := range literals(t, file) {
			if sentence.MatchString(text) && text != startOfUnit {
				t.Errorf("%s: %q: reasons belong into reasons.go, warnings and problems into messages.go", file, text)
			}
		}
	}
}

// startOfUnit is compared with the text of a unit.
const startOfUnit = "podman start "

// sentence matches two words.
var sentence = regexp.MustCompile(`[a-z%]{2,} [a-z%(]{2,}`)

func goldenPlans(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	var all strings.Builder
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(section(archive, "plan"))
	}
	return all.String()
}

var verb = regexp.MustCompile(`%(\\\.\d+)?[a-z]`)

// pattern matches what a format prints, with anything in the place of its verbs.
func pattern(format string) *regexp.Regexp {
	return regexp.MustCompile(verb.ReplaceAllString(regexp.QuoteMeta(format), `.+`))
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// constants returns the text constants of a file by name.
func constants(t *testing.T, file string) map[string]string {
	t.Helper()
	all := map[string]string{}
	ast.Inspect(parse(t, file), func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for i, name := range spec.Names {
				all[name.Name] = unquoted(t, spec.Values[i].(*ast.BasicLit))
			}
		}
		return true
	})
	return all
}

func literals(t *testing.T, file string) []string {
	t.Helper()
	var all []string
	ast.Inspect(parse(t, file), func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			all = append(all, unquoted(t, lit))
		}
		return true
	})
	return all
}

func unquoted(t *testing.T, lit *ast.BasicLit) string {
	t.Helper()
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
