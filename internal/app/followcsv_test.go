package app_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// lines are those of a list that names each once.
func lines(addresses ...string) []parvis.ImportLine {
	var list []parvis.ImportLine
	for _, address := range addresses {
		list = append(list, parvis.ImportLine{Address: address})
	}
	return list
}

func TestParseAccounts(t *testing.T) {
	many := strings.Repeat("jeanne@malakoff.example\n", app.MaxImportLines+1)
	for name, c := range map[string]struct {
		raw  string
		want app.AccountList
		err  error
	}{
		"Mastodon's export": {raw: "Account address,Show boosts,Notify on new posts,Languages\njeanne@malakoff.example,true,false,\nKarim@VANVES.example,false,true,\"fr, en\"\n",
			want: app.AccountList{Kind: parvis.ImportFollows, Lines: lines("jeanne@malakoff.example", "karim@vanves.example")}},
		"an older one":        {raw: "\uFEFFAccount address,Show boosts\r\njeanne@malakoff.example,true\r\n", want: app.AccountList{Kind: parvis.ImportFollows, Lines: lines("jeanne@malakoff.example")}},
		"blocked accounts":    {raw: "@jeanne@malakoff.example\nkarim@vanves.example:8443\n", want: app.AccountList{Lines: lines("jeanne@malakoff.example", "karim@vanves.example:8443")}},
		"columns elsewhere":   {raw: "Show boosts,account address\ntrue,jeanne@malakoff.example\ntrue\n", want: app.AccountList{Kind: parvis.ImportFollows, Lines: lines("jeanne@malakoff.example"), Skipped: 1, Unread: 1}},
		"names in any script": {raw: "jeanne@évènements.example\n", want: app.AccountList{Lines: lines("jeanne@xn--vnements-10ai.example")}},
		"what names nobody": {raw: "jeanne\n@vanves.example\nje anne@vanves.example\n<script>@vanves.example\njeanne@malakoff.example\njeanne@malakoff.example\n",
			want: app.AccountList{Lines: lines("jeanne@malakoff.example"), Skipped: 5, Unread: 4}},
		"muted accounts": {raw: "Account address,Hide notifications\njeanne@malakoff.example,true\nkarim@vanves.example,false\n", want: app.AccountList{Kind: parvis.ImportMutes,
			Lines: []parvis.ImportLine{{Address: "jeanne@malakoff.example", Extra: "true"}, {Address: "karim@vanves.example", Extra: "false"}}}},
		"bookmarks": {raw: "https://masto.example/users/ana/statuses/1\n", want: app.AccountList{Kind: parvis.ImportSaved, Lines: lines("https://masto.example/users/ana/statuses/1")}},
		"lists": {raw: "Voisins,jeanne@malakoff.example\nVélo,jeanne@malakoff.example\n", want: app.AccountList{Kind: parvis.ImportLists,
			Lines: []parvis.ImportLine{{Address: "jeanne@malakoff.example", Extra: "Voisins"}, {Address: "jeanne@malakoff.example", Extra: "Vélo"}}}},
		"domains":        {raw: "#domain\nspam.example\n", err: app.ErrListEmpty},
		"nothing":        {raw: "", err: app.ErrListEmpty},
		"a header alone": {raw: "Account address\n", err: app.ErrListEmpty},
		"too many lines": {raw: many, err: app.ErrListTooLong},
		"too many bytes": {raw: strings.Repeat("x", app.MaxImportBytes+1), err: app.ErrListTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := app.ParseAccounts("", strings.NewReader(c.raw))
			if c.err != nil {
				if !errors.Is(err, c.err) {
					t.Fatalf("error %v, want %v", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzParseAccounts: what is read keeps its bounds.
func FuzzParseAccounts(f *testing.F) {
	f.Add([]byte("Account address,Show boosts,Notify on new posts,Languages\njeanne@malakoff.example,true,false,\n"))
	f.Add([]byte("\xEF\xBB\xBF\"Account address\"\r\n\"@karim@Vanves.example\""))
	f.Add([]byte("a@é.example,\"\n\"\"\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := app.ParseAccounts("", bytes.NewReader(raw))
		if err != nil {
			return
		}
		if len(list.Lines) == 0 || len(list.Lines) > app.MaxImportLines+1 {
			t.Fatalf("%d lines", len(list.Lines))
		}
	})
}
