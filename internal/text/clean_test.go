package text_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/text"
)

func TestClean(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"a paragraph", `<p>Bonjour <em>Malakoff</em></p>`, `<p>Bonjour <em>Malakoff</em></p>`},
		{"a mention as Mastodon writes it", `<p><span class="h-card" translate="no"><a href="https://vanves.example/@lea" class="u-url mention">@<span>lea</span></a></span></p>`,
			`<p><span class="h-card"><a href="https://vanves.example/@lea" class="u-url mention" rel="nofollow noopener noreferrer">@<span>lea</span></a></span></p>`},
		{"a hashtag keeps its rel", `<a href="https://vanves.example/tags/velo" class="mention hashtag status-link" rel="tag">#<span>velo</span></a>`,
			`<a href="https://vanves.example/tags/velo" class="mention hashtag" rel="tag nofollow noopener noreferrer">#<span>velo</span></a>`},
		{"a heading", `<h2>Vide-grenier</h2><p>Dimanche</p>`, `<p><strong>Vide-grenier</strong></p><p>Dimanche</p>`},
		{"a heading around a paragraph", `<h1><b><p>Vide-grenier</p></b></h1>`, `<b><p>Vide-grenier</p></b>`},
		{"an unknown element leaves its words", `<article><table><tr><td>Perceuse</td></tr></table></article>`, `Perceuse`},
		{"an ordered list from three", `<ol start="3" type="i"><li value="9">Échelle</li></ol>`, `<ol start="3"><li>Échelle</li></ol>`},
		{"a mail address", `<a href="mailto:lea@malakoff.example">écrire</a>`, `<a href="mailto:lea@malakoff.example" rel="nofollow noopener noreferrer">écrire</a>`},
		{"elements left open are closed", `<blockquote><b>ouvert`, `<blockquote><b>ouvert</b></blockquote>`},
		{"elements closed twice", `ici</p></div></ul></main>`, `ici<p></p>`},
		{"nothing", ``, ``},
		{"invalid UTF-8", "caf\xe9", "caf\uFFFD"},
		{"a null character", "sc\x00ript", "script"},

		// What attackers send: attack 39 of the research, each class once.
		{"a script", `<p>a<script>alert(1)</script>b</p>`, `<p>ab</p>`},
		{"a script without end", `<p>a</p><script>alert(1)`, `<p>a</p>`},
		{"a broken script", `<scr<script>ipt>alert(1)</script>`, `ipt&gt;alert(1)`},
		{"an event handler", `<p onclick="alert(1)" style="x">a</p>`, `<p>a</p>`},
		{"an event handler behind a slash", `<a/onmouseover=alert(1) /href=https://a.example>a</a>`, `<a href="https://a.example" rel="nofollow noopener noreferrer">a</a>`},
		{"a picture", `<img src=x onerror=alert(1) srcset="https://a.example/x 1x">`, ``},
		{"a style", `<style>p{background:url(https://a.example)}</style><p style="position:fixed">a</p>`, `<p>a</p>`},
		{"an SVG with a script", `<svg><g onload=alert(1)><script>alert(1)</script></g></svg>a`, `a`},
		{"MathML mutation", `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;"></math>`, ``},
		{"noscript mutation", `<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>`, `&#34;&gt;`},
		{"javascript address", `<a href="javascript:alert(1)">a</a>`, `a`},
		{"javascript address in capitals and entities", `<a href=" &#106;Ava&#x09;script:alert(1)">a</a>`, `a`},
		{"data address", `<a href="data:text/html,<script>alert(1)</script>">a</a>`, `a`},
		{"an address without scheme", `<a href="//a.example">a</a>`, `a`},
		{"an address relative to us", `<a href="/settings/delete">a</a>`, `a`},
		{"an address that pretends", `<a href="https://mairie.example@evil.example">a</a>`, `a`},
		{"an iframe", `<iframe src="https://a.example">x</iframe>`, ``},
		{"a form", `<form action="https://a.example"><input name=password><button>Envoyer</button></form>`, `Envoyer`},
		{"a base", `<base href="https://a.example/"><meta http-equiv=refresh content="0;url=https://a.example">a`, `a`},
		{"a comment", `a<!--[if IE]><script>alert(1)</script><![endif]-->b`, `ab`},
		{"an id", `<p id="contenu" name="x">a</p>`, `<p>a</p>`},
		{"our own classes", `<p class="btn go publish h-entry">a</p>`, `<p class="h-entry">a</p>`},
		{"an attribute that ends early", `<a href='https://a.example/"onclick="alert(1)'>a</a>`, `<a href="https://a.example/%22onclick=%22alert%281%29" rel="nofollow noopener noreferrer">a</a>`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := text.Clean(test.in)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("Clean(%q): -want +got\n%s", test.in, diff)
			}
			if again := text.Clean(got); again != got {
				t.Errorf("cleaned twice: %q, once: %q", again, got)
			}
		})
	}
}

func TestCleanIsBounded(t *testing.T) {
	t.Parallel()
	got := text.Clean(strings.Repeat("é", text.MaxHTML))
	if len(got) > text.MaxHTML || strings.ContainsRune(got, '\uFFFD') {
		t.Errorf("%d bytes, want at most %d and no broken character", len(got), text.MaxHTML)
	}
	deep := text.Clean(strings.Repeat("<b><blockquote>", 4000) + "au fond")
	if want := "<p>au fond</p>"; deep != want {
		t.Errorf("nested deeply: %.80q, want %q", deep, want)
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{
		`<p>Bonjour <a href="https://malakoff.example">Malakoff</a></p>`, `<h1><b><p>x</p></b></h1>`, `<a href=https://a.example><p><a href=https://b.example>`,
		`<svg><style><!--</style><img src=x onerror=alert(1)>`, `<b><i><p></b>x`, `<ul><li><ol start=2><li>a</ul>b`, "<pre>\n\n x</pre>", `<p class="h-x invisible">`,
		`<li><p><h2>a<blockquote></h2>`, `&lt;script&gt;&amp;lt;`, `<b><b><b><b><p>x</b>`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		got := text.Clean(source)
		mustBeHarmless(t, got)
		if again := text.Clean(got); again != got && len(got) < text.MaxHTML {
			t.Errorf("cleaned twice: %q, once: %q", again, got)
		}
	})
}
