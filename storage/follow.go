package storage

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type followRow struct {
	bun.BaseModel `bun:"table:follows,alias:f"`

	ID         parvis.ID `bun:",pk"`
	NodeID     parvis.ID
	FollowerID parvis.ID
	FollowedID parvis.ID
	URI        string
	Accepted   bool
	CreatedAt  int64
}

func (r *followRow) follow() *parvis.Follow {
	return &parvis.Follow{ID: r.ID, FollowerID: r.FollowerID, FollowedID: r.FollowedID, URI: r.URI, Accepted: r.Accepted, CreatedAt: at(r.CreatedAt)}
}

// AddFollow stores a follow; one that exists already is parvis.ErrConflict.
func (n *Tx) AddFollow(ctx context.Context, f *parvis.Follow) error {
	if f.ID == 0 {
		f.ID = parvis.NewID(f.CreatedAt)
	}
	row := &followRow{ID: f.ID, NodeID: n.node, FollowerID: f.FollowerID, FollowedID: f.FollowedID, URI: f.URI, Accepted: f.Accepted, CreatedAt: ms(f.CreatedAt)}
	if err := n.db.insertNew(ctx, "follows", &row.ID, row); err != nil {
		return err
	}
	f.ID = row.ID
	_, err := n.exec(ctx, `UPDATE follows SET reader = TRUE WHERE id = ? AND EXISTS
		(SELECT 1 FROM accounts a WHERE a.id = follower_id AND a.domain = '' AND a.type <> ?)`, f.ID, parvis.Application)
	if err != nil || !f.Accepted {
		return err
	}
	return n.countFollow(ctx, f, 1)
}

// Follow returns the follow of one account by another.
func (n *Node) Follow(ctx context.Context, follower, followed parvis.ID) (*parvis.Follow, error) {
	var r followRow
	err := n.db.q.NewSelect().Model(&r).Where("follower_id = ? AND followed_id = ? AND node_id = ?", follower, followed, n.node).Scan(ctx)
	if err != nil {
		return nil, translate(err)
	}
	return r.follow(), nil
}

// FollowByURI returns a follow by or of an account, by the id of its activity, which
// others of a server may have used too.
func (n *Node) FollowByURI(ctx context.Context, uri string, account parvis.ID) (*parvis.Follow, error) {
	var r followRow
	if err := n.db.q.NewSelect().Model(&r).Where("uri = ?0 AND uri <> '' AND node_id = ?1 AND (follower_id = ?2 OR followed_id = ?2)", uri, n.node, account).Limit(1).Scan(ctx); err != nil {
		return nil, translate(err)
	}
	return r.follow(), nil
}

// SetFollowURI stores the id of a repeated Follow activity, so that a later Undo
// of it is understood.
func (n *Tx) SetFollowURI(ctx context.Context, id parvis.ID, uri string) error {
	_, err := n.exec(ctx, "UPDATE follows SET uri = ? WHERE id = ? AND node_id = ?", uri, id, n.node)
	return err
}

// SetAcceptURI stores the id of the activity that accepted a follow, so that a later
// Undo of it is understood.
func (n *Tx) SetAcceptURI(ctx context.Context, id parvis.ID, uri string) error {
	_, err := n.exec(ctx, "UPDATE follows SET accept_uri = ? WHERE id = ? AND node_id = ?", uri, id, n.node)
	return err
}

// FollowAcceptedBy returns the follow that an account accepted by an activity of its.
func (n *Node) FollowAcceptedBy(ctx context.Context, followed parvis.ID, uri string) (*parvis.Follow, error) {
	var r followRow
	err := n.db.q.NewSelect().Model(&r).Where("followed_id = ? AND accept_uri = ? AND accept_uri <> '' AND node_id = ?", followed, uri, n.node).Limit(1).Scan(ctx)
	if err != nil {
		return nil, translate(err)
	}
	return r.follow(), nil
}

// AcceptFollow makes a requested follow count. It reports whether it was still waiting.
func (n *Tx) AcceptFollow(ctx context.Context, f *parvis.Follow) (bool, error) {
	changed, err := n.exec(ctx, "UPDATE follows SET accepted = TRUE WHERE id = ? AND node_id = ? AND NOT accepted", f.ID, n.node)
	if err != nil || changed == 0 {
		return false, err
	}
	f.Accepted = true
	return true, n.countFollow(ctx, f, 1)
}

