package storage

import (
	"context"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// AddActivity keeps the bytes of something to say until all have it.
func (n *Tx) AddActivity(ctx context.Context, a *parvis.Activity) error {
	for {
		added, err := n.exec(ctx, "INSERT INTO activities (id, node_id, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", a.ID, n.node, string(a.Body))
		if err != nil || added == 1 {
			return err
		}
		a.ID++
	}
}

// Activity returns the bytes of something to say.
func (n *Node) Activity(ctx context.Context, id parvis.ID) (*parvis.Activity, error) {
	var body string
	err := n.raw("SELECT body FROM activities WHERE id = ? AND node_id = ?", id, n.node).Scan(ctx, &body)
	return &parvis.Activity{ID: id, Body: []byte(body)}, translate(err)
}

// Bury remembers that somebody deleted an object of theirs that never was here, so
// that it does not arrive later. Of others it says nothing: whoever guesses an id
// must not keep away what its owner will say.
func (n *Tx) Bury(ctx context.Context, uri string, by parvis.ID, now time.Time) error {
	_, err := n.exec(ctx, "INSERT INTO tombstones (node_id, uri, deleted_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", n.node, grave(uri, by), ms(now))
	return err
}

// Buried reports whether an account buried a URI.
func (n *Node) Buried(ctx context.Context, uri string, by parvis.ID) (bool, error) {
	var yes bool
	err := n.raw("SELECT EXISTS (SELECT 1 FROM tombstones WHERE node_id = ? AND uri = ?)", n.node, grave(uri, by)).Scan(ctx, &yes)
	return yes, translate(err)
}

// BuriedPosts is Buried for many posts and their authors, in their order.
func (n *Node) BuriedPosts(ctx context.Context, posts []*parvis.Post) ([]bool, error) {
	graves := make([]string, len(posts))
	for i, p := range posts {
		graves[i] = grave(p.URI, p.AuthorID)
	}
	known := make(map[string]bool)
	var uri string
	err := n.raw("SELECT uri FROM tombstones WHERE node_id = ? AND uri IN (?)", n.node, listOf(graves)).each(ctx, func() { known[uri] = true }, &uri)
	buried := make([]bool, len(posts))
	for i, g := range graves {
		buried[i] = known[g]
	}
	return buried, translate(err)
}

// grave is the name of what an account buried. No URI has a space.
func grave(uri string, by parvis.ID) string { return uri + " " + by.String() }
