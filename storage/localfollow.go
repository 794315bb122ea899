package storage

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// FollowerURIs returns the ids of all accounts that follow one, as its server would
// list them.
func (n *Node) FollowerURIs(ctx context.Context, account parvis.ID) ([]string, error) {
	var uris []string
	err := n.raw(`SELECT a.uri FROM follows f JOIN accounts a ON a.id = f.follower_id
		WHERE f.followed_id = ? AND f.accepted AND f.node_id = ?`, account, n.node).Scan(ctx, &uris)
	return uris, translate(err)
}

// A LocalFollow is a follow by a local account, or its wish to.
type LocalFollow struct {
	*parvis.Follow
	Follower *parvis.Account
}

// LocalFollows returns who here follows an account or asked to.
func (n *Node) LocalFollows(ctx context.Context, followed parvis.ID) ([]LocalFollow, error) {
	var rows []followRow
	err := n.raw(`SELECT f.id, f.follower_id, f.followed_id, f.uri, f.accepted, f.created_at FROM follows f
		JOIN accounts a ON a.id = f.follower_id WHERE f.followed_id = ? AND a.domain = '' AND f.node_id = ? ORDER BY f.id`,
		followed, n.node).Scan(ctx, &rows)
	if err != nil {
		return nil, translate(err)
	}
	ids := make([]parvis.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.FollowerID
	}
	accounts, err := n.Accounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	follows := make([]LocalFollow, 0, len(rows))
	for _, r := range rows {
		if follower := accounts[r.FollowerID]; follower != nil {
			follows = append(follows, LocalFollow{r.follow(), follower})
		}
	}
	return follows, nil
}
