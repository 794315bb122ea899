package storage

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type submissionRow struct {
	bun.BaseModel `bun:"table:submissions"`

	PostID    parvis.ID `bun:",pk"`
	NodeID    parvis.ID
	FeedID    parvis.ID
	Domain    string
	State     parvis.SubmissionState
	Activity  string
	DecidedBy parvis.ID
	DecidedAt int64
	CreatedAt int64
}

func (r *submissionRow) submission() *parvis.Submission {
	return &parvis.Submission{PostID: r.PostID, FeedID: r.FeedID, Domain: r.Domain, State: r.State, Activity: []byte(r.Activity),
		DecidedBy: r.DecidedBy, DecidedAt: at(r.DecidedAt), CreatedAt: at(r.CreatedAt)}
}

// AddSubmission stores that a post asks for a feed; once is enough, else it is
// parvis.ErrConflict.
func (n *Tx) AddSubmission(ctx context.Context, s *parvis.Submission) error {
	added, err := n.exec(ctx, `INSERT INTO submissions (post_id, node_id, feed_id, domain, state, activity, decided_by, decided_at, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, s.PostID, n.node, s.FeedID, s.Domain, s.State, string(s.Activity),
		s.DecidedBy, ms(s.DecidedAt), ms(s.CreatedAt))
	if err == nil && added == 0 {
		return parvis.ErrConflict
	}
	return err
}

// Submission returns the submission of a post.
func (n *Node) Submission(ctx context.Context, post parvis.ID) (*parvis.Submission, error) {
	var r submissionRow
	err := n.raw("SELECT "+n.db.columns(r, "")+" FROM submissions WHERE post_id = ? AND +node_id = ?", post, n.node).Scan(ctx, &r)
	return r.submission(), translate(err)
}

// heard joins submissions s with their posts and authors, and leaves out those that
// nobody may decide of: the post is deleted, or its author suspended or gone.
const heard = " FROM submissions s JOIN posts p ON p.id = s.post_id JOIN accounts a ON a.id = p.author_id" +
	" WHERE s.node_id = ? AND s.state = 'waiting' AND p.deleted_at = 0 AND a.suspended_at = 0 AND a.deleted_at = 0"

// Submissions lists the submissions that wait and may be decided, newest first.
func (n *Node) Submissions(ctx context.Context, page parvis.Page) ([]*parvis.Submission, error) {
	var q selection
	q.add("SELECT s.post_id, s.feed_id, s.domain, s.state, s.decided_by, s.decided_at, s.created_at"+heard, n.node)
	q.page("s.post_id", page)
	list, err := n.submissions(ctx, q.text.String(), q.args...)
	return inOrder(list, page), err
}

// Decisions lists the submissions that members of the team decided, the last first.
func (n *Node) Decisions(ctx context.Context, limit int) ([]*parvis.Submission, error) {
	return n.submissions(ctx, submissionColumns+"FROM submissions WHERE node_id = ? AND decided_by <> 0 ORDER BY decided_at DESC LIMIT ?", n.node, limit)
}

// submissionColumns leaves out what was sent, which lists do not show.
const submissionColumns = "SELECT post_id, feed_id, domain, state, decided_by, decided_at, created_at "

func (n *Node) submissions(ctx context.Context, query string, args ...any) ([]*parvis.Submission, error) {
	var rows []submissionRow
	if err := n.raw(query, args...).Scan(ctx, &rows); err != nil {
		return nil, translate(err)
	}
	list := make([]*parvis.Submission, len(rows))
	for i := range rows {
		list[i] = rows[i].submission()
	}
	return list, nil
}

// CountSubmissions counts the submissions that wait and may be decided, up to 100.
func (n *Node) CountSubmissions(ctx context.Context) (int, error) {
	var count int
	err := n.raw("SELECT COUNT(*) FROM (SELECT 1"+heard+" LIMIT ?) AS unseen", n.node, unseenLimit).Scan(ctx, &count)
	return count, translate(err)
}

// CountSubmissionsOf counts those from a domain, up to 100: what the team cannot
// decide of takes nobody's place.
func (n *Node) CountSubmissionsOf(ctx context.Context, domain string) (int, error) {
	var count int
	err := n.raw("SELECT COUNT(*) FROM (SELECT 1"+heard+" AND s.domain = ? LIMIT ?) AS unseen", n.node, domain, unseenLimit).Scan(ctx, &count)
	return count, translate(err)
}

// SetSubmitted replaces what the author of a post that waits sent.
func (n *Tx) SetSubmitted(ctx context.Context, post parvis.ID, activity []byte) error {
	_, err := n.exec(ctx, "UPDATE submissions SET activity = ? WHERE post_id = ? AND node_id = ? AND state = 'waiting'", string(activity), post, n.node)
	return err
}

// Decide stores what a member of the team decided of a submission. It is
// parvis.ErrConflict if it does not wait any more.
func (n *Tx) Decide(ctx context.Context, post parvis.ID, s parvis.SubmissionState, by parvis.ID, now time.Time) error {
	changed, err := n.exec(ctx, "UPDATE submissions SET state = ?, decided_by = ?, decided_at = ? WHERE post_id = ? AND node_id = ? AND state = 'waiting'",
		s, by, ms(now), post, n.node)
	if err == nil && changed == 0 {
		return parvis.ErrConflict
	}
	return err
}

// DropSubmissions forgets the next submissions in a state that were made before a
// time, and returns how many. Their posts stay as long as others do.
func (n *Tx) DropSubmissions(ctx context.Context, s parvis.SubmissionState, before time.Time, limit int) (int, error) {
	dropped, err := n.exec(ctx, `DELETE FROM submissions WHERE post_id IN (SELECT post_id FROM submissions
		WHERE state = ? AND created_at < ? AND node_id = ? ORDER BY created_at LIMIT ?)`, s, ms(before), n.node, limit)
	return int(dropped), err
}
