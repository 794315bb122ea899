package mastodon_test

import (
	"net/url"
	"testing"
)

func TestSearch(t *testing.T) {
	w := sqliteTown(t)
	jeanne := w.as(t, "jeanne")
	p := w.drill(t, "lea")
	type results struct {
		Accounts []gotAccount
		Statuses []gotStatus
		Hashtags []struct{ Name, URL string }
	}
	for _, test := range []struct {
		name, query                  string
		accounts, statuses, hashtags int
	}{
		{"a handle", "q=@lea@malakoff.example&resolve=True", 1, 0, 0},
		{"a name", "q=lea", 1, 0, 0},
		{"the beginning of a name", "q=je&limit=5", 1, 0, 0},
		{"accounts only", "q=lea&type=accounts", 1, 0, 0},
		{"statuses only", "q=lea&type=statuses", 0, 0, 0},
		{"a post's address", "q=" + url.QueryEscape(p.URI), 0, 1, 0},
		{"an account's address", "q=" + url.QueryEscape("https://malakoff.example/@lea") + "&resolve=true", 1, 0, 0},
		{"a hashtag", "q=%23bricolage", 0, 1, 1},
		{"a hashtag by its word", "q=Bricolage&type=hashtags", 0, 0, 1},
		{"a hashtag by its beginning", "q=bric&type=hashtags", 0, 0, 1},
		{"words", "q=PERÇEUSES+percussion", 0, 1, 0},
		{"words, the second page", "q=perceuse&type=statuses&offset=1", 0, 0, 0},
		{"words of one account", "q=perceuse&account_id=" + p.AuthorID.Decimal(), 0, 1, 0},
		{"words of another account", "q=perceuse&account_id=" + w.viewer(t, "jeanne").ID().Decimal(), 0, 0, 0},
		{"words of what is older", "q=perceuse&max_id=" + p.ID.Decimal(), 0, 0, 0},
		{"words of what is newer", "q=perceuse&min_id=1", 0, 1, 0},
		{"whom one follows", "q=lea&following=true", 0, 0, 0},
		{"an unknown hashtag", "q=%23jardinage", 0, 0, 0},
		{"somebody elsewhere, unknown here", "q=@paul@vanves.example&resolve=true", 0, 0, 0},
		{"the second page", "q=lea&offset=20", 0, 0, 0},
		{"nothing", "q=", 0, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := must[results](t, jeanne.get("/api/v2/search?"+test.query))
			if got.Accounts == nil || got.Statuses == nil || got.Hashtags == nil {
				t.Error("a list is null")
			}
			if len(got.Accounts) != test.accounts || len(got.Statuses) != test.statuses || len(got.Hashtags) != test.hashtags {
				t.Errorf("got %+v", got)
			}
		})
	}
	if list := must[[]gotAccount](t, jeanne.get("/api/v1/accounts/search?q=@ka&resolve=1")); len(list) != 1 || list[0].Acct != "karim" {
		t.Errorf("accounts: %+v", list)
	}
}
