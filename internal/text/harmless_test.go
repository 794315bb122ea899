package text_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var allowed = map[string]string{
	"p": "class", "br": "", "span": "class", "a": "href class rel", "del": "", "s": "", "pre": "", "blockquote": "", "code": "", "b": "", "strong": "",
	"u": "", "i": "", "em": "", "ul": "", "ol": "start", "li": "",
}

var rels = regexp.MustCompile(`^(tag )?nofollow noopener noreferrer$`)

// mustBeHarmless reads HTML with a parser of its own, trusting no pattern search, and fails on anything that a page must not contain.
func mustBeHarmless(t *testing.T, source string) {
	t.Helper()
	tokens := html.NewTokenizer(strings.NewReader(source))
	for tokens.Next() != html.ErrorToken {
		token := tokens.Token()
		switch token.Type {
		case html.TextToken, html.EndTagToken:
			continue
		case html.CommentToken, html.DoctypeToken:
			t.Errorf("%v in %q", token, source)
		}
		attributes, ok := allowed[token.Data]
		if !ok {
			t.Errorf("element %q in %q", token.Data, source)
		}
		for _, a := range token.Attr {
			if !strings.Contains(" "+attributes+" ", " "+a.Key+" ") {
				t.Errorf("attribute %q in %q", a.Key, source)
			}
			if a.Key == "rel" && !rels.MatchString(a.Val) {
				t.Errorf("rel %q in %q", a.Val, source)
			}
			if u, err := url.Parse(a.Val); a.Key == "href" && (err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto") {
				t.Errorf("address %q in %q", a.Val, source)
			}
		}
	}
}
