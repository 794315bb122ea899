package federation

import (
	"strings"
	"testing"
)

func TestLinksBack(t *testing.T) {
	t.Parallel()
	const profile, actor = "https://malakoff.example/@jeanne", "https://malakoff.example/users/7"
	for _, test := range []struct {
		name, page string
		want       bool
	}{
		{"a link", `<p>Me suivre : <a href="https://malakoff.example/@jeanne" rel="me">ici</a>`, true},
		{"among other relations, in capitals", `<a rel="nofollow ME noopener" href="https://Malakoff.example/@Jeanne/">`, true},
		{"in the head", `<head><link rel=me href=https://malakoff.example/users/7></head>`, true},
		{"a map", `<map><area rel="me" href="https://malakoff.example/@jeanne"></map>`, true},
		{"without the relation", `<a href="https://malakoff.example/@jeanne">`, false},
		{"to somebody else", `<a rel="me" href="https://malakoff.example/@jeannette">`, false},
		{"elsewhere", `<a rel="me" href="https://malakoff.example.evil.example/@jeanne">`, false},
		{"by another scheme", `<a rel="me" href="http://malakoff.example/@jeanne">`, false},
		{"with a question", `<a rel="me" href="https://malakoff.example/@jeanne?x=1">`, false},
		{"in a comment", `<!-- <a rel="me" href="https://malakoff.example/@jeanne"> -->`, false},
		{"in a script", `<script>'<a rel="me" href="https://malakoff.example/@jeanne">'</script>`, false},
		{"in a text box", `<textarea><a rel="me" href="https://malakoff.example/@jeanne"></textarea>`, false},
		{"nothing", ``, false},
	} {
		if got := linksBack([]byte(test.page), "https://jeanne.example/", profile, actor); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	if !linksBack([]byte(`<a rel="me" href="/@jeanne">`), "https://malakoff.example/page", profile) {
		t.Error("a link within the same site is not found")
	}
}

func FuzzLinksBack(f *testing.F) {
	f.Add([]byte(`<a rel="me" href="https://malakoff.example/@jeanne">`), "https://jeanne.example/")
	f.Add([]byte(`<link rel=me href=//malakoff.example>`), "://")
	f.Fuzz(func(t *testing.T, page []byte, address string) {
		if linksBack(page, address, "https://malakoff.example/@jeanne") && !strings.Contains(strings.ToLower(string(page)), "me") {
			t.Error("a page links back that does not say so")
		}
	})
}
