package parvis_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/i18n"
)

// messageKey is the shape of a message key in our sources.
var messageKey = regexp.MustCompile(`^[a-z]+(\.[a-z]+)+$`)

// fileName is the shape of the names of files, which look like keys.
var fileName = regexp.MustCompile(`\.(json|html|jpg|csv|zip)$`)

// Every sentence that the domain and its verbs may ask people to read exists.
func TestEveryMessageExistsInEveryLanguage(t *testing.T) {
	t.Parallel()
	catalogue, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, dir := range []string{".", "../app"} {
		for where, key := range messageKeys(t, dir) {
			found++
			for _, lang := range i18n.Languages {
				if !catalogue.For(lang).Has(key) {
					t.Errorf("%s: no %q in %s", where, key, lang)
				}
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d message keys found: has their form changed?", found)
	}
}

// messageKeys returns the message keys in a package's sources, by position: the
// strings of that shape that are an argument, or a value of a table.
func messageKeys(t *testing.T, dir string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	keys := make(map[string]string)
	files := token.NewFileSet()
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		note := func(e ast.Expr) {
			literal, ok := e.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return
			}
			if s, err := strconv.Unquote(literal.Value); err == nil && messageKey.MatchString(s) && !fileName.MatchString(s) {
				keys[files.Position(literal.Pos()).String()] = s
			}
		}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.CallExpr:
				for _, argument := range node.Args {
					note(argument)
				}
			case *ast.KeyValueExpr:
				note(node.Value)
			}
			return true
		})
	}
	return keys
}
