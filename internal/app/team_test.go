package app_test

import (
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestSuspendAs(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		paula := must[*parvis.Account](t)(w.CreateAccount(w.ctx, w.node, app.NewAccount{Username: "paula", Email: "paula@malakoff.example",
			Password: password, Role: parvis.RoleModerator}))
		moderator := parvis.Viewer{Account: paula, Role: parvis.RoleModerator}
		ana := w.stranger("ana", "masto.example")
		feed := must[*parvis.Account](t)(w.Profile(w.ctx, w.node, "entraide"))
		p := w.publish(w.jeanne, offer())

		for _, test := range []struct {
			what string
			v    parvis.Viewer
			id   parvis.ID
			want error
		}{
			{"a visitor", parvis.Viewer{}, ana.ID, parvis.ErrForbidden},
			{"a resident", w.karim, ana.ID, parvis.ErrForbidden},
			{"an admin of another node", w.paul, w.paul.ID(), parvis.ErrNotFound},
			{"a moderator, an admin", moderator, w.odile.ID(), parvis.ErrForbidden},
			{"a moderator, themself", moderator, paula.ID, parvis.ErrForbidden},
			{"a moderator, the feed", moderator, feed.ID, parvis.ErrForbidden},
			{"a moderator, the node", moderator, w.node.ActorID, parvis.ErrForbidden},
			{"an admin, themself", w.odile, w.odile.ID(), parvis.ErrForbidden},
			{"a moderator, a resident", moderator, w.jeanne.ID(), nil},
			{"a moderator, again", moderator, w.jeanne.ID(), parvis.ErrGone},
			{"a moderator, a stranger", moderator, ana.ID, nil},
			{"an admin, a moderator", w.odile, paula.ID, nil},
		} {
			w.fails(test.what, w.SuspendAs(w.ctx, w.node, test.v, test.id), test.want)
		}
		for _, name := range []string{"jeanne", "ana@masto.example", "paula"} {
			_, err := w.Profile(w.ctx, w.node, name)
			w.fails(name+"'s page", err, parvis.ErrGone)
		}
		_, err := w.Post(w.ctx, w.node, w.karim, p.ID)
		w.fails("her offer", err, parvis.ErrNotFound)
		w.do(w.Suspend(w.ctx, w.node, "jeanne", true)) // by the command
		must[*parvis.Post](t)(w.Post(w.ctx, w.node, w.karim, p.ID))
	})
}
