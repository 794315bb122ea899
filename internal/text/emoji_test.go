package text_test

import (
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/text"
)

// cat shows one emoji.
func cat(name string) string {
	if name == "chat" {
		return "<img>"
	}
	return ""
}

func TestEmojis(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                      "",
		"<p>Le :chat: dort</p>":                 "<p>Le <img> dort</p>",
		":chat::chat:":                          "<img><img>",
		"::chat:":                               ":<img>",
		":chien: :chat:":                        ":chien: <img>",
		":chien:chat:":                          ":chien<img>",
		"à 12:30:15 :chat":                      "à 12:30:15 :chat",
		`<a href="https://x/:chat:">:chat:</a>`: `<a href="https://x/:chat:"><img></a>`,
		"a < b :chat:":                          "a < b :chat:", // no cleaned HTML: left alone
		":" + strings.Repeat("a", 70) + ":":     ":" + strings.Repeat("a", 70) + ":",
		": chat: :chat :":                       ": chat: :chat :",
	} {
		if got := text.Emojis(in, cat); got != want {
			t.Errorf("Emojis(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzEmojis: without pictures, nothing changes; with them, tags stay as they are.
func FuzzEmojis(f *testing.F) {
	f.Add("<p>Le :chat: dort</p>")
	f.Add(`<a href=":chat:">:chat::</a>`)
	f.Fuzz(func(t *testing.T, in string) {
		if got := text.Emojis(in, func(string) string { return "" }); got != in {
			t.Errorf("without pictures %q became %q", in, got)
		}
		clean := text.Clean(in)
		if got := text.Clean(text.Emojis(clean, func(string) string { return "🐈" })); strings.Count(got, "<") != strings.Count(clean, "<") {
			t.Errorf("%q became %q", clean, got)
		}
	})
}
