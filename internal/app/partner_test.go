package app_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// A pair of nodes says to each other by hand what federation says over HTTP.
type pair struct {
	*town
	nodes [2]*parvis.Node
}

func newPair(w *town) *pair { return &pair{w, [2]*parvis.Node{w.node, w.vanves}} }

// state says where the partnership stands on each side.
func (p *pair) state(t rapid.TB) [2]parvis.PartnerState {
	var states [2]parvis.PartnerState
	for i, n := range p.nodes {
		partner, err := p.DB.Node(n.ID).Partner(p.ctx, p.nodes[1-i].Host)
		switch {
		case err == nil:
			states[i] = partner.State()
		case !errors.Is(err, parvis.ErrNotFound):
			t.Fatal(err)
		}
	}
	return states
}

// mirror returns node i's copy of the other node's actor.
func (p *pair) mirror(t rapid.TB, i int) *parvis.Account {
	acc := nodeActor(p.nodes[1-i].Host)
	acc.URI = p.nodes[1-i].URL("/actor")
	acc, err := p.ReceiveAccount(p.ctx, p.nodes[i], acc, "")
	if err != nil {
		t.Fatal(err)
	}
	return acc
}

// carry runs the next jobs, at most so many, and reports whether there were any.
func (p *pair) carry(t rapid.TB, limit int) bool {
	jobs, err := p.DB.TurnJobs(p.ctx, nil, storage.Claim{Kinds: []parvis.JobKind{parvis.JobPartner, parvis.JobSay}, Now: p.now, Until: p.now.Add(time.Minute), Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if err := errors.Join(p.work(t, j), p.DB.SettleJobs(p.ctx, storage.Ended{Job: j})); err != nil {
			t.Fatal(err)
		}
	}
	return len(jobs) > 0
}

func (p *pair) work(t rapid.TB, j *parvis.Job) error {
	from := 0
	if j.NodeID == p.nodes[1].ID {
		from = 1
	}
	if j.Kind == parvis.JobPartner {
		var args parvis.PartnerArgs
		if err := json.Unmarshal(j.Args, &args); err != nil {
			return err
		}
		if args.Remove {
			return p.LeavePartner(p.ctx, p.nodes[from], p.mirror(t, from))
		}
		return p.MeetPartner(p.ctx, p.nodes[from], args.Host, p.mirror(t, from), "")
	}
	var args parvis.SayArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return err
	}
	to := 1 - from
	by := p.mirror(t, to)
	target, err := p.DB.Node(p.nodes[to].ID).Account(p.ctx, p.nodes[to].ActorID)
	switch {
	case err != nil:
		return err
	case args.Verb == parvis.VerbFollow && args.Undo:
		return p.ReceiveUnfollow(p.ctx, p.nodes[to], by, target)
	case args.Verb == parvis.VerbFollow:
		return p.ReceiveFollow(p.ctx, p.nodes[to], by, target, args.URI)
	}
	return p.ReceiveAnswer(p.ctx, p.nodes[to], app.FollowAnswer{By: by, Follower: target, URI: args.URI, Verb: args.Verb})
}

func (p *pair) carryAll(t rapid.TB) {
	for p.carry(t, 10) {
	}
}

func (p *pair) want(t testing.TB, what string, ours, theirs parvis.PartnerState) {
	t.Helper()
	if got, want := p.state(t), [2]parvis.PartnerState{ours, theirs}; got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestPartnership(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := newPair(w)
		malakoff, vanves := p.nodes[0], p.nodes[1]
		asked := must[*parvis.Partner](t)(w.AddPartner(w.ctx, malakoff, "Vanves.example"))
		if asked == nil || asked.Host != "vanves.example" || asked.State() != parvis.PartnerAsked {
			t.Fatalf("asked %+v", asked)
		}
		p.want(t, "before the word is carried", parvis.PartnerAsked, "")
		p.carryAll(t)
		p.want(t, "one asks", parvis.PartnerAsked, parvis.PartnerAsking)
		must[*parvis.Partner](t)(w.ApprovePartner(w.ctx, vanves, malakoff.Host))
		p.carryAll(t)
		p.want(t, "the other agrees", parvis.PartnerActive, parvis.PartnerActive)
		must[*parvis.Partner](t)(w.AddPartner(w.ctx, malakoff, vanves.Host)) // pressed again
		p.carryAll(t)
		p.want(t, "asked again", parvis.PartnerActive, parvis.PartnerActive)
		w.do(w.RemovePartner(w.ctx, vanves, malakoff.Host))
		p.carryAll(t)
		p.want(t, "the other leaves", parvis.PartnerAsked, "")
		must[*parvis.Partner](t)(w.AddPartner(w.ctx, vanves, malakoff.Host))
		p.carryAll(t)
		p.want(t, "and comes back", parvis.PartnerActive, parvis.PartnerActive)
	})
}

