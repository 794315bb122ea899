package storage

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type questionRow struct {
	bun.BaseModel `bun:"table:questions"`

	PostID      parvis.ID `bun:",pk"`
	NodeID      parvis.ID
	Several     bool
	Hidden      bool
	Voters      int
	LocalVoters int
	ClosedAt    int64
}

// saveQuestion stores a question. One that has the same options as before keeps
// its votes, which [Tx.SetTally] and [Tx.AddVotes] count; any other begins anew.
func saveQuestion(ctx context.Context, n *Tx, post parvis.ID, d parvis.Detail) error {
	q, ok := d.(*parvis.Question)
	if !ok {
		return fmt.Errorf("save question: unexpected detail %T", d)
	}
	known, err := loadQuestions(ctx, n.Node, []parvis.ID{post})
	if err != nil {
		return err
	}
	if before, ok := known[post].(*parvis.Question); ok && before.Several == q.Several && slices.Equal(before.Names(), q.Names()) {
		_, err := n.exec(ctx, "UPDATE questions SET hidden = ? WHERE post_id = ?", q.Hidden, post)
		return err
	}
	for _, table := range []string{"votes", "options", "questions"} {
		if _, err := n.exec(ctx, "DELETE FROM ? WHERE post_id = ?", bun.Ident(table), post); err != nil {
			return err
		}
	}
	if err := n.db.insert(ctx, &questionRow{PostID: post, NodeID: n.node, Several: q.Several, Hidden: q.Hidden, Voters: q.Voters,
		LocalVoters: q.LocalVoters, ClosedAt: ms(q.ClosedAt)}); err != nil {
		return err
	}
	for i, o := range q.Options {
		if _, err := n.exec(ctx, "INSERT INTO options (post_id, position, name, votes, local_votes) VALUES (?, ?, ?, ?, ?)",
			post, i, o.Name, o.Votes, o.Local); err != nil {
			return err
		}
	}
	return nil
}

func loadQuestions(ctx context.Context, n *Node, ids []parvis.ID) (map[parvis.ID]parvis.Detail, error) {
	var rows []questionRow
	err := n.raw("SELECT "+n.db.columns(questionRow{}, "")+" FROM questions WHERE post_id IN (?) AND +node_id = ?", listOf(ids), n.node).Scan(ctx, &rows)
	if err != nil {
		return nil, translate(err)
	}
	details := make(map[parvis.ID]parvis.Detail, len(rows))
	questions := make(map[parvis.ID]*parvis.Question, len(rows))
	for _, r := range rows {
		q := &parvis.Question{Several: r.Several, Hidden: r.Hidden, Voters: r.Voters, LocalVoters: r.LocalVoters, ClosedAt: at(r.ClosedAt)}
		details[r.PostID], questions[r.PostID] = q, q
	}
	if len(rows) == 0 {
		return details, nil
	}
	var post parvis.ID
	var o parvis.Option
	err = n.raw("SELECT post_id, name, votes, local_votes FROM options WHERE post_id IN (?) ORDER BY post_id, position", listOf(ids)).each(ctx, func() {
		if q := questions[post]; q != nil {
			q.Options = append(q.Options, o)
		}
	}, (*int64)(&post), &o.Name, &o.Votes, &o.Local)
	return details, translate(err)
}

// Votes are what somebody votes in a question.
type Votes struct {
	PostID    parvis.ID
	AccountID parvis.ID
	Local     bool // a resident, who votes once for all
	Options   []parvis.Option
}

// AddVotes stores and counts votes. It is parvis.ErrConflict if the account voted
// before: for other servers, which tell votes one by one, in a question with one
// choice, or for all of these options. It is parvis.ErrNotFound if the question has
// no such option any more, and parvis.ErrGone if it was closed.
func (n *Tx) AddVotes(ctx context.Context, v Votes) error {
	// First the row that all voters share: of two votes at once, one waits here and
	// then sees the other.
	asked, err := n.exec(ctx, "UPDATE posts SET version = version + 1 WHERE id = ? AND node_id = ? AND deleted_at = 0", v.PostID, n.node)
	if err != nil {
		return err
	}
	known, err := loadQuestions(ctx, n.Node, []parvis.ID{v.PostID})
	if err != nil {
		return err
	}
	q, ok := known[v.PostID].(*parvis.Question)
	switch {
	case asked == 0 || !ok:
		return parvis.ErrNotFound
	case !q.ClosedAt.IsZero():
		return parvis.ErrGone
	}
	before, err := n.chosen(ctx, v.AccountID, []parvis.ID{v.PostID})
	if err != nil {
		return err
	}
	mine := before[v.PostID]
	if len(mine) > 0 && (v.Local || !q.Several) {
		return parvis.ErrConflict
	}
	added := 0
	for _, o := range v.Options {
		position := q.Position(o.Name)
		if position < 0 {
			return parvis.ErrNotFound
		}
		if slices.Contains(mine, position) {
			continue
		}
		if err := n.addVote(ctx, v, position); err != nil {
			return err
		}
		added++
	}
	if added == 0 {
		return parvis.ErrConflict
	}
	if len(mine) > 0 {
		return nil
	}
	_, err = n.exec(ctx, `UPDATE questions SET voters = CASE WHEN voters = ? THEN voters ELSE voters + 1 END, local_voters = local_voters + ?
		WHERE post_id = ?`, parvis.Untold, one(v.Local), v.PostID)
	return err
}