// RemoveFollow forgets a follow, and what it brought to the follower's home. It
// returns it, or parvis.ErrNotFound.
func (n *Tx) RemoveFollow(ctx context.Context, follower, followed parvis.ID) (*parvis.Follow, error) {
	f, err := n.Follow(ctx, follower, followed)
	if err != nil {
		return nil, err
	}
	if f.Accepted {
		if err := n.countFollow(ctx, f, -1); err != nil {
			return nil, err
		}
		if err := n.emptyHome(ctx, follower, followed); err != nil {
			return nil, err
		}
	}
	if err := n.dropMember(ctx, follower, followed); err != nil {
		return nil, err
	}
	_, err = n.exec(ctx, "DELETE FROM follows WHERE id = ? AND node_id = ?", f.ID, n.node)
	return f, err
}

// countFollow counts a stored follow that is accepted, or about to go.
func (n *Tx) countFollow(ctx context.Context, f *parvis.Follow, by int) error {
	n.count(f.FollowerID, tally{following: by})
	n.count(f.FollowedID, tally{followers: by})
	return n.countReader(ctx, f, by)
}

// CutFollows ends some of the follows of and by an account, and returns how many: one
// that goes takes its ties along.
func (n *Tx) CutFollows(ctx context.Context, account parvis.ID, limit int) (int, error) {
	var rows []struct{ FollowerID, FollowedID parvis.ID }
	err := n.raw(`SELECT follower_id, followed_id FROM follows WHERE node_id = ?0 AND (follower_id = ?1 OR followed_id = ?1)
		LIMIT ?2`, n.node, account, limit).Scan(ctx, &rows)
	if err != nil {
		return 0, translate(err)
	}
	for _, r := range rows {
		if _, err := n.RemoveFollow(ctx, r.FollowerID, r.FollowedID); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// A FollowedAccount is an account in a list of follows, or of what else ties accounts,
// with the tie's id, by which the list is paged.
type FollowedAccount struct {
	FollowID parvis.ID
	Account  *parvis.Account
}

// active leaves out suspended and deleted accounts a. They are left out where a page is
// read: one that is short would be taken for the last.
const active = "AND a.suspended_at = 0 AND a.deleted_at = 0"

// Followers lists who follows an account (accepted), or who asks to (not accepted).
func (n *Node) Followers(ctx context.Context, account parvis.ID, accepted bool, page parvis.Page) ([]FollowedAccount, error) {
	return n.followList(ctx, "followed_id", "follower_id", account, accepted, active, page)
}

// Following lists whom an account follows.
func (n *Node) Following(ctx context.Context, account parvis.ID, page parvis.Page) ([]FollowedAccount, error) {
	return n.followList(ctx, "follower_id", "followed_id", account, true, active, page)
}

// AllFollowing is Following with those who are suspended or deleted.
func (n *Node) AllFollowing(ctx context.Context, account parvis.ID, page parvis.Page) ([]FollowedAccount, error) {
	return n.followList(ctx, "follower_id", "followed_id", account, true, "", page)
}

// followList reads follows of which one side is the account, "followed_id" or
// "follower_id", and shows those of the other side that are wanted.
func (n *Node) followList(ctx context.Context, side, other string, account parvis.ID, accepted bool, wanted string, page parvis.Page) ([]FollowedAccount, error) {
	var q selection
	q.add("SELECT f.id, a.id, a.version FROM follows f JOIN accounts a ON a.id = f."+other+" WHERE f."+side+" = ? AND f.node_id = ? AND f.accepted = ?",
		account, n.node, accepted)
	q.add(wanted)
	q.page("f.id", page)
	return n.placedAccounts(ctx, &q, page)
}

// placedAccounts reads accounts with their places in a list, of a query for both.
func (n *Node) placedAccounts(ctx context.Context, q *selection, page parvis.Page) ([]FollowedAccount, error) {
	var follows []parvis.ID
	var refs []ref
	var f parvis.ID
	var r ref
	err := n.raw(q.text.String(), q.args...).each(ctx, func() { follows, refs = append(follows, f), append(refs, r) },
		(*int64)(&f), (*int64)(&r.ID), &r.Version)
	if err != nil {
		return nil, translate(err)
	}
	accounts, err := n.accountsAt(ctx, refs)
	if err != nil {
		return nil, err
	}
	list := make([]FollowedAccount, 0, len(refs))
	for i, r := range refs {
		if a := accounts[r.ID]; a != nil {
			list = append(list, FollowedAccount{follows[i], a})
		}
	}
	return inOrder(list, page), nil
}

// HasLocalFollower reports whether anyone here follows an account.
func (n *Node) HasLocalFollower(ctx context.Context, account parvis.ID) (bool, error) {
	followed, err := n.LocallyFollowed(ctx, []parvis.ID{account})
	return followed[account], err
}

// LocallyFollowed returns those of some accounts whom anyone here follows.
func (n *Node) LocallyFollowed(ctx context.Context, accounts []parvis.ID) (map[parvis.ID]bool, error) {
	followed := make(map[parvis.ID]bool)
	if len(accounts) == 0 {
		return followed, nil
	}
	var id parvis.ID
	err := n.raw(`SELECT b.id FROM accounts b WHERE b.id IN (?) AND EXISTS (SELECT 1 FROM follows f JOIN accounts a ON a.id = f.follower_id
		WHERE f.followed_id = b.id AND f.accepted AND a.domain = '' AND f.node_id = ?)`, listOf(accounts), n.node).
		each(ctx, func() { followed[id] = true }, (*int64)(&id))
	return followed, translate(err)
}

// FollowerInboxes returns the distinct inboxes of an account's remote followers:
// the shared inbox where a server has one.
func (n *Node) FollowerInboxes(ctx context.Context, account parvis.ID) ([]string, error) {
	var inboxes []string
	err := n.raw(`SELECT DISTINCT CASE WHEN a.shared_inbox <> '' THEN a.shared_inbox ELSE a.inbox END FROM follows f
		JOIN accounts a ON a.id = f.follower_id WHERE f.followed_id = ? AND f.accepted AND a.domain <> '' AND f.node_id = ?
		AND a.suspended_at = 0 AND a.deleted_at = 0 AND a.inbox <> ''`, account, n.node).Scan(ctx, &inboxes)
	return inboxes, translate(err)
}

// Relationships returns how viewer stands to each of the accounts.
func (n *Node) Relationships(ctx context.Context, viewer parvis.ID, ids []parvis.ID) (map[parvis.ID]parvis.Relationship, error) {
	found := make(map[parvis.ID]parvis.Relationship, len(ids))
	if viewer == 0 || len(ids) == 0 {
		return found, nil
	}
	var other parvis.ID
	var r parvis.Relationship
	var follows, followed bool
	err := n.raw(`SELECT a.id, f.id IS NOT NULL, COALESCE(f.accepted, FALSE), g.id IS NOT NULL, COALESCE(g.accepted, FALSE),
			b.account_id IS NOT NULL, c.account_id IS NOT NULL, m.account_id IS NOT NULL, COALESCE(m.notifications, FALSE) FROM accounts a
		LEFT JOIN follows f ON f.follower_id = ?0 AND f.followed_id = a.id LEFT JOIN follows g ON g.follower_id = a.id AND g.followed_id = ?0
		LEFT JOIN mutes m ON m.account_id = ?0 AND m.target_id = a.id
		LEFT JOIN blocks b ON b.account_id = ?0 AND b.target_id = a.id LEFT JOIN blocks c ON c.account_id = a.id AND c.target_id = ?0
		WHERE a.id IN (?1) AND +a.node_id = ?2`, viewer, listOf(unique(ids)), n.node).each(ctx, func() {
		r.Requested, r.RequestedBy = follows && !r.Following, followed && !r.FollowedBy
		if r != (parvis.Relationship{}) {
			found[other] = r
		}
	}, (*int64)(&other), &follows, &r.Following, &followed, &r.FollowedBy, &r.Blocking, &r.BlockedBy, &r.Muting, &r.MutingNotifications)
	return found, translate(err)
}