func TestANodeThatBlocksOursIsNoPartner(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := newPair(w)
		for i := range p.nodes {
			must[*parvis.Partner](t)(w.AddPartner(w.ctx, p.nodes[i], p.nodes[1-i].Host))
		}
		p.carryAll(t)
		node := must[*parvis.Account](t)(w.rows().Account(w.ctx, w.node.ActorID))
		w.do(w.ReceiveBlock(w.ctx, w.node, p.mirror(t, 0), node, "https://vanves.example/blocks/1"))
		p.want(t, "blocked", parvis.PartnerAsked, parvis.PartnerActive)
	})
}

func TestBothAskAtOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := newPair(w)
		for i := range p.nodes {
			must[*parvis.Partner](t)(w.AddPartner(w.ctx, p.nodes[i], p.nodes[1-i].Host))
		}
		p.carryAll(t)
		p.want(t, "both asked", parvis.PartnerActive, parvis.PartnerActive)
	})
}

func TestPartnerRefusals(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := newPair(w)
		_, err := w.AddPartner(w.ctx, w.node, w.node.Host)
		w.invalid("itself", err, "host", "partner.self")
		_, err = w.AddPartner(w.ctx, w.node, "pas un nom")
		w.invalid("no host", err, "host", "node.host.invalid")
		_, err = w.ApprovePartner(w.ctx, w.node, "vanves.example")
		w.fails("who never asked", err, parvis.ErrNotFound)
		must[*parvis.Partner](t)(w.AddPartner(w.ctx, w.node, "vanves.example"))
		_, err = w.ApprovePartner(w.ctx, w.node, "vanves.example")
		w.fails("whom we asked", err, parvis.ErrConflict)
		w.do(w.MeetPartner(w.ctx, w.node, "vanves.example", nil, "introuvable"))
		p.want(t, "not found", parvis.PartnerFailed, "")
		w.fails("an unknown one goes", w.RemovePartner(w.ctx, w.node, "clamart.example"), parvis.ErrNotFound)
	})
}

// An answer that comes when we have taken our wish back is no wish of theirs.
func TestALateAcceptMakesNoPartner(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := newPair(w)
		must[*parvis.Partner](t)(w.AddPartner(w.ctx, w.node, w.vanves.Host))
		p.carry(t, 1) // malakoff meets vanves and says that it follows
		w.do(w.RemovePartner(w.ctx, w.node, w.vanves.Host))
		node := must[*parvis.Account](t)(w.rows().Account(w.ctx, w.node.ActorID))
		w.do(w.ReceiveAnswer(w.ctx, w.node, app.FollowAnswer{By: p.mirror(t, 0), Follower: node, Verb: parvis.VerbAccept}))
		p.want(t, "accepted too late", "", "")
	})
}

// Whatever the two admins press, and however far words have travelled meanwhile:
// in the end posts flow on both sides or on none, and only if both want it.
func TestPartnersAgreeInTheEnd(t *testing.T) {
	p := newPair(newTown(t, parvistest.Engines(t)[0]))
	rapid.Check(t, func(r *rapid.T) {
		for range rapid.IntRange(1, 8).Draw(r, "steps") {
			i := rapid.IntRange(0, 1).Draw(r, "who")
			switch rapid.IntRange(0, 2).Draw(r, "what") {
			case 0:
				if _, err := p.AddPartner(p.ctx, p.nodes[i], p.nodes[1-i].Host); err != nil {
					r.Fatal(err)
				}
			case 1:
				if err := p.RemovePartner(p.ctx, p.nodes[i], p.nodes[1-i].Host); err != nil && !errors.Is(err, parvis.ErrNotFound) {
					r.Fatal(err)
				}
			case 2:
				p.carry(r, rapid.IntRange(1, 3).Draw(r, "words"))
			}
			p.now = p.now.Add(time.Second)
		}
		p.carryAll(r)
		var want [2]bool
		for i, n := range p.nodes {
			if partner, err := p.DB.Node(n.ID).Partner(p.ctx, p.nodes[1-i].Host); err == nil {
				want[i] = partner.Ours
			}
		}
		active := want[0] && want[1]
		for i, state := range p.state(r) {
			if (state == parvis.PartnerActive) != active {
				r.Errorf("node %d is %q; wanted by %v", i, state, want)
			}
		}
		for i := range p.nodes { // both leave, and nothing is left for the next round
			if err := p.RemovePartner(p.ctx, p.nodes[i], p.nodes[1-i].Host); err != nil && !errors.Is(err, parvis.ErrNotFound) {
				r.Fatal(err)
			}
		}
		p.carryAll(r)
		if state := p.state(r); state != [2]parvis.PartnerState{} {
			r.Errorf("after both left: %q", state)
		}
	})
}