func (n *Tx) addVote(ctx context.Context, v Votes, position int) error {
	if _, err := n.exec(ctx, "INSERT INTO votes (post_id, account_id, position, node_id) VALUES (?, ?, ?, ?)", v.PostID, v.AccountID, position, n.node); err != nil {
		return err
	}
	_, err := n.exec(ctx, "UPDATE options SET votes = votes + 1, local_votes = local_votes + ? WHERE post_id = ? AND position = ?",
		one(v.Local), v.PostID, position)
	return err
}

// one is 1 for yes and 0 for no.
func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// SetTally takes over what another server counts in a question of its own, unless
// the options are others by now. Residents' votes are counted here.
func (n *Tx) SetTally(ctx context.Context, post parvis.ID, told *parvis.Question) error {
	known, err := loadQuestions(ctx, n.Node, []parvis.ID{post})
	if err != nil {
		return err
	}
	q, ok := known[post].(*parvis.Question)
	if !ok || q.Several != told.Several || !slices.Equal(q.Names(), told.Names()) {
		return nil
	}
	changed := q.Voters != told.Voters || q.Hidden != told.Hidden || !q.ClosedAt.Equal(told.ClosedAt)
	for i, o := range told.Options {
		if o.Votes == q.Options[i].Votes {
			continue
		}
		changed = true
		if _, err := n.exec(ctx, "UPDATE options SET votes = ? WHERE post_id = ? AND position = ?", o.Votes, post, i); err != nil {
			return err
		}
	}
	if !changed {
		return nil
	}
	if _, err := n.exec(ctx, "UPDATE questions SET voters = ?, hidden = ?, closed_at = ? WHERE post_id = ? AND node_id = ?",
		told.Voters, told.Hidden, ms(told.ClosedAt), post, n.node); err != nil {
		return err
	}
	_, err = n.exec(ctx, "UPDATE posts SET version = version + 1 WHERE id = ? AND node_id = ?", post, n.node)
	return err
}

// CloseQuestion notes when voting was over, once.
func (n *Tx) CloseQuestion(ctx context.Context, post parvis.ID, at time.Time) error {
	closed, err := n.exec(ctx, "UPDATE questions SET closed_at = ? WHERE post_id = ? AND node_id = ? AND closed_at = 0", ms(at), post, n.node)
	if err != nil || closed == 0 {
		return err
	}
	_, err = n.exec(ctx, "UPDATE posts SET version = version + 1 WHERE id = ? AND node_id = ?", post, n.node)
	return err
}

// LocalVoters returns the next residents, after one, who voted in a question.
func (n *Node) LocalVoters(ctx context.Context, post, after parvis.ID, limit int) ([]parvis.ID, error) {
	var ids []parvis.ID
	err := n.raw(`SELECT DISTINCT v.account_id FROM votes v JOIN accounts a ON a.id = v.account_id
		WHERE v.post_id = ? AND v.account_id > ? AND a.domain = '' AND +v.node_id = ? ORDER BY v.account_id LIMIT ?`, post, after, n.node, limit).Scan(ctx, &ids)
	return ids, translate(err)
}

// chosen returns the positions of the options that an account voted for, by post.
func (n *Node) chosen(ctx context.Context, account parvis.ID, posts []parvis.ID) (map[parvis.ID][]int, error) {
	all := make(map[parvis.ID][]int)
	var post parvis.ID
	var position int
	err := n.raw("SELECT post_id, position FROM votes WHERE post_id IN (?) AND account_id = ? ORDER BY post_id, position", listOf(posts), account).
		each(ctx, func() { all[post] = append(all[post], position) }, (*int64)(&post), &position)
	return all, translate(err)
}

// markChosen fills what the viewer voted for in those of the posts that ask something.
func (n *Node) markChosen(ctx context.Context, viewer parvis.ID, posts map[parvis.ID]*parvis.Post) error {
	var asking []parvis.ID
	for id, p := range posts {
		if p.Kind() == parvis.KindQuestion {
			asking = append(asking, id)
		}
	}
	if len(asking) == 0 {
		return nil
	}
	all, err := n.chosen(ctx, viewer, asking)
	for id, chosen := range all {
		posts[id].Chosen = chosen
	}
	return err
}
