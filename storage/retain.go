package storage

import (
	"context"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// postNeeded says why a post p of another server stays: a resident wrote in its
// conversation, liked, shared or kept it, voted in it, is named in it, was told of it or reported
// it; it waits for the team to admit it; or it is an open offer of a partner, which our lists show. What was deleted
// is remembered for a year, so that it does not come again. It is asked of the few
// posts that a subquery chose: for more PostgreSQL would hash all those tables.
const postNeeded = `(p.deleted_at > ? OR EXISTS (SELECT 1 FROM posts t WHERE t.thread = p.thread AND t.local AND t.deleted_at = 0)
	OR EXISTS (SELECT 1 FROM likes l JOIN accounts a ON a.id = l.account_id WHERE l.post_id = p.id AND a.domain = '')
	OR EXISTS (SELECT 1 FROM shares s JOIN accounts a ON a.id = s.account_id WHERE s.post_id = p.id AND a.domain = '')
	OR EXISTS (SELECT 1 FROM bookmarks k WHERE k.post_id = p.id)
	OR EXISTS (SELECT 1 FROM votes v JOIN accounts a ON a.id = v.account_id WHERE v.post_id = p.id AND a.domain = '')
	OR EXISTS (SELECT 1 FROM mentions m JOIN accounts a ON a.id = m.account_id WHERE m.post_id = p.id AND a.domain = '' AND a.feed = '' AND a.deleted_at = 0)
	OR EXISTS (SELECT 1 FROM submissions u WHERE u.post_id = p.id AND u.state = 'waiting')
	OR EXISTS (SELECT 1 FROM notifications x WHERE x.post_id = p.id AND x.post_id <> 0)
	OR EXISTS (SELECT 1 FROM reports r WHERE r.target_id = p.author_id AND r.post_ids_json LIKE '%' || CAST(p.id AS TEXT) || '%')
	OR p.kind <> 'note' AND p.state <> 'done' AND (p.ends_at = 0 OR p.ends_at > ?) AND p.deleted_at = 0 AND EXISTS (SELECT 1 FROM partners x
		JOIN accounts a ON a.id = p.author_id WHERE x.node_id = p.node_id AND x.host = a.domain AND x.ours AND x.theirs))`

// postParts are the tables that hold parts of a post of another server.
var postParts = []string{"home", "likes", "shares", "mentions", "post_tags", "offers", "questions", "options", "votes",
	"pins", "once_named", "submissions", "bookmarks", "messages"}

// unused is how what may be forgotten is locked: whatever somebody changes, or begins to
// name, just now is of use. Who forgets holds many rows, in no order, so they must not
// wait for one.
const unused = forUpdate + skipLocked

// Forgotten says how far a batch of forgetting came.
type Forgotten struct {
	Looked  int // what was looked at; if that is less than the limit, and nothing was dropped, nothing is left
	Dropped int
	Files   []*parvis.Media // whose files nothing uses any more
}

// ForgetPosts looks at the posts of other servers that are kept since before a
// time, the oldest first, and drops those that nobody here needs and nothing here
// answers: a conversation leaves from its ends. The others are looked at again
// when that time has passed once more.
func (n *Tx) ForgetPosts(ctx context.Context, now, before time.Time, limit int) (Forgotten, error) {
	var rows []struct {
		ID, AuthorID, ReplyTo parvis.ID
		Audience              parvis.Audience
		StoredAt, DeletedAt   int64
		Stays                 bool
	}
	old := n.db.locked("SELECT * FROM posts WHERE node_id = ? AND stored_at <> 0 AND stored_at < ? ORDER BY stored_at, id LIMIT ?", unused)
	err := n.raw(`SELECT p.id, p.author_id, p.reply_to, p.audience, p.stored_at, p.deleted_at,
		EXISTS (SELECT 1 FROM posts r WHERE r.reply_to = p.id AND r.reply_to <> 0) OR `+postNeeded+` AS stays FROM (`+old+`) AS p`,
		ms(now.AddDate(-1, 0, 0)), ms(now), n.node, ms(before), limit).Scan(ctx, &rows)
	if err != nil {
		return Forgotten{}, translate(err)
	}
	var stay, drop []parvis.ID
	for _, r := range rows {
		if r.Stays {
			stay = append(stay, r.ID)
		} else {
			drop = append(drop, r.ID)
		}
	}
	done := Forgotten{Looked: len(rows), Dropped: len(drop)}
	if len(stay) > 0 {
		if _, err := n.exec(ctx, "UPDATE posts SET stored_at = ?, version = version + 1 WHERE id IN (?)", ms(now), listOf(stay)); err != nil {
			return done, err
		}
	}
	for _, r := range rows {
		if r.Stays {
			continue
		}
		if r.DeletedAt == 0 {
			n.countPost(&parvis.Post{AuthorID: r.AuthorID, Audience: r.Audience}, -1)
		}
		if r.ReplyTo == 0 {
			continue
		}
		if r.DeletedAt == 0 {
			if err := n.countReply(ctx, r.ReplyTo, r.Audience, -1); err != nil {
				return done, err
			}
		}
		// What it answers may have stayed for its sake only.
		parent := n.db.locked("SELECT id FROM posts WHERE id = ? AND stored_at <> 0", forNoKeyUpdate+skipLocked)
		if _, err := n.exec(ctx, "UPDATE posts SET stored_at = ?, version = version + 1 WHERE id IN ("+parent+")", r.StoredAt, r.ReplyTo); err != nil {
			return done, err
		}
	}
	return done, n.dropPosts(ctx, drop)
}

// dropPosts removes posts of other servers as if they had never come.
func (n *Tx) dropPosts(ctx context.Context, ids []parvis.ID) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := n.exec(ctx, "UPDATE media SET post_id = 0, copied_at = 0 WHERE post_id IN (?) AND post_id <> 0", listOf(ids)); err != nil {
		return err
	}
	if err := n.unfile(ctx, ids...); err != nil { // with the conversations that end with them
		return err
	}
	for _, table := range postParts {
		if _, err := n.exec(ctx, "DELETE FROM "+table+" WHERE post_id IN (?)", listOf(ids)); err != nil {
			return err
		}
	}
	if err := n.unindex(ctx, FindablePost, ids...); err != nil {
		return err
	}
	_, err := n.exec(ctx, "DELETE FROM posts WHERE id IN (?)", listOf(ids))
	return err
}

