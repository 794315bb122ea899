package text_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/text"
)

func TestFold(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"Élagage À Vélo": "elagage a velo", "Œuvre": "oeuvre", "ex æquo": "ex aequo", "L’échelle": "l'echelle", "GARÇON naïf": "garcon naif",
		"perceuse": "perceuse", "Straße": "strasse", "İstanbul": "istanbul", "ﬁcelle": "ficelle", "1 000": "1 000", "": "",
	}
	for in, want := range tests {
		if got := text.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestStems(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, lang, in, want string }{
		{"stop words go", "fr", "Je prête une perceuse à mes voisins et à leurs amis", "pret perceux voisin ami"},
		{"elisions go", "fr", "L’échelle d'Odile, qu’elle prête jusqu'à lundi", "echel odil pret lund"},
		{"aujourd'hui is a word", "fr", "aujourd’hui", "aujourdhui"},
		{"so is presqu'île", "fr", "Presqu’île", "presquil"},
		{"hyphens part words", "fr-FR", "Malakoff-Sud, porte-bébé", "malakoff sud port beb"},
		{"hashtags are words", "fr", "#VéloCargo", "velocargo"},
		{"figures stay", "fr", "3 pièces, T2, 12 h 30", "3 piec t2 12 30"},
		{"English", "en", "The neighbour's ladders, don't wait", "neighbour ladder dont wait"},
		{"another language", "de", "Die Leitern", "die leitern"},
		{"no language", "", "Échelles", "echelles"},
		{"nothing to find", "fr", "de la, l’ d' — « » '", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, strings.Join(text.Stems(test.lang, test.in), " ")); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestStemsFindAlike holds what search is for: people type without accents, in the plural, with or without the article.
func TestStemsFindAlike(t *testing.T) {
	t.Parallel()
	tests := [][]string{
		{"vélo", "Velos", "le vélo", "VÉLO"},
		{"échelle", "echelles", "l’échelle", "d'échelles"},
		{"réparation", "réparer", "Reparations"},
		{"cœur", "coeurs"},
		{"cours de maths", "Cours maths"},
	}
	for _, words := range tests {
		for _, word := range words[1:] {
			if diff := cmp.Diff(text.Stems("fr", words[0]), text.Stems("fr", word)); diff != "" {
				t.Errorf("%q and %q differ:\n%s", words[0], word, diff)
			}
		}
	}
}

func TestStemsAreBounded(t *testing.T) {
	t.Parallel()
	if got := len(text.Stems("fr", strings.Repeat("perceuse ", 2*text.MaxStems))); got != text.MaxStems {
		t.Errorf("%d stems, want %d", got, text.MaxStems)
	}
}

func TestStemsAreWords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.String().Draw(t, "text")
		for _, lang := range []string{"fr", "en", ""} {
			for _, stem := range text.Stems(lang, source) {
				if stem == "" || strings.ContainsAny(stem, " '\"*") {
					t.Fatalf("Stems(%q, %q) contains %q", lang, source, stem)
				}
			}
		}
	})
}
