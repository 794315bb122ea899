package federation_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// follows reports whether a resident follows an account, or asked to.
func (p *peer) follows(v parvis.Viewer, uri string) bool {
	p.t.Helper()
	acc, err := p.rows().AccountByURI(context.Background(), uri)
	if errors.Is(err, parvis.ErrNotFound) {
		return false
	}
	if err != nil {
		p.t.Fatal(err)
	}
	_, err = p.rows().Follow(context.Background(), v.ID(), acc.ID)
	if err != nil && !errors.Is(err, parvis.ErrNotFound) {
		p.t.Fatal(err)
	}
	return err == nil
}

// toldOf lists whom a resident was told of by notifications of a type.
func (p *peer) toldOf(v parvis.Viewer, what parvis.NotificationType) []string {
	p.t.Helper()
	list, err := p.app.Notifications(context.Background(), p.Node, v, []parvis.NotificationType{what}, parvis.Page{})
	if err != nil {
		p.t.Fatal(err)
	}
	var from []string
	for _, n := range list {
		from = append(from, n.From.URI)
	}
	return from
}

// wantProblem demands that a person is told what to correct.
func wantProblem(t *testing.T, what string, err error, key string) {
	t.Helper()
	var invalid *parvis.InvalidError
	if !errors.As(err, &invalid) || invalid.Problems[0].Key != key {
		t.Errorf("%s: %v, want %s", what, err, key)
	}
}

// TestMove: Léa moves from Malakoff to Vanves. Who followed her in Malakoff, Vanves
// and Montrouge follows her there, and is told.
func TestMove(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) { movedHouse(t, e) })
	}
}

func movedHouse(t *testing.T, e parvistest.Engine) {
	ctx, c := context.Background(), newClock()
	malakoff, vanves, montrouge := newPeerOn(t, c, "Malakoff", e.URL(t)), newPeerOn(t, c, "Vanves", e.URL(t)), newPeerOn(t, c, "Montrouge", e.URL(t))
	towns := []*peer{malakoff, vanves, montrouge}
	lea, fresh := malakoff.resident("lea"), vanves.resident("lea")
	readers := []parvis.Viewer{malakoff.resident("jeanne"), vanves.resident("karim"), montrouge.resident("odile")}
	for i, p := range towns {
		acc, err := p.app.Lookup(ctx, p.Node, lea.Account.Handle(malakoff.Host))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.app.Follow(ctx, p.Node, readers[i], acc.ID); err != nil {
			t.Fatal(err)
		}
	}
	// Two more: one follows her new account already, one blocked it.
	early, angry := montrouge.resident("paul"), montrouge.resident("ana")
	for _, v := range []parvis.Viewer{early, angry} {
		if err := montrouge.app.Follow(ctx, montrouge.Node, v, montrouge.known(lea.Account.URI).ID); err != nil {
			t.Fatal(err)
		}
	}
	there, err := montrouge.app.Lookup(ctx, montrouge.Node, fresh.Account.Handle(vanves.Host))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(montrouge.app.Follow(ctx, montrouge.Node, early, there.ID), montrouge.app.Block(ctx, montrouge.Node, angry, there.ID)); err != nil {
		t.Fatal(err)
	}
	settle(t, towns...)

	guest := malakoff.cameIn(lea)
	target := fresh.Account.Handle(vanves.Host)
	wantProblem(t, "without a way back", malakoff.app.Move(ctx, malakoff.Node, guest, target), "move.backlink")
	wantProblem(t, "to nobody", malakoff.app.Move(ctx, malakoff.Node, guest, "@nobody@"+vanves.Host), "move.unknown")
	wantProblem(t, "to oneself", malakoff.app.Move(ctx, malakoff.Node, guest, lea.Account.URI), "move.self")
	if err := vanves.app.AddAlias(ctx, vanves.Node, fresh, lea.Account.Handle(malakoff.Host)); err != nil {
		t.Fatal(err)
	}
	if _, doc, _ := vanves.get("/@lea"); !slices.Equal(doc["alsoKnownAs"].([]any), []any{lea.Account.URI}) {
		t.Errorf("alsoKnownAs: %v", doc["alsoKnownAs"])
	}
	left := guest
	left.Session.CreatedAt = left.Session.CreatedAt.Add(-parvis.StillFresh)
	if err := malakoff.app.Move(ctx, malakoff.Node, left, target); !errors.Is(err, parvis.ErrStale) {
		t.Errorf("in a browser that was left open: %v", err)
	}
	// What Malakoff knows of the account is older than the alias, so it looks again.
	if err := malakoff.app.Move(ctx, malakoff.Node, guest, target); err != nil {
		t.Fatal(err)
	}
	settle(t, towns...)

	for i, p := range towns {
		if p.follows(readers[i], lea.Account.URI) || !p.follows(readers[i], fresh.Account.URI) {
			t.Errorf("%s: the reader did not move along", p.Name)
		}
		if told := p.toldOf(readers[i], parvis.NotifyMove); !slices.Equal(told, []string{fresh.Account.URI}) {
			t.Errorf("%s: the reader was told of %q", p.Name, told)
		}
		if got := p.known(lea.Account.URI).MovedTo; got != fresh.Account.URI {
			t.Errorf("%s thinks that she moved to %q", p.Name, got)
		}
	}
	if !montrouge.follows(early, fresh.Account.URI) || montrouge.follows(early, lea.Account.URI) || len(montrouge.toldOf(early, parvis.NotifyMove)) != 0 {
		t.Error("who followed the new account before")
	}
	if montrouge.follows(angry, fresh.Account.URI) || len(montrouge.toldOf(angry, parvis.NotifyMove)) != 0 {
		t.Error("who blocked the new account follows it")
	}
	if old, new := malakoff.known(lea.Account.URI).Followers, vanves.known(fresh.Account.URI).Followers; old != 0 || new != 4 {
		t.Errorf("followers: %d of the old account, %d of the new one, want 0 and 4", old, new)
	}
	if _, doc, _ := malakoff.get("/@lea"); doc["movedTo"] != fresh.Account.URI {
		t.Errorf("movedTo: %v", doc["movedTo"])
	}
	silentAndBack(t, malakoff, montrouge, lea.Account.URI, target)
}

