package text_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/text"
)

// malakoff knows Léa here, Karim next door, and a page for every hashtag.
var malakoff = text.Links{
	Mention: func(handle string) (string, bool) {
		switch handle {
		case "lea":
			return "https://malakoff.example/@lea", true
		case "karim@vanves.example":
			return "https://vanves.example/@karim", true
		case "odile@malakoff.localhost:8080":
			return "http://malakoff.localhost:8080/@odile", true
		}
		return "", false
	},
	Hashtag: func(key string) (string, bool) { return "https://malakoff.example/tags/" + key, true },
}

const (
	rel   = ` rel="nofollow noopener noreferrer"`
	lea   = `<span class="h-card"><a href="https://malakoff.example/@lea" class="u-url mention"` + rel + `>@<span>lea</span></a></span>`
	karim = `<span class="h-card"><a href="https://vanves.example/@karim" class="u-url mention"` + rel + `>@<span>Karim</span></a></span>`
	velo  = `<a href="https://malakoff.example/tags/velo" class="mention hashtag" rel="tag nofollow noopener noreferrer">#<span>Vélo</span></a>`
)

func TestMarkdown(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"paragraphs and lines", "Bonjour,\nje prête.\n\nMerci", "<p>Bonjour,<br/>\nje prête.</p>\n<p>Merci</p>"},
		{"emphasis", "*doux* **fort** ~~faux~~ `code`", "<p><em>doux</em> <strong>fort</strong> <del>faux</del> <code>code</code></p>"},
		{"a heading", "## Le matériel\nUne échelle", "<p><strong>Le matériel</strong></p>\n<p>Une échelle</p>"},
		{"underlined is no heading", "Le matériel\n---\nUne échelle", "<p>Le matériel</p>\n<p>* * *</p>\n<p>Une échelle</p>"},
		{"a list", "- une échelle\n- deux bras", "<ul>\n<li>une échelle</li>\n<li>deux bras</li>\n</ul>"},
		{"a quote", "> avant\n\naprès", "<blockquote>\n<p>avant</p>\n</blockquote>\n<p>après</p>"},
		{"an indented line is no code", "Il faut :\n\n    une échelle", "<p>Il faut :</p>\n<p>une échelle</p>"},
		{"a note is no link definition", "[Note]: à rendre lundi", "<p>[Note]: à rendre lundi</p>"},
		{"HTML is text", `<b onclick="x">gras</b><script>alert(1)</script>`, `<p>&lt;b onclick=&#34;x&#34;&gt;gras&lt;/b&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>`},
		{"a link", `[la mairie](https://mairie.example "titre")`, `<p><a href="https://mairie.example"` + rel + `>la mairie</a></p>`},
		{"a javascript link", `[ici](javascript:alert(1))`, `<p>ici</p>`},
		{"a picture is its description", `![une perceuse](https://a.example/p.jpg)`, `<p>une perceuse</p>`},
		{"a bare address before a full stop", "Voir https://mairie.example/fête.", `<p>Voir <a href="https://mairie.example/f%C3%AAte"` + rel + `>https://mairie.example/fête</a>.</p>`},
		{"a bare address in parentheses", "(https://fr.example/Malakoff_(ville))", `<p>(<a href="https://fr.example/Malakoff_(ville)"` + rel + `>https://fr.example/Malakoff_(ville)</a>)</p>`},
		{"a bare address before French punctuation", "https://mairie.example\u202F!", `<p><a href="https://mairie.example"` + rel + ">https://mairie.example</a>\u202F!</p>"},
		{"a mail address", "lea@malakoff.example", `<p><a href="mailto:lea@malakoff.example"` + rel + `>lea@malakoff.example</a></p>`},

		{"a mention", "Merci @lea.", "<p>Merci " + lea + ".</p>"},
		{"a mention elsewhere", "(@Karim@vanves.example)", "<p>(" + karim + ")</p>"},
		{"a mention with a port", "@odile@malakoff.localhost:8080: oui", `<p><span class="h-card"><a href="http://malakoff.localhost:8080/@odile" class="u-url mention"` + rel + `>@<span>odile</span></a></span>: oui</p>`},
		{"somebody unknown", "@inconnu bonjour", "<p>@inconnu bonjour</p>"},
		{"an emphasised mention", "*@lea*", "<p><em>" + lea + "</em></p>"},
		{"a mention after an open bracket", "[urgent @lea", "<p>[urgent " + lea + "</p>"},
		{"a mention in code", "`@lea` et\n\n```\n@lea #Vélo\n```", "<p><code>@lea</code> et</p>\n<pre><code>@lea #Vélo\n</code></pre>"},
		{"a mention in a link", "[@lea et #Vélo](https://a.example)", `<p><a href="https://a.example"` + rel + `>@lea et #Vélo</a></p>`},
		{"a mention in an address", "https://vanves.example/@lea#Vélo", `<p><a href="https://vanves.example/@lea#V%C3%A9lo"` + rel + `>https://vanves.example/@lea#Vélo</a></p>`},
		{"a hashtag", "#Vélo !", "<p>" + velo + " !</p>"},
		{"a hashtag first is no heading", "#Vélo", "<p>" + velo + "</p>"},
		{"a number is no hashtag", "le #3 et #12_3", "<p>le #3 et #12_3</p>"},
		{"a word with a hash is no hashtag", "do#Vélo", "<p>do#Vélo</p>"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := text.Markdown(test.in, malakoff)
			if diff := cmp.Diff(test.want, got.HTML); diff != "" {
				t.Errorf("Markdown(%q): -want +got\n%s", test.in, diff)
			}
			mustBeHarmless(t, got.HTML)
		})
	}
}