// accountUses are the columns that name accounts, and by which one of another
// server is of use. Those in accountParts belong to it instead.
var (
	accountUses = []string{"posts.author_id", "follows.follower_id", "follows.followed_id", "likes.account_id", "shares.account_id",
		"mentions.account_id", "notifications.account_id", "notifications.from_id", "reports.reporter_id", "reports.target_id",
		"blocks.account_id", "blocks.target_id", "partners.account_id", "stamps.quoter_id", "once_named.account_id", "votes.account_id",
		"mutes.target_id", "list_members.account_id", "participants.account_id"}
	accountParts = []string{"sources.account_id", "pins.account_id"}
)

// accountNeeded says why an account a of another server stays: something here
// names it, the team suspended it, or it was deleted less than a year ago.
func accountNeeded() string {
	var b strings.Builder
	b.WriteString("(a.fetched_at >= ? OR a.suspended_at <> 0 OR a.deleted_at > ?")
	for _, use := range accountUses {
		table, _, _ := strings.Cut(use, ".")
		b.WriteString(" OR EXISTS (SELECT 1 FROM " + table + " WHERE " + use + " = a.id)")
	}
	return b.String() + ")"
}

// ForgetAccounts does for accounts of other servers what ForgetPosts does for
// posts: those last fetched before a time leave if nothing here names them.
func (n *Tx) ForgetAccounts(ctx context.Context, now, before time.Time, limit int) (Forgotten, error) {
	var rows []struct {
		ID    parvis.ID
		Stays bool
	}
	old := n.db.locked("SELECT * FROM accounts WHERE node_id = ? AND domain <> '' AND looked_at < ? ORDER BY looked_at, id LIMIT ?", unused)
	err := n.raw("SELECT a.id, "+accountNeeded()+" AS stays FROM ("+old+") AS a", ms(before), ms(now.AddDate(-1, 0, 0)), n.node, ms(before), limit).Scan(ctx, &rows)
	if err != nil {
		return Forgotten{}, translate(err)
	}
	var stay, drop []parvis.ID
	for _, r := range rows {
		if r.Stays {
			stay = append(stay, r.ID)
		} else {
			drop = append(drop, r.ID)
		}
	}
	done := Forgotten{Looked: len(rows), Dropped: len(drop)}
	if len(stay) > 0 {
		if _, err := n.exec(ctx, "UPDATE accounts SET looked_at = ?, version = version + 1 WHERE id IN (?)", ms(now), listOf(stay)); err != nil {
			return done, err
		}
	}
	if len(drop) == 0 {
		return done, nil
	}
	if err := n.unindex(ctx, FindableAccount, drop...); err != nil {
		return done, err
	}
	for _, part := range append(accountParts, "accounts.id") {
		table, column, _ := strings.Cut(part, ".")
		if _, err := n.exec(ctx, "DELETE FROM "+table+" WHERE "+column+" IN (?)", listOf(drop)); err != nil {
			return done, err
		}
	}
	return done, nil
}