// silentAndBack: who moved says nothing and is followed by nobody, until they take it
// back; and then does not move again at once.
func silentAndBack(t *testing.T, malakoff, montrouge *peer, uri, target string) {
	t.Helper()
	ctx := context.Background()
	lea := parvis.Viewer{Account: malakoff.known(uri), Role: parvis.RoleResident}
	_, err := malakoff.app.Publish(ctx, malakoff.Node, lea, drill(parvis.Everyone))
	wantProblem(t, "publish", err, "account.moved")
	wantProblem(t, "follow", malakoff.app.Follow(ctx, malakoff.Node, lea, malakoff.known(malakoff.URL("/@jeanne")).ID), "account.moved")
	wantProblem(t, "move on", malakoff.app.Move(ctx, malakoff.Node, malakoff.cameIn(lea), target), "account.moved")
	late := montrouge.resident("late")
	if err := montrouge.app.Follow(ctx, montrouge.Node, late, montrouge.known(uri).ID); !errors.Is(err, parvis.ErrForbidden) {
		t.Errorf("follow of who moved: %v", err)
	}

	if err := malakoff.app.StayHere(ctx, malakoff.Node, lea); err != nil {
		t.Fatal(err)
	}
	settle(t, malakoff, montrouge)
	lea.Account = malakoff.known(uri)
	if _, err := malakoff.app.Publish(ctx, malakoff.Node, lea, drill(parvis.Everyone)); err != nil {
		t.Errorf("publish once more: %v", err)
	}
	wantProblem(t, "move again at once", malakoff.app.Move(ctx, malakoff.Node, malakoff.cameIn(lea), target), "move.again")
}

