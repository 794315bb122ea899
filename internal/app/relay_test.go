package app_test

import (
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestALeftRelayStaysLeft: an admin may leave a relay while it is being asked, or
// answers: what was read of it before must not bring it back.
func TestALeftRelayStaysLeft(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		actor := w.stranger("relay", "relay.example")
		for name, meanwhile := range map[string]func(*parvis.Relay) error{
			"it agrees":         func(r *parvis.Relay) error { return w.RelayAnswered(w.ctx, w.node, r, actor, true) },
			"it is found":       func(r *parvis.Relay) error { return w.MeetRelay(w.ctx, w.node, r, actor, "") },
			"it is not found":   func(r *parvis.Relay) error { return w.MeetRelay(w.ctx, w.node, r, nil, "HTTP 404") },
			"another leaves it": func(r *parvis.Relay) error { return w.LeaveRelay(w.ctx, w.node, r.ID) },
		} {
			r := must[*parvis.Relay](t)(w.AddRelay(w.ctx, w.node, "https://relay.example/actor", parvis.RelayLitePub))
			before := must[*parvis.Relay](t)(w.rows().Relay(w.ctx, r.ID))
			w.do(w.LeaveRelay(w.ctx, w.node, r.ID))
			w.do(meanwhile(before))
			after := must[*parvis.Relay](t)(w.rows().Relay(w.ctx, r.ID))
			if after.State != parvis.RelayLeft {
				t.Errorf("%s while an admin leaves it: %s", name, after.State)
			}
			if _, err := w.rows().Follow(w.ctx, w.node.ActorID, actor.ID); err == nil {
				t.Errorf("%s while an admin leaves it: it is followed", name)
			}
			w.do(w.ForgetRelay(w.ctx, w.node, after))
		}
	})
}
