package federation

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/federation/vocab"
)

// TestFederationMD compares the tables of FEDERATION.md with the code.
func TestFederationMD(t *testing.T) {
	raw, err := os.ReadFile("../FEDERATION.md")
	if err != nil {
		t.Fatal(err)
	}
	var terms []string
	for _, term := range vocab.Terms() {
		terms = append(terms, term.Name)
	}
	for heading, want := range map[string][]string{
		"### Received":                       slices.Collect(maps.Keys(acts)),
		"### Sent":                           sentTypes(t),
		"### Read":                           slices.Clone(postTypes),
		"## Terms":                           terms,
		"## Fediverse Enhancement Proposals": append(proposals(t), "FEP-67ff"),
	} {
		got := firstColumn(string(raw), heading)
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-code +FEDERATION.md):\n%s", heading, diff)
		}
	}
}

var firstCell = regexp.MustCompile("^\\| (?:`([^`]+)`|\\[(FEP-[0-9a-f]{4})\\])")

// firstColumn gives the first cells of the table under a heading.
func firstColumn(page, heading string) []string {
	_, section, _ := strings.Cut(page, "\n"+heading+"\n")
	section, _, _ = strings.Cut(section, "\n#")
	var cells []string
	for line := range strings.Lines(section) {
		if m := firstCell.FindStringSubmatch(line); m != nil {
			cells = append(cells, m[1]+m[2])
		}
	}
	return cells
}

// sentTypes are the activities among the golden files of what we send.
func sentTypes(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/sent/*.json")
	if err != nil {
		t.Fatal(err)
	}
	types := make(map[string]bool)
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct{ Type, Actor string }
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		if doc.Actor != "" {
			types[doc.Type] = true
		}
	}
	return slices.Collect(maps.Keys(types))
}

// proposals are the FEPs that the code names.
func proposals(t *testing.T) []string {
	t.Helper()
	found := make(map[string]bool)
	for _, pattern := range []string{"*.go", "vocab/*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range regexp.MustCompile(`FEP-[0-9a-f]{4}`).FindAllString(string(raw), -1) {
				found[name] = true
			}
		}
	}
	return slices.Collect(maps.Keys(found))
}
