package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

const day = 24 * time.Hour

// live lets time pass, in which everybody does what is due when it is due.
func (net *network) live(d time.Duration) {
	net.t.Helper()
	for end := net.clock.Now().Add(d); ; {
		net.settle()
		next := end
		for _, p := range net.places {
			due, err := p.app.DB.NextJobAt(bg)
			if err != nil {
				net.t.Fatal(err)
			}
			if !p.down.Load() && !due.IsZero() && due.Before(next) {
				next = due
			}
		}
		now := net.clock.Now()
		if !now.Before(end) {
			return
		}
		net.clock.pass(max(next.Sub(now), time.Minute))
	}
}

// notices publishes a note a day and returns their addresses.
func (net *network) notices(p *place, v parvis.Viewer, days int) []string {
	net.t.Helper()
	var uris []string
	for i := range days {
		uris = append(uris, p.publish(v, app.Draft{Detail: &parvis.Note{}, Source: fmt.Sprintf("Jour %d", i), Audience: parvis.Everyone}).URI)
		net.live(day)
	}
	return uris
}

// waiting counts the jobs at a place.
func (p *place) waiting() (total int) {
	p.t.Helper()
	queues, err := p.app.DB.Queues(bg)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, q := range queues {
		total += q.Waiting
	}
	return total
}

// neighbours are two partners with a resident each.
func neighbours(t *testing.T, e parvistest.Engine) (net *network, jeanne, camille parvis.Viewer) {
	t.Helper()
	net = newNetwork(t, e, "malakoff", "atelier")
	jeanne, camille = net.places[0].resident("jeanne", parvis.RoleResident), net.places[1].resident("camille", parvis.RoleResident)
	net.befriend(net.places[0], net.places[1])
	return net, jeanne, camille
}

func TestAWeekDownMissesNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net, jeanne, camille := neighbours(t, e)
		malakoff, atelier := net.places[0], net.places[1]
		atelier.down.Store(true)
		uris := net.notices(malakoff, jeanne, 7)
		atelier.down.Store(false)
		// One delivery is tried within the hour. It brings all others with it.
		for net.settle(); malakoff.waiting() > 0; net.settle() {
			if _, err := atelier.find(camille, uris[0]); err == nil {
				t.Fatalf("the first post is there and %d others still wait", malakoff.waiting())
			}
			net.clock.pass(10 * time.Minute)
		}
		for _, uri := range uris {
			atelier.mustFind(camille, uri)
		}
	})
}

func TestWhoSpeaksAgainIsServedAtOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net, jeanne, camille := neighbours(t, e)
		malakoff, atelier := net.places[0], net.places[1]
		atelier.down.Store(true)
		uris := net.notices(malakoff, jeanne, 2)
		net.clock.pass(time.Minute)
		net.settle()
		atelier.down.Store(false)
		atelier.publish(camille, app.Draft{Detail: &parvis.Note{}, Source: "Nous revoilà", Audience: parvis.Everyone})
		net.settle()
		for _, uri := range uris {
			atelier.mustFind(camille, uri)
		}
	})
}

// TestAClockThatJumps: while a neighbour is down the clock goes back, weeks ahead,
// and back again. Nothing is given up for that, and all goes on.
func TestAClockThatJumps(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net, jeanne, camille := neighbours(t, e)
		malakoff, atelier := net.places[0], net.places[1]
		atelier.down.Store(true)
		var uris []string
		for _, jump := range []time.Duration{-3 * time.Hour, 20 * day, -20 * day} {
			uris = append(uris, malakoff.publish(jeanne, drill(parvis.Partners)).URI)
			net.settle()
			net.clock.pass(jump)
			net.settle()
		}
		atelier.down.Store(false)
		uris = append(uris, malakoff.publish(jeanne, drill(parvis.Partners)).URI)
		for range 3 {
			net.settle()
			net.clock.pass(time.Hour)
		}
		for _, uri := range uris {
			atelier.mustFind(camille, uri)
		}
	})
}

func TestWhoIsGoneStopsCosting(t *testing.T) {
	net, jeanne, camille := neighbours(t, parvistest.Engines(t)[0]) // weeks go by faster on SQLite
	malakoff, atelier := net.places[0], net.places[1]
	atelier.down.Store(true)
	net.notices(malakoff, jeanne, 17)
	if got := malakoff.waiting(); got > 1 {
		t.Errorf("%d jobs wait for a node that has been gone for 17 days, want the one that tries", got)
	}
	before := atelier.tried.Load()
	missed := net.notices(malakoff, jeanne, 5)
	if got := atelier.tried.Load() - before; got > 6 {
		t.Errorf("it was tried %d times in five days, want once a day", got)
	}
	atelier.down.Store(false)
	// The next daily try finds it; what follows comes as before.
	found := net.notices(malakoff, jeanne, 2)
	net.live(2 * time.Hour)
	atelier.mustFind(camille, found[1])
	if _, err := atelier.find(camille, missed[0]); err == nil {
		t.Error("it has a post that was not kept for it")
	}
	net.clock.pass(time.Minute)
	last := malakoff.publish(jeanne, drill(parvis.Partners))
	net.settle()
	atelier.mustFind(camille, last.URI)
}