// TestMoveOfOthers: a resident comes from a server that is not ours, and who followed
// them there follows them here.
func TestMoveOfOthers(t *testing.T) {
	ctx, c := context.Background(), newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	lea, marie := malakoff.resident("lea"), malakoff.resident("marie")
	old := mastodon.followedBy(malakoff, lea, "marie")
	move := func(id string) {
		mastodon.say(malakoff, "marie", mastodon.activity("Move", id, "marie", old.URI, map[string]any{"target": marie.Account.URI}))
	}
	move("/m/1")
	if malakoff.follows(lea, marie.Account.URI) {
		t.Error("she did not say that she was the old account")
	}
	if err := malakoff.app.AddAlias(ctx, malakoff.Node, marie, old.URI); err != nil {
		t.Fatal(err)
	}
	move("/m/2")
	if !malakoff.follows(lea, marie.Account.URI) || malakoff.follows(lea, old.URI) {
		t.Error("Léa did not move along")
	}
	if got := len(mastodon.received("Undo")); got != 1 {
		t.Errorf("the old server heard of %d ends of follows, want 1", got)
	}
	if err := malakoff.app.RemoveAlias(ctx, malakoff.Node, marie, old.URI); err != nil {
		t.Fatal(err)
	}
	if _, doc, _ := malakoff.get("/@marie"); doc["alsoKnownAs"] != nil {
		t.Errorf("alsoKnownAs: %v", doc["alsoKnownAs"])
	}
}

// TestAttackMoves: attack 26, and the rings of attack 35 that moves could make.
func TestAttackMoves(t *testing.T) {
	t.Run("26 no way back", attackNoWayBack)
	t.Run("26 move of another", attackMoveOfAnother)
	t.Run("26 flood", attackMoveFlood)
	t.Run("35 rings", attackMoveRings)
}

// living puts somebody on a server who says that others are them too.
func living(s *stranger, name string, more map[string]any) {
	s.mu.Lock()
	s.keys[name] = strangerKey()
	s.mu.Unlock()
	doc := s.person(name)
	for key, value := range more {
		doc[key] = value
	}
	s.serve("/users/"+name, doc)
}

func (s *stranger) move(to *peer, signer, id, object, target string) {
	s.t.Helper()
	s.say(to, signer, s.activity("Move", id, signer, object, map[string]any{"target": target}))
}

// attackNoWayBack: nobody is handed followers who does not want them, whatever was
// true before, and wherever the target lies.
func attackNoWayBack(t *testing.T) {
	s := newScene(t)
	mallory := s.evil.followedBy(s.malakoff, s.lea, "mallory")
	alias := map[string]any{"alsoKnownAs": []string{mallory.URI}}
	living(s.mastodon, "paul", alias)
	if _, err := s.malakoff.app.Lookup(context.Background(), s.malakoff.Node, "@paul@"+s.mastodon.host); err != nil {
		t.Fatal(err)
	}
	living(s.mastodon, "paul", nil) // he took it back, which we were not told
	s.evil.move(s.malakoff, "mallory", "/m/1", mallory.URI, s.mastodon.uri("paul"))
	s.evil.move(s.malakoff, "mallory", "/m/2", mallory.URI, s.lea.Account.URI)
	s.evil.move(s.malakoff, "mallory", "/m/3", mallory.URI, s.malakoff.URL("/@entraide"))
	s.evil.move(s.malakoff, "mallory", "/m/4", mallory.URI, s.malakoff.URL("/actor"))
	s.evil.move(s.malakoff, "mallory", "/m/5", mallory.URI, mallory.URI)
	s.evil.move(s.malakoff, "mallory", "/m/6", mallory.URI, "http://10.0.0.1/users/paul")
	s.evil.move(s.malakoff, "mallory", "/m/7", mallory.URI, "javascript:alert(1)")
	if s.malakoff.follows(s.lea, s.mastodon.uri("paul")) || !s.malakoff.follows(s.lea, mallory.URI) {
		t.Error("Léa was handed over")
	}
	if got := s.malakoff.known(mallory.URI).MovedTo; got != "" {
		t.Errorf("Mallory moved to %s", got)
	}
}

