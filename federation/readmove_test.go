package federation

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/federation/vocab"
)

// TestReadMove: what an actor says of its other addresses is read in every form that
// servers write, and within bounds.
func TestReadMove(t *testing.T) {
	const self, old = "https://masto.example/users/marie", "https://vieux.example/users/marie"
	many := make([]string, maxAliases+10)
	for i := range many {
		many[i] = old + strconv.Itoa(i)
	}
	for name, c := range map[string]struct {
		doc     map[string]any
		movedTo string
		aliases []string
	}{
		"nothing":      {doc: map[string]any{}},
		"Mastodon":     {doc: map[string]any{"alsoKnownAs": []string{old}, "movedTo": old}, movedTo: old, aliases: []string{old}},
		"one string":   {doc: map[string]any{"alsoKnownAs": old}, aliases: []string{old}},
		"embedded":     {doc: map[string]any{"alsoKnownAs": []any{map[string]any{"id": old}}, "movedTo": map[string]any{"id": old}}, movedTo: old, aliases: []string{old}},
		"itself":       {doc: map[string]any{"alsoKnownAs": []string{self}, "movedTo": self}},
		"twice":        {doc: map[string]any{"alsoKnownAs": []string{old, old}}, aliases: []string{old}},
		"no address":   {doc: map[string]any{"alsoKnownAs": []any{"javascript:alert(1)", "acct:marie@vieux.example", 7, nil, ""}, "movedTo": "javascript:alert(1)"}},
		"far too many": {doc: map[string]any{"alsoKnownAs": many}, aliases: many[:maxAliases]},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := json.Marshal(c.doc)
			if err != nil {
				t.Fatal(err)
			}
			o, err := vocab.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			movedTo, aliases := readMove(o, self)
			if movedTo != c.movedTo {
				t.Errorf("moved to %q, want %q", movedTo, c.movedTo)
			}
			if diff := cmp.Diff(c.aliases, aliases); diff != "" {
				t.Errorf("aliases (-want +got):\n%s", diff)
			}
		})
	}
}
