package app_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// runImports runs the jobs of imports until none is left.
func (w *town) runImports() {
	w.t.Helper()
	for {
		jobs := must[[]*parvis.Job](w.t)(w.DB.TurnJobs(w.ctx, nil, storage.Claim{Kinds: []parvis.JobKind{parvis.JobImport}, Now: w.now, Until: w.now.Add(time.Minute), Limit: 1}))
		if len(jobs) == 0 {
			return
		}
		w.do(w.Import(w.ctx, jobs[0]))
		w.do(w.DB.SettleJobs(w.ctx, storage.Ended{Job: jobs[0]}))
	}
}

// imported are the last imports of a resident, without ids and times.
func (w *town) imported(v parvis.Viewer) []parvis.Import {
	w.t.Helper()
	var list []parvis.Import
	for _, i := range must[[]*parvis.Import](w.t)(w.Imports(w.ctx, w.node, v)) {
		i.ID, i.AccountID, i.CreatedAt = 0, 0, time.Time{}
		list = append(list, *i)
	}
	return list
}

// TestImportAccounts: a list is worked through in batches, tells what became of it, and
// comes out again as it went in.
func TestImportAccounts(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		lines := []string{"Account address,Show boosts,Notify on new posts,Languages"}
		for _, name := range []string{"ana", "bea", "carla", "dora", "eva", "fanny", "gina"} {
			w.stranger(name, "masto.example")
			lines = append(lines, name+"@masto.example,true,false,")
		}
		export := strings.Join(lines, "\n") + "\n"
		rest := "karim@" + w.node.Host + "\nnobody@masto.example\njeanne@" + w.node.Host + "\n???\n"
		w.do(w.ImportAccounts(w.ctx, w.node, w.karim, app.Importing{Kind: parvis.ImportFollows, File: strings.NewReader(export + rest)}))
		waiting := []parvis.Import{{Kind: parvis.ImportFollows, Skipped: 1, Waiting: 10}}
		if diff := cmp.Diff(waiting, w.imported(w.karim)); diff != "" {
			t.Errorf("before (-want +got):\n%s", diff)
		}
		w.invalid("another while it runs", w.ImportAccounts(w.ctx, w.node, w.karim, app.Importing{Kind: parvis.ImportFollows, File: strings.NewReader(export)}), "file", "import.running")
		w.runImports()
		done := []parvis.Import{{Kind: parvis.ImportFollows, Done: 8, Skipped: 1, Failed: 2, Problems: []parvis.ImportLine{
			{Line: 8, Address: "karim@" + w.node.Host, Problem: parvis.ImportRefused},
			{Line: 9, Address: "nobody@masto.example", Problem: parvis.ImportUnknown}}}}
		if diff := cmp.Diff(done, w.imported(w.karim)); diff != "" {
			t.Errorf("after (-want +got):\n%s", diff)
		}
		if r := w.relation(w.karim, w.jeanne.Account); !r.Following {
			t.Error("Karim does not follow Jeanne")
		}
		// Another list of the kind takes the place of this one.
		w.do(w.ImportAccounts(w.ctx, w.node, w.karim, app.Importing{Kind: parvis.ImportFollows, File: strings.NewReader(export)}))
		w.runImports()
		w.now = w.now.Add(time.Minute)
		w.do(w.ImportAccounts(w.ctx, w.node, w.karim, app.Importing{Kind: parvis.ImportBlocks, File: strings.NewReader("@gina@masto.example\n")}))
		w.runImports()
		if diff := cmp.Diff([]parvis.Import{{Kind: parvis.ImportBlocks, Done: 1}, {Kind: parvis.ImportFollows, Already: 7}}, w.imported(w.karim)); diff != "" {
			t.Errorf("the second (-want +got):\n%s", diff)
		}
		var blocks bytes.Buffer
		w.do(w.ExportBlocks(w.ctx, w.node, w.karim, &blocks))
		if got, want := blocks.String(), "gina@masto.example\n"; got != want {
			t.Errorf("blocks: %q, want %q", got, want)
		}
		w.do(w.DeleteAccount(w.ctx, w.node, "karim"))
		if got := w.imported(w.karim); len(got) != 0 {
			t.Errorf("a deleted account has imports: %+v", got)
		}
	})
}

func TestImportRefused(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		send := func(v parvis.Viewer, kind parvis.ImportKind, raw string) error {
			return w.ImportAccounts(w.ctx, w.node, v, app.Importing{Kind: kind, File: strings.NewReader(raw)})
		}
		w.fails("a visitor", send(parvis.Viewer{}, parvis.ImportFollows, "a@b.example"), parvis.ErrSignIn)
		w.invalid("no kind", send(w.karim, "", "a@b.example"), "kind", "import.kind")
		w.invalid("nothing", send(w.karim, parvis.ImportFollows, "bonjour"), "file", "import.empty")
		w.invalid("too long", send(w.karim, parvis.ImportFollows, strings.Repeat("a@b.example\n", app.MaxImportLines+1)), "file", "import.long")
		w.fails("export by a visitor", w.ExportFollows(w.ctx, w.node, parvis.Viewer{}, new(bytes.Buffer)), parvis.ErrSignIn)
	})
}

