package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/text"
)

func TestQuery(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, typed string
		want        []text.Term
	}{
		{"the word, as French, English and unknown texts have it", "perceuses", []text.Term{{Words: []string{"perceux", "perceus", "perceuses"}, Prefix: "perceuse"}}},
		{"accents and capitals", "PERÇEUSE", []text.Term{{Words: []string{"perceux", "perceus", "perceuse"}, Prefix: "perceus"}}},
		{"elisions and stop words", "l’échelle de la", []text.Term{{Words: []string{"echel", "echell", "echelle"}}}},
		{"half a word", "une perc", []text.Term{{Words: []string{"perc"}, Prefix: "perc"}}},
		{"two letters tell nothing", "pe", []text.Term{{Words: []string{"pe"}}}},
		{"each word once", "vélo Vélos", []text.Term{{Words: []string{"velo"}}}},
		{"several words", "tondeuse 3", []text.Term{{Words: []string{"tondeux", "tondeus", "tondeuse"}}, {Words: []string{"3"}}}},
		{"only stop words", "de la des", nil},
		{"nothing", " \t", nil},
		{"emoji", "🪛🔧", nil},
		{"NUL", "per\x00ceuse", []text.Term{{Words: []string{"per"}}, {Words: []string{"ceu", "ceus", "ceuse"}, Prefix: "ceuse"}}},
		{"what SQL would take for its own", "100% _ ' -- \"", []text.Term{{Words: []string{"100"}, Prefix: ""}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, text.Query(test.typed, "fr", "en")); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// FuzzQuery holds that whatever is typed, few short words are looked for, which are
// such as an index has.
func FuzzQuery(f *testing.F) {
	for _, typed := range []string{"perceuse à percussion", "l’d'qu’", "\x00\xff", strings.Repeat("é", 5000), strings.Repeat("a b ", 400), "🪛 %_'", "ǅ İ ﬃ"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		terms := text.Query(typed, "fr", "en")
		if len(terms) > 8 {
			t.Errorf("%d terms", len(terms))
		}
		for i, term := range terms {
			if len(term.Words) == 0 || len(term.Words) > 6 {
				t.Errorf("%d words: %q", len(term.Words), term.Words)
			}
			if term.Prefix != "" && i != len(terms)-1 {
				t.Errorf("a word before the last has a prefix: %q", term.Prefix)
			}
			for _, word := range append(term.Words, term.Prefix) {
				if len(word) > 64 || !utf8.ValidString(word) || strings.ContainsAny(word, " :%_\x00") {
					t.Errorf("word %q", word)
				}
			}
		}
	})
}