// attackMoveOfAnother: who moves says so themself.
func attackMoveOfAnother(t *testing.T) {
	s := newScene(t)
	marie := s.mastodon.followedBy(s.malakoff, s.lea, "marie")
	living(s.evil, "mallory", map[string]any{"alsoKnownAs": []string{marie.URI, s.lea.Account.URI}})
	s.evil.move(s.malakoff, "mallory", "/m/1", marie.URI, s.evil.uri("mallory"))
	s.evil.move(s.malakoff, "mallory", "/m/2", s.lea.Account.URI, s.evil.uri("mallory"))
	s.mastodon.move(s.malakoff, "paul", "/m/3", marie.URI, s.evil.uri("mallory"))
	if s.malakoff.follows(s.lea, s.evil.uri("mallory")) || !s.malakoff.follows(s.lea, marie.URI) {
		t.Error("Marie was moved by others")
	}
}

// attackMoveFlood: an account moves once a week, one that nobody here follows has us
// fetch nothing, and one server cannot have us ask without end.
func attackMoveFlood(t *testing.T) {
	s := newScene(t)
	mallory := s.evil.followedBy(s.malakoff, s.lea, "mallory")
	for _, name := range []string{"eve", "trudy"} {
		living(s.evil, name, map[string]any{"alsoKnownAs": []string{mallory.URI}})
	}
	s.mastodon.move(s.malakoff, "paul", "/m/1", s.mastodon.uri("paul"), s.evil.uri("eve"))
	if got := s.evil.log.count("GET /users/eve"); got != 0 {
		t.Errorf("%d fetches for somebody whom nobody follows", got)
	}
	s.evil.move(s.malakoff, "mallory", "/m/2", mallory.URI, s.evil.uri("eve"))
	if !s.malakoff.follows(s.lea, s.evil.uri("eve")) {
		t.Fatal("the first move was refused")
	}
	// Léa goes back to the old account, and is left alone there for a week.
	back := &parvis.Follow{FollowerID: s.lea.ID(), FollowedID: mallory.ID, URI: s.malakoff.URL("/follows/back"), Accepted: true, CreatedAt: s.clock.Now()}
	err := s.malakoff.rows().InTx(context.Background(), func(ctx context.Context, tx *storage.Tx) error { return tx.AddFollow(ctx, back) })
	if err != nil {
		t.Fatal(err)
	}
	s.evil.move(s.malakoff, "mallory", "/m/3", mallory.URI, s.evil.uri("trudy"))
	if s.malakoff.follows(s.lea, s.evil.uri("trudy")) || s.evil.log.count("GET /users/trudy") != 0 {
		t.Error("moved twice in a week")
	}
	s.clock.pass(parvis.MoveRest + time.Minute)
	living(s.evil, "trudy", nil)
	before := s.evil.log.count("GET /users/trudy")
	for i := range 80 {
		s.evil.move(s.malakoff, "mallory", "/f/"+strconv.Itoa(i), mallory.URI, s.evil.uri("trudy"))
	}
	if got := s.evil.log.count("GET /users/trudy") - before; got == 0 || got > 60 {
		t.Errorf("80 moves in a minute caused %d fetches, want 60 at most", got)
	}
}

// attackMoveRings: accounts that moved to each other lead nowhere, and none of it is
// walked.
func attackMoveRings(t *testing.T) {
	s := newScene(t)
	mallory := s.evil.followedBy(s.malakoff, s.lea, "mallory")
	living(s.evil, "eve", map[string]any{"alsoKnownAs": []string{mallory.URI}, "movedTo": s.evil.uri("trudy")})
	living(s.evil, "trudy", map[string]any{"alsoKnownAs": []string{s.evil.uri("eve")}, "movedTo": mallory.URI})
	s.evil.move(s.malakoff, "mallory", "/m/1", mallory.URI, s.evil.uri("eve"))
	if s.malakoff.follows(s.lea, s.evil.uri("eve")) || !s.malakoff.follows(s.lea, mallory.URI) {
		t.Error("Léa was led on")
	}
	if got := s.evil.log.count("GET /users/eve"); got != 1 {
		t.Errorf("%d fetches of the target, want 1", got)
	}
	if got := s.evil.log.count("GET /users/trudy"); got != 0 {
		t.Errorf("%d fetches of where the target says that it went, want none", got)
	}
}

// cameIn is a resident who has just come in.
func (p *peer) cameIn(v parvis.Viewer) app.Guest {
	return app.Guest{Viewer: v, Session: parvis.Session{AccountID: v.ID(), CreatedAt: p.app.Now()}}
}
