// Package demo fills two nodes with a believable small world: people of a town
// and of a repair workshop next to it, what they offer and look for, and their
// answers. Everything is done by the same verbs that people use, so what is told
// to the other node really travels there.
package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/media/sketch"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// A World is the demonstration in the making.
type World struct {
	App *app.App
	// Port is the port that the nodes' names carry.
	Port string

	nodes map[string]*parvis.Node
	who   map[string]parvis.Viewer
	home  map[string]string                  // node by username
	posts map[string]map[string]*parvis.Post // by node, then title
}

// Hosts returns the public names of the town and the workshop.
func (w *World) Hosts() []string {
	return []string{town + ".localhost:" + w.Port, workshop + ".localhost:" + w.Port}
}

// Logins says how to log in: address, name and password, one line each.
func (w *World) Logins() []string {
	var lines []string
	for _, p := range people {
		if p.role == parvis.RoleAdmin || p.username == "jeanne" || p.username == "camille" {
			lines = append(lines, fmt.Sprintf("http://%s.localhost:%s/connexion  %-8s %s", p.node, w.Port, p.username, Password))
		}
	}
	return lines
}

var quarters = map[string][]parvis.Place{
	town: {
		{Name: "Centre", Lat: 48.8205, Lon: 2.3010, HasPoint: true},
		{Name: "Malakoff-Nord", Lat: 48.8246, Lon: 2.3056, HasPoint: true},
		{Name: "Malakoff-Sud", Lat: 48.8142, Lon: 2.2936, HasPoint: true},
		{Name: "Barbusse", Lat: 48.8182, Lon: 2.2912, HasPoint: true},
	},
	workshop: {
		{Name: "Vanves", Lat: 48.8211, Lon: 2.2902, HasPoint: true},
		{Name: "Montrouge", Lat: 48.8166, Lon: 2.3195, HasPoint: true},
	},
}

// Found makes the two nodes and their people. It needs no server.
func (w *World) Found(ctx context.Context) error {
	w.nodes, w.who, w.home = map[string]*parvis.Node{}, map[string]parvis.Viewer{}, map[string]string{}
	about := map[string][2]string{
		town:     {"Malakoff", "À Malakoff, on se prête, on s’entraide, on décide ensemble."},
		workshop: {"L’Atelier", "À l’Atelier, on répare ensemble plutôt que de jeter."},
	}
	for i, name := range []string{town, workshop} {
		n := &parvis.Node{Host: w.Hosts()[i], Scheme: "http", Name: about[name][0], Summary: about[name][1], Language: "fr",
			Contact: "bonjour@" + name + ".localhost", Neighbourhoods: quarters[name], Center: quarters[name][0]}
		if err := w.App.AddNode(ctx, n); err != nil {
			return err
		}
		w.nodes[name] = n
	}
	for _, p := range people {
		if err := w.settle(ctx, p); err != nil {
			return fmt.Errorf("settle %s: %w", p.username, err)
		}
	}
	return nil
}

func (w *World) settle(ctx context.Context, p person) error {
	n := w.nodes[p.node]
	acc, err := w.App.CreateAccount(ctx, n, app.NewAccount{Username: p.username, Email: p.username + "@" + p.node + ".localhost",
		Password: Password, Name: p.name, Role: p.role, Language: "fr"})
	if err != nil {
		return err
	}
	v := parvis.Viewer{Account: acc, Role: p.role}
	face, err := encode(sketch.Portrait(p.portrait))
	if err != nil {
		return err
	}
	m, err := w.App.Upload(ctx, n, v, app.NewPicture{Shape: app.Avatar, File: face})
	if err != nil {
		return err
	}
	profile := app.Profile{Name: p.name, Bio: p.bio, Quarter: p.quarter, Avatar: m.ID, Presentation: p.said}
	if len(p.said.Offers) > 0 {
		profile.Listed = parvis.Everyone
	}
	v.Account, err = w.App.EditProfile(ctx, n, v, profile)
	w.who[p.username], w.home[p.username] = v, p.node
	return err
}

func encode(m image.Image) (*bytes.Reader, error) {
	var b bytes.Buffer
	err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90})
	return bytes.NewReader(b.Bytes()), err
}

// ErrSlow: the nodes did not reach each other in time.
var ErrSlow = errors.New("the two nodes did not reach each other in time")

// Live makes the nodes partners and lets their people publish and answer. A
// server must run, since the nodes talk to each other by HTTP.
func (w *World) Live(ctx context.Context) error {
	if err := w.befriend(ctx); err != nil {
		return err
	}
	if err := w.follow(ctx); err != nil {
		return err
	}
	w.posts = map[string]map[string]*parvis.Post{town: {}, workshop: {}}
	for _, l := range listings {
		if err := w.publish(ctx, l); err != nil {
			return fmt.Errorf("publish %q: %w", l.title, err)
		}
	}
	for _, a := range answers {
		if err := w.answer(ctx, a); err != nil {
			return fmt.Errorf("answer to %q: %w", a.listing, err)
		}
	}
	for _, l := range letters {
		if err := w.write(ctx, l); err != nil {
			return fmt.Errorf("write about %q: %w", l.listing, err)
		}
	}
	return nil
}