// ForgetCopies drops the copies of pictures of other servers' posts that were made
// before a time and whose post nobody here needs. The picture itself stays known:
// its copy can be made again.
func (n *Tx) ForgetCopies(ctx context.Context, now, before time.Time, limit int) (Forgotten, error) {
	var rows []struct {
		ID, PostID parvis.ID
		Stays      bool
	}
	err := n.raw("SELECT m.id, m.post_id, "+postNeeded+` AS stays FROM (SELECT * FROM media WHERE node_id = ?
		AND copied_at <> 0 AND copied_at < ? AND post_id <> 0 ORDER BY copied_at, id LIMIT ?) AS m JOIN posts p ON p.id = m.post_id`,
		ms(now.AddDate(-1, 0, 0)), ms(now), n.node, ms(before), limit).Scan(ctx, &rows)
	if err != nil {
		return Forgotten{}, translate(err)
	}
	done := Forgotten{Looked: len(rows)}
	for _, r := range rows {
		if r.Stays {
			if _, err := n.exec(ctx, "UPDATE media SET copied_at = ? WHERE id = ?", ms(now), r.ID); err != nil {
				return done, err
			}
			continue
		}
		m, err := n.Media(ctx, r.ID)
		if err != nil {
			return done, err
		}
		emptied := *m
		emptied.Renditions = nil
		if err := n.UpdateMedia(ctx, &emptied); err != nil {
			return done, err
		}
		if _, err := n.exec(ctx, "UPDATE media SET copied_at = 0 WHERE id = ?", r.ID); err != nil {
			return done, err
		}
		if err := n.orphan(ctx, m, &done); err != nil {
			return done, err
		}
	}
	return done, nil
}

// Copied notes when the copy of a remote picture was made.
func (n *Tx) Copied(ctx context.Context, media parvis.ID, now time.Time) error {
	_, err := n.exec(ctx, "UPDATE media SET copied_at = ? WHERE id = ? AND node_id = ? AND post_id <> 0", ms(now), media, n.node)
	return err
}

// lookAgain is how long a picture that is somebody's portrait, or in somebody's
// words or draft, is not looked at: one that is replaced leaves after that time.
const lookAgain = 7 * 24 * time.Hour

// ForgetPictures drops pictures made before a time that nothing uses.
func (n *Tx) ForgetPictures(ctx context.Context, now time.Time, before time.Time, limit int) (Forgotten, error) {
	var rows []struct {
		ID    parvis.ID
		Stays bool
	}
	err := n.raw(`SELECT m.id, (EXISTS (SELECT 1 FROM accounts a WHERE a.id = m.account_id AND a.avatar_id = m.id)
		OR EXISTS (SELECT 1 FROM emojis e WHERE e.media_id = m.id) OR EXISTS (SELECT 1 FROM draft_media d WHERE d.media_id = m.id)) AS stays
		FROM (SELECT * FROM media WHERE post_id = 0 AND node_id = ? AND looked_at < ? AND id < ? ORDER BY looked_at, id LIMIT ?) AS m`,
		n.node, ms(now.Add(-lookAgain)), parvis.FirstID(before), limit).Scan(ctx, &rows)
	if err != nil {
		return Forgotten{}, translate(err)
	}
	done := Forgotten{Looked: len(rows)}
	for _, r := range rows {
		if r.Stays {
			if _, err := n.exec(ctx, "UPDATE media SET looked_at = ? WHERE id = ?", ms(now), r.ID); err != nil {
				return done, err
			}
			continue
		}
		m, err := n.Media(ctx, r.ID)
		if err != nil {
			return done, err
		}
		if _, err := n.exec(ctx, "DELETE FROM media WHERE id = ?", m.ID); err != nil {
			return done, err
		}
		done.Dropped++
		if err := n.orphan(ctx, m, &done); err != nil {
			return done, err
		}
	}
	return done, nil
}

