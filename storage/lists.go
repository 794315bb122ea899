package storage

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type listRow struct {
	bun.BaseModel `bun:"table:lists,alias:l"`

	ID        parvis.ID `bun:",pk"`
	NodeID    parvis.ID
	AccountID parvis.ID
	Title     string
	Replies   parvis.Replies
	CreatedAt int64
}

// AddList stores a new list.
func (n *Tx) AddList(ctx context.Context, l *parvis.List) error {
	// Two at once wait for each other here, so that they can be counted.
	if _, err := n.exec(ctx, "UPDATE accounts SET posts = posts WHERE id = ? AND node_id = ?", l.AccountID, n.node); err != nil {
		return err
	}
	row := &listRow{ID: parvis.NewID(l.CreatedAt), NodeID: n.node, AccountID: l.AccountID, Title: l.Title, Replies: l.Replies, CreatedAt: ms(l.CreatedAt)}
	err := n.db.insertNew(ctx, "lists", &row.ID, row)
	l.ID = row.ID
	return err
}

// UpdateList stores how a list is called and what it shows.
func (n *Tx) UpdateList(ctx context.Context, l *parvis.List) error {
	_, err := n.exec(ctx, "UPDATE lists SET title = ?, replies = ? WHERE id = ? AND node_id = ?", l.Title, l.Replies, l.ID, n.node)
	return err
}

// RemoveList forgets a list.
func (n *Tx) RemoveList(ctx context.Context, l *parvis.List) error {
	if _, err := n.exec(ctx, "DELETE FROM list_members WHERE list_id = ?", l.ID); err != nil {
		return err
	}
	_, err := n.exec(ctx, "DELETE FROM lists WHERE id = ? AND node_id = ?", l.ID, n.node)
	return err
}

const listColumns = "SELECT l.id, l.account_id, l.title, l.replies, l.created_at FROM lists l"

// PeopleList returns a list of an account.
func (n *Node) PeopleList(ctx context.Context, account, id parvis.ID) (*parvis.List, error) {
	lists, err := n.peopleLists(ctx, listColumns+" WHERE l.id = ? AND l.account_id = ? AND +l.node_id = ?", id, account, n.node)
	if err != nil {
		return nil, err
	}
	if len(lists) == 0 {
		return nil, parvis.ErrNotFound
	}
	return lists[0], nil
}

// PeopleLists returns the lists of an account, the oldest first. There are no more
// than [parvis.MaxLists].
func (n *Node) PeopleLists(ctx context.Context, account parvis.ID) ([]*parvis.List, error) {
	return n.peopleLists(ctx, listColumns+" WHERE l.account_id = ? AND +l.node_id = ? ORDER BY l.id LIMIT ?", account, n.node, parvis.MaxLists+1)
}

// ListsWith returns those of an account's lists in which another one is.
func (n *Node) ListsWith(ctx context.Context, account, member parvis.ID) ([]*parvis.List, error) {
	return n.peopleLists(ctx, listColumns+` WHERE l.account_id = ? AND +l.node_id = ? AND EXISTS
		(SELECT 1 FROM list_members m WHERE m.list_id = l.id AND m.account_id = ?) ORDER BY l.id LIMIT ?`, account, n.node, member, parvis.MaxLists)
}

func (n *Node) peopleLists(ctx context.Context, query string, args ...any) ([]*parvis.List, error) {
	var rows []listRow
	if err := n.raw(query, args...).Scan(ctx, &rows); err != nil {
		return nil, translate(err)
	}
	lists := make([]*parvis.List, len(rows))
	for i, r := range rows {
		lists[i] = &parvis.List{ID: r.ID, AccountID: r.AccountID, Title: r.Title, Replies: r.Replies, CreatedAt: at(r.CreatedAt)}
	}
	return lists, nil
}

// AddMember puts an account on a list; twice is once.
func (n *Tx) AddMember(ctx context.Context, l *parvis.List, account parvis.ID, now time.Time) error {
	// Two at once wait for each other here, so that they can be counted.
	if _, err := n.exec(ctx, "UPDATE lists SET title = title WHERE id = ? AND node_id = ?", l.ID, n.node); err != nil {
		return err
	}
	_, err := n.exec(ctx, "INSERT INTO list_members (list_id, account_id, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", l.ID, account, parvis.NewID(now))
	return err
}

// RemoveMember takes an account off a list.
func (n *Tx) RemoveMember(ctx context.Context, l *parvis.List, account parvis.ID) error {
	_, err := n.exec(ctx, "DELETE FROM list_members WHERE list_id = ? AND account_id = ?", l.ID, account)
	return err
}

// dropMember takes an account off all lists of another one.
func (n *Tx) dropMember(ctx context.Context, owner, account parvis.ID) error {
	_, err := n.exec(ctx, `DELETE FROM list_members WHERE account_id = ? AND list_id IN
		(SELECT id FROM lists WHERE account_id = ? AND node_id = ?)`, account, owner, n.node)
	return err
}

// CountMembers counts who is on a list.
func (n *Node) CountMembers(ctx context.Context, l *parvis.List) (int, error) {
	var count int
	err := n.raw("SELECT COUNT(*) FROM list_members WHERE list_id = ?", l.ID).Scan(ctx, &count)
	return count, translate(err)
}

// Members lists who is on a list, the last one first.
func (n *Node) Members(ctx context.Context, l *parvis.List, page parvis.Page) ([]FollowedAccount, error) {
	var q selection
	q.add("SELECT m.id, a.id, a.version FROM list_members m JOIN accounts a ON a.id = m.account_id WHERE m.list_id = ?", l.ID)
	q.page("m.id", page)
	return n.placedAccounts(ctx, &q, page)
}
