package app_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

func charter(version int, asked bool) parvis.Charter {
	return parvis.Charter{Version: version, Source: "On se dit **bonjour**.\r\n\r\n## Prêter\r\nOn rend propre.", Change: "On se dit bonjour.", Asked: asked}
}

// asks reports whether somebody has to accept the charter.
func (w *town) asks(v parvis.Viewer) bool {
	w.t.Helper()
	return w.nodeOf(w.node.Host).Asks(must[*parvis.Login](w.t)(w.rows().Login(w.ctx, v.ID())))
}

func TestCharterIsAskedAgain(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		if w.asks(w.jeanne) {
			t.Error("the program's own rules are asked")
		}
		told := 0
		before := w.node.Version
		first := charter(1, true)
		first.MadeBy = w.odile.ID()
		w.do(w.PublishCharter(w.ctx, w.node, first))
		n := w.nodeOf(w.node.Host)
		if n.Charter != 1 || n.CharterAsked != 1 || n.Version != before+1 {
			t.Errorf("the node has charter %d, asks %d, at version %d after %d", n.Charter, n.CharterAsked, n.Version, before)
		}
		if !w.asks(w.jeanne) || w.asks(w.odile) {
			t.Error("Jeanne is not asked, or Odile is, who wrote it")
		}
		stored := must[parvis.Charter](t)(w.Charter(w.ctx, w.node, 1))
		first.CreatedAt, first.Source = w.now, strings.ReplaceAll(first.Source, "\r\n", "\n")
		if diff := cmp.Diff(first, stored); diff != "" {
			t.Errorf("stored: -want +got\n%s", diff)
		}
		_, err := w.Charter(w.ctx, w.vanves, 1)
		w.fails("the neighbours'", err, parvis.ErrNotFound)

		w.fails("a visitor", w.AcceptCharter(w.ctx, w.node, parvis.Viewer{}, 1), parvis.ErrSignIn)
		w.fails("one that is not there", w.AcceptCharter(w.ctx, w.node, w.jeanne, 2), parvis.ErrNotFound)
		w.do(w.AcceptCharter(w.ctx, w.node, w.jeanne, 1))
		if w.asks(w.jeanne) || !w.asks(w.karim) {
			t.Error("Jeanne is asked again, or Karim is not")
		}

		w.NodesChanged = func(context.Context) error { told++; return nil }
		w.do(w.PublishCharter(w.ctx, w.node, charter(2, false))) // a comma
		if told != 1 {
			t.Errorf("this process was told %d times, want once", told)
		}
		if w.asks(w.jeanne) || !w.asks(w.karim) {
			t.Error("a comma is asked, or the first version no more")
		}
		w.do(w.PublishCharter(w.ctx, w.node, charter(3, true)))
		if !w.asks(w.jeanne) || !w.asks(w.odile) {
			t.Error("the third version is not asked")
		}
		w.do(w.AcceptCharter(w.ctx, w.node, w.jeanne, 3))
		w.do(w.AcceptCharter(w.ctx, w.node, w.jeanne, 1)) // an old page
		if w.asks(w.jeanne) {
			t.Error("an old page takes back what was accepted")
		}
		list := must[[]parvis.Charter](t)(w.Charters(w.ctx, w.node, 1))
		if len(list) != 2 || list[0].Version != 3 || list[1].Version != 2 || list[0].Source != "" || list[1].Change != "On se dit bonjour." {
			t.Errorf("the versions after the first are %+v", list)
		}
	})
}

// Two admins who write at the same time do not lose what the other wrote.
func TestCharterOfTwoAdmins(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		errs := make([]error, 4)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { errs[i] = w.PublishCharter(w.ctx, w.node, charter(1, false)) })
		}
		all.Wait()
		published := 0
		for _, err := range errs {
			if err == nil {
				published++
				continue
			}
			w.invalid("the slower one", err, "source", "charter.changed")
		}
		if published != 1 {
			t.Errorf("%d of four first versions are published", published)
		}
		next, skipped := charter(2, false), charter(4, false)
		n := w.nodeOf(w.node.Host)
		w.do(w.CheckCharter(n, &next))
		w.invalid("a preview that is late", w.CheckCharter(n, &skipped), "source", "charter.changed")
		w.invalid("a version is skipped", w.PublishCharter(w.ctx, w.node, skipped), "source", "charter.changed")
	})
}

// Who changes other settings and read the node before does not undo the charter.
func TestSettingsDoNotUndoTheCharter(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		stale := w.nodeOf(w.node.Host)
		w.do(w.PublishCharter(w.ctx, w.node, charter(1, true)))
		stale.Summary = "On s’entraide."
		w.do(w.UpdateNode(w.ctx, stale))
		if n := w.nodeOf(w.node.Host); n.Charter != 1 || n.CharterAsked != 1 || n.Summary != "On s’entraide." {
			t.Errorf("the node is %+v", n)
		}
	})
}

func TestCharterIsChecked(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		for _, c := range []struct {
			what       string
			change     func(*parvis.Charter)
			field, key string
		}{
			{"no text", func(c *parvis.Charter) { c.Source = " \n" }, "source", "charter.source.missing"},
			{"a long text", func(c *parvis.Charter) { c.Source = strings.Repeat("é", parvis.MaxCharter+1) }, "source", "charter.source.long"},
			{"no word about it", func(c *parvis.Charter) { c.Change = "" }, "change", "charter.change.missing"},
			{"many words about it", func(c *parvis.Charter) { c.Change = strings.Repeat("é", parvis.MaxCharterChange+1) }, "change", "charter.change.long"},
		} {
			refused := charter(1, true)
			c.change(&refused)
			w.invalid(c.what, w.PublishCharter(w.ctx, w.node, refused), c.field, c.key)
		}
		longest := charter(1, true)
		longest.Source = strings.Repeat("é", parvis.MaxCharter)
		w.do(w.PublishCharter(w.ctx, w.node, longest))
	})
}

// Who joins accepts what is in force at that moment.
func TestWhoJoinsAcceptsTheCharter(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.do(w.PublishCharter(w.ctx, w.node, charter(1, true)))
		w.do(w.PublishCharter(w.ctx, w.node, charter(2, true)))
		n := w.nodeOf(w.node.Host)
		in := app.Joining{NewAccount: app.NewAccount{Username: "rose", Email: "rose@malakoff.example", Password: password}, OfAge: true, Charter: true}
		_, _, err := w.Join(w.ctx, n, in, parvis.Browser{Addr: "192.0.2.7"})
		w.do(err)
		if rose := w.viewer(n, "rose"); w.asks(rose) {
			t.Error("Rose has just accepted it")
		}
	})
}