func (w *World) befriend(ctx context.Context) error {
	a, b := w.nodes[town], w.nodes[workshop]
	if _, err := w.App.AddPartner(ctx, a, b.Host); err != nil {
		return err
	}
	if _, err := w.App.AddPartner(ctx, b, a.Host); err != nil {
		return err
	}
	return await(ctx, func() (bool, error) {
		for _, pair := range [][2]*parvis.Node{{a, b}, {b, a}} {
			ok, err := w.App.DB.Node(pair[0].ID).IsPartner(ctx, pair[1].Host)
			if err != nil || !ok {
				return false, err
			}
		}
		return true, nil
	})
}

// await asks until the answer is yes, for a while.
func await(ctx context.Context, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := done()
		if err != nil || ok {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(ErrSlow, ctx.Err())
		}
	}
}

func (w *World) follow(ctx context.Context) error {
	for _, f := range follows {
		n, v := w.nodes[w.home[f[0]]], w.who[f[0]]
		target := f[1]
		if w.home[f[1]] != w.home[f[0]] {
			target += "@" + w.nodes[w.home[f[1]]].Host
		}
		acc, err := w.App.Lookup(ctx, n, target)
		if err != nil {
			return fmt.Errorf("look up %s: %w", target, err)
		}
		if err := w.App.Follow(ctx, n, v, acc.ID); err != nil {
			return fmt.Errorf("follow %s: %w", target, err)
		}
	}
	return nil
}

// ago returns the App as it was some time ago, so that what it publishes is
// dated then.
func (w *World) ago(d time.Duration) *app.App {
	a := w.App
	return &app.App{DB: a.DB, Media: a.Media, Photos: a.Photos, Remote: a.Remote, Mails: a.Mails, Words: a.Words,
		Now: func() time.Time { return a.Now().Add(-d) }}
}

func (w *World) publish(ctx context.Context, l listing) error {
	node := w.home[l.author]
	n, v, past := w.nodes[node], w.who[l.author], w.ago(l.age)
	d := app.Draft{Detail: &parvis.Offer{Purpose: l.purpose, Sort: l.sort, Category: l.category}, Title: l.title, Source: l.text,
		Language: "fr", Audience: l.audience}
	for _, q := range quarters[node] {
		if q.Name == l.place {
			d.Place = &q
		}
	}
	if l.left != 0 {
		d.EndsAt = w.App.Now().Add(l.left).Truncate(time.Minute)
	}
	if l.picture != "" {
		m, err := w.picture(ctx, n, v, l.picture)
		if err != nil {
			return err
		}
		d.Media = []app.DraftMedia{{ID: m.ID, Description: l.alt}}
	}
	p, err := past.Publish(ctx, n, v, d)
	if err != nil {
		return err
	}
	w.posts[node][l.title] = p
	if l.state == parvis.Open {
		return nil
	}
	_, err = w.ago(l.age-time.Hour).SetState(ctx, n, v, p.ID, l.state)
	return err
}

func (w *World) picture(ctx context.Context, n *parvis.Node, v parvis.Viewer, name string) (*parvis.Media, error) {
	drawing, ok := sketch.Illustration(name)
	if !ok {
		return nil, fmt.Errorf("there is no drawing %q", name)
	}
	file, err := encode(drawing)
	if err != nil {
		return nil, err
	}
	return w.App.Upload(ctx, n, v, app.NewPicture{Shape: app.Photo, File: file})
}

// answer comments a listing, once it has arrived at the author's node.
func (w *World) answer(ctx context.Context, a answer) error {
	n, v := w.nodes[w.home[a.author]], w.who[a.author]
	p, err := w.arrived(ctx, n, v, a.listing)
	if err != nil {
		return err
	}
	_, err = w.ago(a.age).Publish(ctx, n, v, app.Draft{Detail: &parvis.Note{}, Source: a.text, Language: "fr", Audience: p.Audience, ReplyTo: p.ID})
	return err
}

// write sends a private message about a listing, once that has arrived at the
// author's node.
func (w *World) write(ctx context.Context, l letter) error {
	n, v := w.nodes[w.home[l.author]], w.who[l.author]
	p, err := w.arrived(ctx, n, v, l.listing)
	if err != nil {
		return err
	}
	to, err := w.App.Lookup(ctx, n, l.to+"@"+w.nodes[w.home[l.to]].Host)
	if err != nil {
		return err
	}
	_, err = w.ago(l.age).Write(ctx, n, v, []*parvis.Account{to}, p.ID, app.Draft{Detail: &parvis.Note{}, Source: l.text, Language: "fr"})
	return err
}

// arrived awaits a listing at a node.
func (w *World) arrived(ctx context.Context, n *parvis.Node, v parvis.Viewer, listing string) (*parvis.Post, error) {
	uri, err := w.uri(listing)
	if err != nil {
		return nil, err
	}
	var p *parvis.Post
	err = await(ctx, func() (bool, error) {
		var err error
		p, err = w.App.PostByURI(ctx, n, v, uri)
		if errors.Is(err, parvis.ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	})
	return p, err
}

func (w *World) uri(title string) (string, error) {
	for _, posts := range w.posts {
		if p := posts[title]; p != nil {
			return p.URI, nil
		}
	}
	return "", fmt.Errorf("there is no listing %q", title)
}
