package storage

import (
	"context"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A list is merged when it is read, like the home of somebody who follows its members
// only; see docs/decisions/0027-lists-merged-when-read.md.

// comesToList says which posts p of a list's members stand in it: answers as far as
// its owner wants them.
const comesToList = `p.deleted_at = 0 AND p.audience <> 'named' AND (p.reply_to = 0 AND p.reply_to_uri = ''
	OR p.reply_to <> 0 AND EXISTS (SELECT 1 FROM posts q WHERE q.id = p.reply_to AND (q.author_id = p.author_id OR q.author_id = ?
		OR ? = 'list' AND EXISTS (SELECT 1 FROM list_members r WHERE r.list_id = ? AND r.account_id = q.author_id)
		OR ? = 'followed' AND EXISTS (SELECT 1 FROM follows g WHERE g.follower_id = ? AND g.followed_id = q.author_id AND g.accepted))))`

// comesTo are the arguments of comesToList.
func comesTo(l *parvis.List) []any {
	return []any{l.AccountID, l.Replies, l.ID, l.Replies, l.AccountID}
}

// wantedMembers are the members of a list of whom its owner wants something.
const wantedMembers = ` FROM list_members m JOIN accounts a ON a.id = m.account_id WHERE m.list_id = ? ` + wanted

// listHeads finds the next post and the next share of each member. The inner limit
// keeps SQLite from asking for them twice.
const listHeads = `SELECT account_id FROM (
	SELECT m.account_id, (SELECT p.id FROM posts p WHERE p.author_id = m.account_id AND p.id > ? AND p.id < ? AND ` + comesToList + ` ORDER BY p.id DESC LIMIT 1) AS head` + wantedMembers + `
	UNION ALL SELECT m.account_id, (SELECT s.id FROM shares s WHERE s.account_id = m.account_id AND s.id > ? AND s.id < ? ORDER BY s.id DESC LIMIT 1) AS head` + wantedMembers + `
	LIMIT ?) AS heads WHERE head IS NOT NULL ORDER BY head DESC LIMIT ?`

// listEarlier says whether the post p of entry e stands in a list at an earlier place,
// by somebody of whom its owner wants something.
const listEarlier = ` OR EXISTS (SELECT 1 FROM shares o JOIN list_members r ON r.list_id = ? AND r.account_id = o.account_id JOIN accounts a ON a.id = o.account_id
		WHERE o.post_id = e.post_id AND o.id < e.id ` + wanted + `)
	OR p.id < e.id AND EXISTS (SELECT 1 FROM list_members r WHERE r.list_id = ? AND r.account_id = p.author_id) AND ` + comesToList

// listPublished are the next posts of a member, as publishedEntries are of a source.
var listPublished = strings.Replace(publishedEntries, comesHome, comesToList, 1)

// ListTimeline lists what the members of a list published and shared, newest first.
// A post is there once, at the first of the places by which it came.
func (n *Node) ListTimeline(ctx context.Context, l *parvis.List, page parvis.Page) ([]HomeEntry, error) {
	rows, err := fullPage(page, func(page parvis.Page) ([]homeRow, error) { return n.listRows(ctx, l, page) })
	if err != nil {
		return nil, err
	}
	return n.entriesOf(ctx, rows)
}

// listRows returns the entries of a page, hidden ones among them, in the order in
// which the page is read. As many entries as fit on it are by as many members at most:
// those whose next entry comes first.
func (n *Node) listRows(ctx context.Context, l *parvis.List, page parvis.Page) ([]homeRow, error) {
	members, err := n.nextMembers(ctx, l, page)
	if err != nil || len(members) == 0 {
		return nil, err
	}
	above, below, limit := bounds(page)
	var text strings.Builder
	var args []any
	for i, member := range padded(members) {
		piece := listPublished + sharedEntries
		if i == 0 {
			piece = strings.TrimPrefix(piece, " UNION ")
		}
		text.WriteString(piece)
		args = append(append(append(args, member, above, below), comesTo(l)...), limit, member, above, below, limit)
	}
	head := "WITH candidates AS (" + text.String() + ") " + entriesHead
	args = append(args, silencedFor(l.AccountID)...)
	args = append(append(args, l.ID, l.AccountID, l.ID), comesTo(l)...)
	return n.entryRows(ctx, head+listEarlier+entriesTail, append(args, limit), page)
}

// nextMembers returns whose entries may be on a page.
func (n *Node) nextMembers(ctx context.Context, l *parvis.List, page parvis.Page) ([]parvis.ID, error) {
	above, below, limit := bounds(page)
	args := append([]any{above, below}, comesTo(l)...)
	args = append(args, l.ID, l.AccountID, above, below, l.ID, l.AccountID, 2*parvis.MaxListMembers, limit)
	var members []parvis.ID
	var member parvis.ID
	err := n.raw(upwards(listHeads, page), args...).each(ctx, func() { members = append(members, member) }, (*int64)(&member))
	return unique(members), translate(err)
}
