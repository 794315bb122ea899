package server_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

var (
	seeds = flag.Int("seeds", 2, "how many stories TestFiveNodesInBadWeather tells")
	seed  = flag.Uint64("seed", 1, "the first of them")
)

// The weather is what becomes of requests on their way. Each story has its own,
// which its seed decides.
type weather struct {
	*rand.Rand
	late []func() // requests whose sender has given up, and which arrive all the same
}

// carry brings a request to a place, or fails to.
func (w *weather) carry(p *place, rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	serve := func(rw http.ResponseWriter) {
		again := r.Clone(context.WithoutCancel(r.Context()))
		again.Body = io.NopCloser(bytes.NewReader(body))
		p.server.ServeHTTP(rw, again)
	}
	if len(w.late) > 0 && w.IntN(4) == 0 {
		w.arrive(w.IntN(len(w.late)))
	}
	switch w.IntN(10) {
	case 0: // lost
		panic(http.ErrAbortHandler)
	case 1: // taken, and its answer lost
		serve(httptest.NewRecorder())
		panic(http.ErrAbortHandler)
	case 2: // delayed, behind what is sent later
		w.late = append(w.late, func() { serve(httptest.NewRecorder()) })
		panic(http.ErrAbortHandler)
	case 3: // doubled
		serve(httptest.NewRecorder())
	}
	serve(rw)
}

// arrive lets one of the delayed requests arrive.
func (w *weather) arrive(i int) {
	deliver := w.late[i]
	w.late = slices.Delete(w.late, i, i+1)
	deliver()
}

// A tale is what one post should be everywhere in the end.
type tale struct {
	home       int // the place where it was published
	id         parvis.ID
	uri, title string
	state      parvis.State
	gone       bool
	likers     map[int]bool // by place
	replies    int
}

// A village is five partners, one resident each, and what happened there.
type village struct {
	*network
	people []parvis.Viewer
	tales  []*tale
}

func newVillage(t *testing.T) *village {
	t.Helper()
	v := &village{network: newNetwork(t, parvistest.Engines(t)[0], "malakoff", "vanves", "montrouge", "clamart", "atelier")}
	for i, a := range v.places {
		v.people = append(v.people, a.resident("jeanne", parvis.RoleResident))
		for _, b := range v.places[i+1:] {
			v.befriend(a, b)
		}
	}
	return v
}

// act lets somebody do something: publish, change what is theirs, or react to
// what they have a copy of.
func (v *village) act(w *weather) error {
	i := w.IntN(len(v.places))
	p, me := v.places[i], v.people[i]
	if len(v.tales) == 0 || w.IntN(4) == 0 {
		d := drill(parvis.Partners)
		d.Title = fmt.Sprintf("Perceuse %d", len(v.tales))
		post := p.publish(me, d)
		v.tales = append(v.tales, &tale{home: i, id: post.ID, uri: post.URI, title: d.Title, state: parvis.Open, likers: map[int]bool{}})
		return nil
	}
	t := v.tales[w.IntN(len(v.tales))]
	if t.gone {
		return nil
	}
	if t.home == i {
		return v.change(w, t, p, me)
	}
	got, err := p.find(me, t.uri)
	if errors.Is(err, parvis.ErrNotFound) {
		return nil // it has not arrived
	}
	if err != nil {
		return err
	}
	return v.react(w, t, i, got.ID)
}

// change is what an author does to a post.
func (v *village) change(w *weather, t *tale, p *place, me parvis.Viewer) (err error) {
	switch w.IntN(5) {
	case 0:
		t.gone = true
		return p.app.Delete(bg, p.node, me, t.id)
	case 1, 2:
		next := t.state.Next() // all there are from here, which is never none
		t.state = next[w.IntN(len(next))]
		_, err = p.app.SetState(bg, p.node, me, t.id, t.state)
	default:
		d := drill(parvis.Partners)
		t.title += "’"
		d.Title = t.title
		_, err = p.app.Edit(bg, p.node, me, t.id, d)
	}
	return err
}

// react is what somebody does to the copy of a post.
func (v *village) react(w *weather, t *tale, i int, id parvis.ID) (err error) {
	p, me := v.places[i], v.people[i]
	switch {
	case w.IntN(3) == 0:
		t.replies++
		p.publish(me, app.Draft{Detail: &parvis.Note{}, Source: "Je suis preneur.", Audience: parvis.Everyone, ReplyTo: id})
		return nil
	case t.likers[i]:
		delete(t.likers, i)
		_, err = p.app.Unlike(bg, p.node, me, id)
	default:
		t.likers[i] = true
		_, err = p.app.Like(bg, p.node, me, id)
	}
	return err
}

// wrong says where a post is not what it should be.
func (v *village) wrong(t *tale) (wrong []string) {
	for i, p := range v.places {
		got, err := p.find(v.people[i], t.uri)
		switch {
		case t.gone && (errors.Is(err, parvis.ErrGone) || errors.Is(err, parvis.ErrNotFound)):
		case t.gone:
			wrong = append(wrong, fmt.Sprintf("%s still has it: %v", p.name, err))
		case err != nil:
			wrong = append(wrong, fmt.Sprintf("%s does not have it: %v", p.name, err))
		case got.Title != t.title || got.State != t.state:
			wrong = append(wrong, fmt.Sprintf("%s has %q, %s", p.name, got.Title, got.State))
		case i == t.home && (got.Likes != len(t.likers) || got.Replies != t.replies):
			wrong = append(wrong, fmt.Sprintf("%s counts %d likes and %d answers", p.name, got.Likes, got.Replies))
		}
	}
	return wrong
}

// TestFiveNodesInBadWeather: whatever is lost, doubled, delayed and overtaken on
// its way, in the end all places have the same, and it is what people did.
func TestFiveNodesInBadWeather(t *testing.T) {
	v := newVillage(t)
	for s := *seed; s < *seed+uint64(*seeds); s++ {
		w := &weather{Rand: rand.New(rand.NewPCG(s, 0))}
		first := len(v.tales)
		v.weather = w
		for range 60 {
			if err := v.act(w); err != nil {
				t.Fatalf("seed %d: %v", s, err)
			}
			v.clock.pass(time.Duration(w.IntN(60)) * time.Second)
			v.settle()
		}
		for len(w.late) > 0 {
			w.arrive(0)
		}
		v.weather = nil
		waiting := func() (total int) {
			for _, p := range v.places {
				total += p.waiting()
			}
			return total
		}
		for v.settle(); waiting() > 0; v.settle() {
			v.clock.pass(10 * time.Minute)
		}
		for _, tale := range v.tales[first:] {
			for _, wrong := range v.wrong(tale) {
				t.Errorf("seed %d: of %+v, %s", s, *tale, wrong)
			}
		}
		v.tales = v.tales[:0]
	}
}
