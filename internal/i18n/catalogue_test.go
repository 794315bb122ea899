package i18n_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/i18n"
)

// square is a catalogue as a package of pages brings it.
var square = fstest.MapFS{
	"locales/square.fr.toml": {Data: []byte(`
"square.hello" = "Bonjour"
"square.welcome" = "Bienvenue, {{.Name}}, à {{ .Place }}"
"square.french" = "Seulement ici, {{.Name}}"
"square.answers" = { one = "{{.Count}} réponse", other = "{{.Count}} réponses" }
"square.offers" = { one = "{{.Count}} annonce à {{.Place}}", other = "{{.Count}} annonces à {{.Place}}" }
`)},
	"locales/square.en.toml": {Data: []byte(`
"square.hello" = "Hello"
"square.welcome" = "Welcome to {{.Place}}, {{.Name}}"
"square.answers" = { one = "{{.Count}} answer", other = "{{.Count}} answers" }
"square.offers" = { one = "{{.Count}} offer in {{.Place}}", other = "{{.Count}} offers in {{.Place}}" }
`)},
	"locales/README": {Data: []byte("not a catalogue")},
}

func load(t testing.TB, roots ...fstest.MapFS) *i18n.Catalogue {
	t.Helper()
	var catalogue *i18n.Catalogue
	var err error
	if len(roots) == 0 {
		catalogue, err = i18n.Load()
	} else {
		catalogue, err = i18n.Load(roots[0])
	}
	if err != nil {
		t.Fatal(err)
	}
	return catalogue
}

func TestOwnCatalogues(t *testing.T) {
	t.Parallel()
	for _, problem := range load(t).Problems() {
		t.Error(problem)
	}
}