// TestExportFollows: more than a page of follows is written, and each once.
func TestExportFollows(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		want := map[string]bool{}
		for i := range parvis.MaxPage + 3 {
			acc := w.stranger("p"+strings.Repeat("x", i%20)+string(rune('a'+i/20)), "masto.example")
			w.do(w.Follow(w.ctx, w.node, w.karim, acc.ID))
			w.do(w.ReceiveAnswer(w.ctx, w.node, app.FollowAnswer{By: acc, Follower: w.karim.Account, Verb: parvis.VerbAccept}))
			want[acc.Acct()] = true
		}
		var out bytes.Buffer
		w.do(w.ExportFollows(w.ctx, w.node, w.karim, &out))
		list, err := app.ParseAccounts("", &out)
		if err != nil || len(list.Lines) != len(want) || list.Skipped != 0 {
			t.Fatalf("%d addresses, %d skipped, %v; want %d", len(list.Lines), list.Skipped, err, len(want))
		}
		for _, line := range list.Lines {
			if !want[line.Address] {
				t.Errorf("%s is not followed", line.Address)
			}
		}
	})
}

// TestImportGoesOn: accounts that are gone, or of which nothing is accepted here, do
// not keep the rest of a list waiting.
func TestImportGoesOn(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		gone, hidden := w.stranger("gone", "masto.example"), w.stranger("hidden", "masto.example")
		w.do(w.ReceiveDelete(w.ctx, w.node, gone, gone.URI, true))
		w.do(w.rows().InTx(w.ctx, func(ctx context.Context, t *storage.Tx) error { return t.Hold(ctx, hidden.ID, parvis.Suspend, w.now) }))
		list := gone.Acct() + "\n" + hidden.Acct() + "\n" + "jeanne@" + w.node.Host + "\n"
		for _, kind := range []parvis.ImportKind{parvis.ImportFollows, parvis.ImportBlocks} {
			w.do(w.ImportAccounts(w.ctx, w.node, w.karim, app.Importing{Kind: kind, File: strings.NewReader(list)}))
			w.runImports()
		}
		for _, i := range w.imported(w.karim) {
			if i.Waiting != 0 || i.Done+i.Failed != 3 || i.Done == 0 {
				t.Errorf("%s: %+v", i.Kind, i)
			}
		}
	})
}

// TestImportOfEveryKind: what Mastodon's exports hold is taken over, told apart by their
// first lines; what is there already is counted; what is not on a list that replaces goes.
func TestImportOfEveryKind(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana := w.stranger("ana", "masto.example")
		drill := w.publish(w.jeanne, offer())
		jeanne := "jeanne@" + w.node.Host
		w.do(w.Follow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		old := must[*parvis.List](t)(w.MakeList(w.ctx, w.node, w.karim, app.ListDraft{Title: "Anciens", Replies: parvis.RepliesList}))
		w.do(w.AddToList(w.ctx, w.node, w.karim, old.ID, w.jeanne.ID()))
		send := func(replace bool, lines ...string) {
			t.Helper()
			w.do(w.ImportAccounts(w.ctx, w.node, w.karim, app.Importing{Replace: replace, File: strings.NewReader(strings.Join(lines, "\n") + "\n")}))
			w.runImports()
		}
		send(false, "Account address,Hide notifications", ana.Acct()+",true", jeanne+",false")
		send(false, drill.URI, "https://masto.example/nothing")
		send(true, "Voisins,"+jeanne, "Voisins,"+ana.Acct())
		want := map[parvis.ImportKind]parvis.Import{
			parvis.ImportMutes: {Kind: parvis.ImportMutes, Done: 2},
			parvis.ImportSaved: {Kind: parvis.ImportSaved, Done: 1, Failed: 1, Problems: []parvis.ImportLine{{Line: 2, Address: "https://masto.example/nothing", Problem: parvis.ImportUnknown}}},
			parvis.ImportLists: {Kind: parvis.ImportLists, Done: 2, Failed: 1, Problems: []parvis.ImportLine{{Line: 2, Address: ana.Acct(), Extra: "Voisins", Problem: parvis.ImportStranger}}},
		}
		for _, got := range w.imported(w.karim) {
			if diff := cmp.Diff(want[got.Kind], got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", got.Kind, diff)
			}
		}
		r := w.relation(w.karim, ana)
		if !r.Muting || !r.MutingNotifications {
			t.Errorf("ana is %+v", r)
		}
		for _, l := range must[[]*parvis.List](t)(w.PeopleLists(w.ctx, w.node, w.karim)) {
			members := must[[]storage.FollowedAccount](t)(w.ListMembers(w.ctx, w.node, w.karim, l.ID, parvis.Page{}))
			if (l.Title == "Voisins") != (len(members) == 1) {
				t.Errorf("%d people on %s", len(members), l.Title)
			}
		}
		send(true, "Account address,Hide notifications", jeanne+",false")
		for _, got := range w.imported(w.karim) {
			if got.Kind == parvis.ImportMutes && (got.Already != 1 || got.Done != 1) {
				t.Errorf("again: %+v", got)
			}
		}
		if r := w.relation(w.karim, ana); r.Muting {
			t.Errorf("ana is %+v after all", r)
		}
		mutes := "Account address,Hide notifications\n" + jeanne + ",true\n"
		w.invalid("mutes to follow", w.ImportAccounts(w.ctx, w.node, w.karim, app.Importing{Kind: parvis.ImportFollows, File: strings.NewReader(mutes)}), "kind", "import.other")
		w.invalid("who knows", w.ImportAccounts(w.ctx, w.node, w.karim, app.Importing{File: strings.NewReader(jeanne + "\n")}), "kind", "import.kind")
	})
}