// orphan notes that a picture's files can go, unless another one shares them.
func (n *Tx) orphan(ctx context.Context, m *parvis.Media, done *Forgotten) error {
	if !m.Ready() {
		return nil
	}
	var shared bool
	err := n.raw("SELECT EXISTS (SELECT 1 FROM media WHERE content = ? AND content <> '')", m.Largest().Key).Scan(ctx, &shared)
	if err == nil && !shared {
		done.Files = append(done.Files, m)
	}
	return translate(err)
}

// sweepBatch is how many rows one statement of Sweep removes.
const sweepBatch = 1000

// Sweep removes what is of no use any more: ended sessions, tickets, invitations and
// attempts, those who asked for an account and did not get it, old keys of repeats,
// the memory of old activities and bytes that nobody waits for. The oldest go first: in any order PostgreSQL would look for them through the table.
func (db *DB) Sweep(ctx context.Context, now time.Time, patience time.Duration) error {
	old := now.Add(-patience)
	for _, s := range []struct {
		query string
		arg   any
	}{
		{"DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)", ms(now)},
		{"DELETE FROM push_subscriptions WHERE id IN (SELECT p.id FROM push_subscriptions p WHERE p.created_at <= ? AND p.session <> '' AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.hash = p.session) LIMIT ?)", ms(now)},
		{"DELETE FROM bounces WHERE (account_id, mail) IN (SELECT account_id, mail FROM bounces WHERE created_at < ? ORDER BY created_at LIMIT ?)", ms(now.Add(-parvis.BounceLife))},
		{"DELETE FROM tickets WHERE hash IN (SELECT hash FROM tickets WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)", ms(now)},
		{"DELETE FROM applicants WHERE id IN (SELECT id FROM applicants WHERE confirmed_at = 0 AND created_at < ? ORDER BY created_at LIMIT ?)", ms(now.Add(-parvis.ConfirmWithin))},
		{"DELETE FROM applicants WHERE id IN (SELECT id FROM applicants WHERE created_at < ? ORDER BY created_at LIMIT ?)", ms(now.Add(-parvis.DecideWithin))},
		{"DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE expires_at < ? ORDER BY expires_at LIMIT ?)", ms(now.AddDate(0, 0, -30))},
		{"DELETE FROM attempts WHERE key IN (SELECT key FROM attempts WHERE until <= ? ORDER BY until LIMIT ?)", ms(now)},
		{"DELETE FROM repeats WHERE (account_id, key) IN (SELECT account_id, key FROM repeats WHERE created_at < ? ORDER BY created_at LIMIT ?)", ms(now.AddDate(0, 0, -2))},
		{"DELETE FROM received WHERE (node_id, uri) IN (SELECT node_id, uri FROM received WHERE received_at < ? ORDER BY received_at LIMIT ?)", ms(old)},
		{"DELETE FROM tombstones WHERE (node_id, uri) IN (SELECT node_id, uri FROM tombstones WHERE deleted_at < ? ORDER BY deleted_at LIMIT ?)", ms(now.Add(-parvis.TombstoneLife))},
		{"DELETE FROM activities WHERE id IN (SELECT id FROM activities WHERE id < ? ORDER BY id LIMIT ?)", parvis.FirstID(old)},
		{"DELETE FROM software WHERE host IN (SELECT host FROM software WHERE asked_at < ? ORDER BY asked_at LIMIT ?)", ms(now.AddDate(0, -2, 0))},
		{"DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE type <> 'follow_request' AND id < ? ORDER BY id LIMIT ?)",
			parvis.FirstID(now.Add(-parvis.NotificationLife))},
		{"DELETE FROM hosts WHERE host IN (SELECT host FROM hosts WHERE retry_at < ? ORDER BY retry_at LIMIT ?)", ms(old)},
	} {
		if err := db.inBatches(ctx, s.query, s.arg); err != nil {
			return err
		}
	}
	return nil
}

// inBatches removes rows in short transactions until none is left.
func (db *DB) inBatches(ctx context.Context, query string, arg any) error {
	for removed := int64(sweepBatch); removed == sweepBatch; {
		err := db.InTx(ctx, func(ctx context.Context, t *DBTx) (err error) {
			removed, err = t.exec(ctx, query, arg, sweepBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
