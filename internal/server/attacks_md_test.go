package server_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	attackRow = regexp.MustCompile(`^\| (\d+) \|[^|]+\|([^|]+)\|$`)
	testName  = regexp.MustCompile("`([a-z/]+)\\.((?:Test|Fuzz)[A-Za-z0-9]+)(?:/([^`]+))?`")
)

// attacks is how many rows there are; those whose feature is not there yet name no test.
const attacks = 49

// TestAttacksAreTested: the table in docs/security.md has a row for each attack, and
// names tests that exist, or what of ours the attack would need.
func TestAttacksAreTested(t *testing.T) {
	doc, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[int]string)
	for line := range strings.Lines(string(doc)) {
		if cells := attackRow.FindStringSubmatch(strings.TrimSpace(line)); cells != nil {
			number, err := strconv.Atoi(cells[1])
			if _, twice := rows[number]; err != nil || twice {
				t.Errorf("row %q is there twice", cells[1])
			}
			rows[number] = cells[2]
		}
	}
	rooms := make(map[string]tests)
	for number := 1; number <= attacks; number++ {
		cell, ok := rows[number]
		named := testName.FindAllStringSubmatch(cell, -1)
		if !ok || len(named) == 0 && number != 45 && number != 46 && !strings.Contains(cell, "not there yet: ") {
			t.Errorf("attack %d has no test", number)
		}
		for _, name := range named {
			room, known := rooms[name[1]]
			if !known {
				room = testsIn(t, name[1])
				rooms[name[1]] = room
			}
			if literals, exists := room[name[2]]; !exists || name[3] != "" && !literals[name[3]] {
				t.Errorf("attack %d: there is no %s", number, name[0])
			}
		}
	}
	if len(rows) != attacks {
		t.Errorf("%d rows, want %d", len(rows), attacks)
	}
}

// tests are the functions of a package that test, each with the texts in it: the
// names of its subtests are among them.
type tests map[string]map[string]bool

func testsIn(t *testing.T, room string) tests {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("../..", room, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := make(tests)
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				found[f.Name.Name] = literalsIn(f)
			}
		}
	}
	return found
}

func literalsIn(f *ast.FuncDecl) map[string]bool {
	literals := make(map[string]bool)
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				literals[text] = true
			}
		}
		return true
	})
	return literals
}