func TestMarkdownFinds(t *testing.T) {
	t.Parallel()
	got := text.Markdown("@lea et @Karim@vanves.example, @LEA, @personne : #Vélo #fête_du_quartier #VELO `#code`", malakoff)
	if diff := cmp.Diff([]string{"lea", "karim@vanves.example"}, got.Mentions); diff != "" {
		t.Errorf("mentions: -want +got\n%s", diff)
	}
	want := []text.Hashtag{{Key: "velo", Name: "Vélo"}, {Key: "fete_du_quartier", Name: "fête_du_quartier"}}
	if diff := cmp.Diff(want, got.Hashtags); diff != "" {
		t.Errorf("hashtags: -want +got\n%s", diff)
	}
	if want := "@lea et @Karim, @LEA, @personne : #Vélo #fête_du_quartier #VELO #code"; got.Plain != want {
		t.Errorf("plain text %q, want %q", got.Plain, want)
	}
}

func TestMarkdownWithoutLinks(t *testing.T) {
	t.Parallel()
	got := text.Markdown("@lea #Vélo", text.Links{})
	if want := "<p>@lea #Vélo</p>"; got.HTML != want {
		t.Errorf("HTML %q, want %q", got.HTML, want)
	}
	if len(got.Mentions) != 0 || len(got.Hashtags) != 1 {
		t.Errorf("found %v and %v, want nobody and one hashtag", got.Mentions, got.Hashtags)
	}
}

func TestMarksAreBounded(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	for i := range 3 * text.MaxMarks {
		fmt.Fprintf(&source, "@voisin%d #rue%d ", i, i)
	}
	got := text.Markdown(source.String(), text.Links{
		Mention: func(handle string) (string, bool) { return "https://malakoff.example/@" + handle, true },
		Hashtag: malakoff.Hashtag,
	})
	if len(got.Mentions) != text.MaxMarks || len(got.Hashtags) != text.MaxMarks {
		t.Errorf("%d mentions and %d hashtags, want %d each", len(got.Mentions), len(got.Hashtags), text.MaxMarks)
	}
	if links := strings.Count(got.HTML, "<a "); links != 2*text.MaxMarks {
		t.Errorf("%d links, want %d", links, 2*text.MaxMarks)
	}
}

func TestMentions(t *testing.T) {
	t.Parallel()
	got := text.Mentions("@lea, @personne@vanves.example et `@code` puis [@lien](https://a.example) @Lea")
	if diff := cmp.Diff([]string{"lea", "personne@vanves.example"}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{
		"Bonjour @lea, #Vélo et https://a.example/(b).", "# Titre\n- a\n  1. b\n> c", "[a](javascript:alert(1)) ![x](y)", "<script>alert(1)</script>",
		"```\n@lea\n", "[a @lea](https://b.example) ~~x~~ ***y***", "<https://a.example/\"onclick=x>", "@lea@malakoff.example:8080:#x_",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		got := text.Markdown(source, malakoff)
		mustBeHarmless(t, got.HTML)
		if again := text.Clean(got.HTML); again != got.HTML && len(got.HTML) < text.MaxHTML {
			t.Errorf("cleaned again: %q, at first: %q", again, got.HTML)
		}
	})
}
