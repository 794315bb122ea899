package app

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// FeedNames are the usernames of a new node's feeds.
var FeedNames = map[parvis.Kind]string{parvis.KindOffer: "entraide"}

// feedTitles are their display names; residents read them in French first.
var feedTitles = map[parvis.Kind]string{parvis.KindOffer: "Entraide"}

// AddNode founds a node with its own actor and its feeds. Host must be set; what
// else is empty gets a default.
func (a *App) AddNode(ctx context.Context, n *parvis.Node) error {
	n.Scheme = cmp.Or(n.Scheme, "https")
	host, err := parvis.CleanHost(n.Scheme, n.Host)
	if err != nil {
		return err
	}
	n.Host = host
	if n.Name == "" {
		n.Name = nameFromHost(n.Hostname())
	}
	if n.Language == "" {
		n.Language = "fr"
	}
	if n.Federation == "" {
		n.Federation = parvis.FederationOpen
	}
	if n.Signup == "" {
		n.Signup = parvis.SignupOpen
	}
	n.KeepPosts, n.KeepPictures = cmp.Or(n.KeepPosts, parvis.DefaultKeepPosts), cmp.Or(n.KeepPictures, parvis.DefaultKeepPictures)
	n.MinAge = cmp.Or(n.MinAge, parvis.DefaultMinAge)
	n.CreatedAt, n.Version = a.Now(), 1
	actors := []*parvis.Account{{Username: n.Hostname(), Type: parvis.Application, Locked: true}}
	for _, kind := range parvis.Kinds {
		if name, ok := FeedNames[kind]; ok {
			actors = append(actors, &parvis.Account{Username: name, Type: parvis.Group, Feed: kind})
		}
	}
	keys := make([]storage.Keys, len(actors))
	for i, actor := range actors {
		if keys[i], err = newKeys(actor); err != nil {
			return err
		}
		actor.Name = actorName(n, actor)
		a.address(n, actor)
	}
	return a.DB.InTx(ctx, func(ctx context.Context, t *storage.DBTx) error {
		if err := t.AddNode(ctx, n); err != nil {
			return fmt.Errorf("add node %s: %w", n.Host, err)
		}
		rows := t.Node(n.ID)
		for i, actor := range actors {
			if err := rows.AddAccount(ctx, actor); err != nil {
				return fmt.Errorf("add actor %s: %w", actor.Username, err)
			}
			if err := rows.SetKeys(ctx, actor.ID, keys[i]); err != nil {
				return err
			}
		}
		n.ActorID = actors[0].ID
		return t.UpdateNode(ctx, n)
	})
}

// changeNode changes settings of a node, of which the caller's copy may be old, and
// does more in the same transaction.
func (a *App) changeNode(ctx context.Context, id parvis.ID, change func(*parvis.Node), more func(context.Context, *storage.Tx) error) error {
	err := a.DB.InTx(ctx, func(ctx context.Context, t *storage.DBTx) error {
		n, err := t.NodeByID(ctx, id)
		if err != nil {
			return err
		}
		change(n)
		if err := t.UpdateNode(ctx, n); err != nil || more == nil {
			return err
		}
		return more(ctx, t.Node(id))
	})
	if err != nil || a.NodesChanged == nil {
		return err
	}
	return a.NodesChanged(ctx)
}

// UpdateNode stores a node's settings. Its own actor and its feeds, which speak
// for it, are renamed with it, and whoever knows them is told.
func (a *App) UpdateNode(ctx context.Context, n *parvis.Node) error {
	var old parvis.Node
	return a.changeNode(ctx, n.ID, func(stored *parvis.Node) { old, *stored = *stored, *n }, func(ctx context.Context, rows *storage.Tx) error {
		if old.Federation != n.Federation {
			if err := a.applyDomains(ctx, rows); err != nil {
				return err
			}
		}
		own, err := rows.Account(ctx, n.ActorID)
		if err != nil {
			return err
		}
		if err := a.introduce(ctx, rows, n, own); err != nil {
			return err
		}
		for kind := range FeedNames {
			feed, err := rows.Feed(ctx, kind)
			if err != nil {
				return err
			}
			if err := a.introduce(ctx, rows, n, feed); err != nil {
				return err
			}
		}
		return nil
	})
}

// introduce says anew who an actor of the node is.
func (a *App) introduce(ctx context.Context, t *storage.Tx, n *parvis.Node, actor *parvis.Account) error {
	actor.Name, actor.UpdatedAt = actorName(n, actor), a.Now()
	if err := t.UpdateAccount(ctx, actor); err != nil {
		return err
	}
	return a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbUpdate, Actor: actor.ID})
}

// actorName is what people see of an actor of the node.
func actorName(n *parvis.Node, actor *parvis.Account) string {
	if actor.Feed == "" {
		return n.Name
	}
	return feedTitles[actor.Feed] + " · " + n.Name
}

// address gives a local account its addresses. They are permanent.
func (a *App) address(n *parvis.Node, actor *parvis.Account) {
	actor.URI = n.URL(actor.Path())
	actor.URL = actor.URI
	if actor.Type == parvis.Application {
		actor.URI, actor.URL = n.URL("/actor"), n.URL("/")
	}
	actor.Inbox, actor.SharedInbox, actor.Outbox = actor.URI+"/inbox", n.URL("/inbox"), actor.URI+"/outbox"
	actor.FollowersURI, actor.FollowingURI = actor.URI+"/followers", actor.URI+"/following"
	actor.KeyID, actor.MultikeyID = actor.URI+"#main-key", actor.URI+"#ed25519-key"
	actor.CreatedAt = a.Now()
	actor.UpdatedAt = actor.CreatedAt
}

// nameFromHost makes a first display name: "malakoff.example" becomes "Malakoff".
func nameFromHost(host string) string {
	first, _, _ := strings.Cut(host, ".")
	return strings.ToUpper(first[:1]) + first[1:]
}
