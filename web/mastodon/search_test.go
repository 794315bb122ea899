package mastodon_test

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
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

// Who types a whole handle, or pastes an address, means one person, however many have
// the name. By the name alone each is found once, on whatever page.
func TestSearchNamesOnePerson(t *testing.T) {
	w := sqliteTown(t)
	jeanne := w.as(t, "jeanne")
	hosts := []string{"masto.example", "vanves.example", "montrouge.example"}
	if err := w.DB.Node(w.node.ID).InTx(t.Context(), func(ctx context.Context, tx *storage.Tx) error {
		for _, host := range hosts {
			if err := tx.AddAccount(ctx, parvistest.Stranger("lea", host)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		var err error
		if more, err = w.Index(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	accounts := func(query string) string {
		var handles []string
		for _, acc := range must[struct{ Accounts []gotAccount }](t, jeanne.get("/api/v2/search?type=accounts&"+query)).Accounts {
			handles = append(handles, acc.Acct)
		}
		return strings.Join(handles, " ")
	}
	for query, want := range map[string]string{
		"q=@lea@vanves.example":                                    "lea@vanves.example",
		"q=lea@vanves.example&resolve=true":                        "lea@vanves.example",
		"q=@lea@malakoff.example&resolve=true":                     "lea",
		"q=" + url.QueryEscape("https://vanves.example/users/lea"): "lea@vanves.example",
		"q=" + url.QueryEscape("https://malakoff.example/@lea"):    "lea",
		"q=@lea@vanves.example&offset=1":                           "",
		"q=@lea@vanves.example&following=true":                     "",
	} {
		if got := accounts(query); got != want {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
	var all []string
	for i := range len(hosts) + 2 {
		all = append(all, strings.Fields(accounts("q=lea&limit=1&offset="+strconv.Itoa(i)))...)
	}
	if len(all) != len(hosts)+1 || len(unique(all)) != len(all) || all[0] != "lea" {
		t.Errorf("one by one are found %q", all)
	}
	if err := w.Follow(t.Context(), w.node, w.viewer(t, "jeanne"), w.viewer(t, "karim").ID()); err != nil {
		t.Fatal(err)
	}
	if got := accounts("q=@karim@malakoff.example&following=true"); got != "karim" {
		t.Errorf("whom one follows, by their handle: %q", got)
	}
}

func unique(list []string) map[string]bool {
	known := make(map[string]bool, len(list))
	for _, s := range list {
		known[s] = true
	}
	return known
}
