package mail_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/mail"
)

var letter = mail.Letter{Language: "fr", Subject: "Malakoff : 2 nouvelles",
	Body: append(mail.Paragraphs("Bonjour Jeanne,\n\nVoici ce qui vous attend :\n\nhttps://malakoff.example/moi\n"),
		mail.Paragraph{Items: []mail.Paragraph{
			{Words: "Karim <b>vous</b> a écrit : « Perceuse »", Link: "https://malakoff.example/p/1?a=1&b=2"},
			{Words: "Odile demande à vous suivre", Link: "javascript:alert(1)"},
		}}),
	Foot: []mail.Paragraph{{Words: "Ne plus recevoir ces e-mails", Link: "https://malakoff.example/courriels/arreter?cle=x"}},
}

func TestLetterText(t *testing.T) {
	want := `Bonjour Jeanne,

Voici ce qui vous attend :

https://malakoff.example/moi


- Karim <b>vous</b> a écrit : « Perceuse »
  https://malakoff.example/p/1?a=1&b=2

- Odile demande à vous suivre
  javascript:alert(1)

-- 
Ne plus recevoir ces e-mails
https://malakoff.example/courriels/arreter?cle=x
`
	if diff := cmp.Diff(want, letter.Text()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestLetterHTML(t *testing.T) {
	got, err := letter.HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<html lang="fr">`, `<title>Malakoff : 2 nouvelles</title>`, `<a href="https://malakoff.example/moi">https://malakoff.example/moi</a>`,
		`<li style="margin: 0 0 10px;"><a href="https://malakoff.example/p/1?a=1&amp;b=2">Karim &lt;b&gt;vous&lt;/b&gt; a écrit : « Perceuse »</a></li>`, "prefers-color-scheme: dark"} {
		if !strings.Contains(got, want) {
			t.Errorf("the letter lacks %s:\n%s", want, got)
		}
	}
	for _, unwanted := range []string{"javascript:", "<img", "<script", "<link", "url(", "src="} {
		if strings.Contains(got, unwanted) {
			t.Errorf("the letter has %s:\n%s", unwanted, got)
		}
	}
}
