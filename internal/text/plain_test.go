package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/text"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"paragraphs", "<p>Bonjour,</p>\n<p>je prête  une\nperceuse.</p>", "Bonjour,\n\nje prête une perceuse."},
		{"line breaks", "Rue Hoche<br>au <b>12</b><br/>2e étage", "Rue Hoche\nau 12\n2e étage"},
		{"a list", "<p>Il faut :</p><ul><li>une échelle</li><li><p>deux bras</p></li></ul><p>Merci</p>", "Il faut :\n\n- une échelle\n- deux bras\n\nMerci"},
		{"a shortened address", `<a href="https://malakoff.example/entraide/42"><span class="invisible">https://</span><span class="ellipsis">malakoff.example/entr</span><span class="invisible">aide/42</span></a> !`,
			"malakoff.example/entr… !"},
		{"an invisible span around others", `a<span class="invisible">b<span>c</span>d</span>e`, "ae"},
		{"a mention", `<span class="h-card"><a href="https://x.example/@lea">@<span>lea</span></a></span>, bonjour`, "@lea, bonjour"},
		{"code keeps its lines", "<pre><code>a\n  b</code></pre>fin", "a\n  b\n\nfin"},
		{"entities", "5 &lt; 6 &amp; l&#39;échelle", "5 < 6 & l'échelle"},
		{"a script", "<p>a</p><script>alert(1)</script><style>p{}</style>b", "a\n\nb"},
		{"nothing", "<p> </p><br>", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, text.Plain(test.in)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		n    int
		want string
	}{
		{"Perceuse à percussion", 40, "Perceuse à percussion"},
		{"Perceuse\n\n à percussion", 21, "Perceuse à percussion"},
		{"Perceuse à percussion et ses mèches", 22, "Perceuse à percussion…"},
		{"Perceuse à percussion et ses mèches", 21, "Perceuse à…"},
		{"Échelle, escabeau et diable", 10, "Échelle…"},
		{"anticonstitutionnellement", 6, "antic…"},
		{"Malakoff", 1, "…"},
		{"Malakoff", 0, ""},
		{"", 5, ""},
	}
	for _, test := range tests {
		if got := text.Excerpt(test.in, test.n); got != test.want {
			t.Errorf("Excerpt(%q, %d) = %q, want %q", test.in, test.n, got, test.want)
		}
	}
}

func TestExcerptNeverLonger(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		source, n := rapid.String().Draw(t, "text"), rapid.IntRange(0, 80).Draw(t, "n")
		got := text.Excerpt(source, n)
		if utf8.RuneCountInString(got) > n || strings.ContainsAny(got, "\n\t") {
			t.Fatalf("Excerpt(%q, %d) = %q", source, n, got)
		}
	})
}