func TestT(t *testing.T) {
	t.Parallel()
	catalogue := load(t, square)
	tests := []struct {
		lang, key string
		args      []any
		want      string
	}{
		{"fr", "square.hello", nil, "Bonjour"},
		{"en", "square.hello", nil, "Hello"},
		{"fr", "square.welcome", []any{"Name", "Jeanne", "Place", "Malakoff"}, "Bienvenue, Jeanne, à Malakoff"},
		{"en", "square.welcome", []any{"Name", "Jeanne", "Place", "Malakoff"}, "Welcome to Malakoff, Jeanne"},
		{"fr", "square.welcome", []any{"Name", "Place", "Place", "Name"}, "Bienvenue, Place, à Name"},
		{"fr", "square.answers", []any{i18n.Count(0)}, "0 réponse"},
		{"fr", "square.answers", []any{i18n.Count(1)}, "1 réponse"},
		{"fr", "square.answers", []any{i18n.Count(2)}, "2 réponses"},
		{"fr", "square.answers", []any{i18n.Count(1_000_000)}, "1\u202F000\u202F000 réponses"},
		{"en", "square.answers", []any{i18n.Count(0)}, "0 answers"},
		{"en", "square.answers", []any{i18n.Count(1)}, "1 answer"},
		{"fr", "square.offers", []any{"Place", "Vanves", i18n.Count(14)}, "14 annonces à Vanves"},
		{"fr", "square.offers", []any{i18n.Count(1), "Place", "Vanves"}, "1 annonce à Vanves"},
		{"en", "square.welcome", []any{"Name", 1500, "Place", time.Second}, "Welcome to 1s, 1,500"},
	}
	for _, test := range tests {
		if got := catalogue.For(test.lang).T(test.key, test.args...); got != test.want {
			t.Errorf("%s: T(%q, %v) = %q, want %q", test.lang, test.key, test.args, got, test.want)
		}
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	catalogue := load(t, square)
	var missing []string
	catalogue.OnMissing = func(lang, key string) { missing = append(missing, lang+" "+key) }
	english := catalogue.For("en")
	if got, want := english.T("square.french", "Name", "Léa"), "Seulement ici, Léa"; got != want {
		t.Errorf("a key only in French: %q, want %q", got, want)
	}
	if got, want := english.T("square.nowhere"), "square.nowhere"; got != want {
		t.Errorf("an unknown key: %q, want %q", got, want)
	}
	if got, want := english.T("square.welcome", "Name", "Léa"), "Welcome to , Léa"; got != want {
		t.Errorf("a missing value: %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"en square.french", "en square.nowhere", "en square.welcome {{.Place}}"}, missing); diff != "" {
		t.Errorf("told of: -want +got\n%s", diff)
	}
	if english.Has("square.french") || !english.Has("square.hello") {
		t.Error("Has is wrong about English")
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	catalogue := load(t, fstest.MapFS{
		"a.fr.toml": {Data: []byte(`
"ok" = "Bien"
"fr" = "Français"
"gaps" = "À {{.Place}}"
"broken" = "À {{Place}}"
"empty" = ""
"count" = "{{.Count}} places"
"odd" = { one = "{{.Name}}", other = "eux" }
`)},
		"a.en.toml": {Data: []byte(`
"ok" = "Fine"
"en" = "English"
"gaps" = "In {{.Town}}"
"broken" = "In {{.Place}}"
"empty" = "x"
"odd" = "them"
"count" = { one = "{{.Count}} place", other = "{{.Count}} places" }
`)},
	})
	want := []string{
		`en: "fr" is missing`,
		`en: "gaps" has placeholders [Town], in fr [Place]`,
		`fr: "broken" placeholder "Place" is not of the form {{.Name}}`,
		`fr: "count" counts but has no singular`,
		`fr: "empty" has no text`,
		`fr: "en" is missing`,
		`fr: "odd" has {{.Name}} in the singular only`,
	}
	if diff := cmp.Diff(want, catalogue.Problems()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"a key defined twice": {fstest.MapFS{"a.fr.toml": {Data: []byte(`"k" = "a"`)}, "b.fr.toml": {Data: []byte(`"k" = "b"`)}}, `"k" is defined twice`},
		"a broken file":       {fstest.MapFS{"a.fr.toml": {Data: []byte(`"k" = `)}}, "a.fr.toml"},
	}
	for name, test := range tests {
		if _, err := i18n.Load(test.files); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
}

func TestFor(t *testing.T) {
	t.Parallel()
	catalogue := load(t)
	tests := []struct {
		preferences []string
		want        string
	}{
		{nil, "fr"}, {[]string{""}, "fr"}, {[]string{"en"}, "en"}, {[]string{"fr-CA"}, "fr"}, {[]string{"en-GB,en;q=0.9,fr;q=0.8"}, "en"},
		{[]string{"de,en;q=0.5"}, "en"}, {[]string{"ja"}, "fr"}, {[]string{"", "en"}, "en"}, {[]string{"fr", "en"}, "fr"}, {[]string{"ja", "en"}, "en"},
		{[]string{"*"}, "fr"}, {[]string{"!!", "en"}, "en"}, {[]string{strings.Repeat("en-", 2000)}, "fr"},
	}
	for _, test := range tests {
		if got := catalogue.For(test.preferences...).Lang(); got != test.want {
			t.Errorf("For(%.60q) speaks %s, want %s", test.preferences, got, test.want)
		}
	}
}

func TestPlainMessagesCostNothing(t *testing.T) {
	printer := load(t, square).For("fr")
	if allocs := testing.AllocsPerRun(100, func() { printer.T("square.hello") }); allocs != 0 {
		t.Errorf("%v allocations, want none", allocs)
	}
}

func BenchmarkPlain(b *testing.B) {
	printer := load(b, square).For("fr")
	for b.Loop() {
		printer.T("square.hello")
	}
}

func BenchmarkPlural(b *testing.B) {
	printer := load(b, square).For("fr")
	for b.Loop() {
		printer.T("square.offers", i18n.Count(14), "Place", "Vanves")
	}
}
