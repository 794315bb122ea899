package storage

import (
	"cmp"
	"context"
	"errors"
	"math/bits"
	"slices"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// What an account publishes and shares comes to its readers' homes in one of
// three ways: written there row by row; merged when they read, once there are
// many; or both, while a source that lost readers returns to being written.
const (
	written   = "written"
	merged    = "merged"
	returning = "returning"
)

// Above mostReaders a source is merged; below fewReaders it is written again. A
// source that stays about the limit must not be rewritten day after day.
const (
	mostReaders = 200
	fewReaders  = 150
)

// homeBatch is how many readers one transaction serves, and homeKept how many
// written entries a home keeps.
const (
	homeBatch = 50
	homeKept  = 1200
)

// A HomeWrite says which post goes to whose homes.
type HomeWrite struct {
	Post   parvis.ID
	Source parvis.ID // whose local followers read it: its author, or who shared it
	Entry  parvis.ID // sorts it there
	Sharer parvis.ID // who shared it; 0 if nobody
	// Answered is the author of the post that it answers: readers must follow them
	// too, or be them. 0 if it answers nothing.
	Answered parvis.ID
	After    parvis.ID // the follow of the last reader served before
}

// nextReaders are those of a source behind a follow, with the number of the write that
// is for them. Of a merged source it looks at none, whatever their number: a limit is
// known before the first row is read.
const nextReaders = `SELECT * FROM (SELECT CAST(? AS BIGINT) AS write, f.id, f.follower_id FROM follows f
	WHERE f.followed_id = ? AND f.accepted AND f.reader AND f.id > ? AND +f.node_id = ? AND (f.follower_id = ? OR CAST(? AS BIGINT) = 0 OR EXISTS (
		SELECT 1 FROM follows g WHERE g.follower_id = f.follower_id AND g.followed_id = ? AND g.accepted))
	ORDER BY f.id LIMIT CASE WHEN EXISTS (SELECT 1 FROM sources s WHERE s.account_id = ? AND s.way = 'merged') THEN 0 ELSE CAST(? AS BIGINT) END) AS readers`

// A reader is who follows a source.
type reader struct{ follow, account parvis.ID }

// nextReaders returns the next readers of some writes. Writes that are for the same
// readers share one look.
func (n *Tx) nextReaders(ctx context.Context, writes []HomeWrite) ([][]reader, error) {
	readers := make([][]reader, len(writes))
	firsts := make(map[HomeWrite]int)
	var looks []string
	var args []any
	for i, w := range writes {
		same := HomeWrite{Source: w.Source, Answered: w.Answered, After: w.After}
		if _, ok := firsts[same]; ok {
			continue
		}
		firsts[same] = i
		looks = append(looks, nextReaders)
		args = append(args, i, w.Source, w.After, n.node, w.Answered, w.Answered, w.Answered, w.Source, homeBatch)
	}
	for bits.OnesCount(uint(len(looks))) > 1 { // so that few texts serve all
		looks = append(looks, nextReaders)
		args = append(args, 0, 0, 0, n.node, 0, 0, 0, 0, homeBatch)
	}
	var write int
	var r reader
	err := n.raw(strings.Join(looks, " UNION ALL "), args...).
		each(ctx, func() { readers[write] = append(readers[write], r) }, &write, (*int64)(&r.follow), (*int64)(&r.account))
	for i, w := range writes {
		readers[i] = readers[firsts[HomeWrite{Source: w.Source, Answered: w.Answered, After: w.After}]]
	}
	return readers, translate(err)
}

// AddToHomes writes posts, each of them once, to the homes of their next readers, but
// for those of a merged source. It returns, for each, the follow of the last reader
// served, 0 when all are.
func (n *Tx) AddToHomes(ctx context.Context, writes []HomeWrite) ([]parvis.ID, error) {
	if len(writes) == 0 {
		return nil, nil
	}
	readers, err := n.nextReaders(ctx, writes)
	if err != nil {
		return nil, err
	}
	lasts := make([]parvis.ID, len(writes))
	var entries []homeEntry
	for i, w := range writes {
		for _, r := range readers[i] {
			entries = append(entries, homeEntry{r.account, w.Post, w.Entry, w.Sharer})
			if len(readers[i]) == homeBatch {
				lasts[i] = max(lasts[i], r.follow)
			}
		}
	}
	return lasts, n.addToHomes(ctx, entries)
}

// wayOf returns how a source comes to homes; "" if nobody here reads it.
func (n *Tx) wayOf(ctx context.Context, source parvis.ID) (string, error) {
	var way string
	err := translate(n.raw("SELECT way FROM sources WHERE account_id = ? AND node_id = ?", source, n.node).Scan(ctx, &way))
	if errors.Is(err, parvis.ErrNotFound) {
		return "", nil
	}
	return way, err
}

// AddToHome writes a post to one account's home.
func (n *Tx) AddToHome(ctx context.Context, reader parvis.ID, post *parvis.Post) error {
	return n.addToHomes(ctx, []homeEntry{{reader, post.ID, post.ID, 0}})
}

// earlier lets a post that is in a home already move to the earlier of two places, or
// away from that of somebody whom the reader muted.
const earlier = ` ON CONFLICT (account_id, post_id) DO UPDATE SET id = excluded.id, sharer_id = excluded.sharer_id WHERE (excluded.id < home.id
	OR EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = home.account_id AND m.target_id = home.sharer_id))
	AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = home.account_id AND m.target_id = excluded.sharer_id)`

// A homeEntry is what is written to a home.
type homeEntry struct{ reader, post, entry, sharer parvis.ID }

// addToHomes writes entries, no two of which have both reader and post in common, home
// by home: processes that write to the same homes must not wait for each other in a
// ring.
func (n *Tx) addToHomes(ctx context.Context, entries []homeEntry) error {
	slices.SortFunc(entries, func(a, b homeEntry) int { return cmp.Or(cmp.Compare(a.reader, b.reader), cmp.Compare(a.post, b.post)) })
	rows := make([][]any, len(entries))
	for i, e := range entries {
		rows[i] = []any{e.reader, e.post, e.entry, e.sharer}
	}
	err := (&DBTx{n.db}).insertRows(ctx, "INSERT INTO home (account_id, post_id, id, sharer_id) SELECT DISTINCT * FROM (VALUES ",
		") AS entries WHERE TRUE ORDER BY 1, 2"+earlier, rows, func() {})
	if err != nil {
		return err
	}
	var trimmed parvis.ID
	for _, e := range entries {
		// Trimming now and then keeps homes near their size at little cost: an id's
		// last bits are random.
		if e.entry%16 == 0 && e.reader != trimmed {
			if err := n.trimHome(ctx, e.reader); err != nil {
				return err
			}
			trimmed = e.reader
		}
	}
	return nil
}

func (n *Tx) trimHome(ctx context.Context, reader parvis.ID) error {
	_, err := n.exec(ctx, `DELETE FROM home WHERE account_id = ?0 AND id <
		(SELECT id FROM home WHERE account_id = ?0 ORDER BY id DESC LIMIT 1 OFFSET ?1)`, reader, homeKept-1)
	return err
}

// FillHome writes an account's latest posts to the home of a new follower, who
// sees all of them anyway if the source is merged.
func (n *Tx) FillHome(ctx context.Context, reader, source parvis.ID) error {
	way, err := n.wayOf(ctx, source)
	if err != nil || way == merged {
		return err
	}
	_, err = n.exec(ctx, `INSERT INTO home (account_id, post_id, id, sharer_id)
		SELECT ?, p.id, p.id, 0 FROM posts p WHERE p.author_id = ? AND +p.node_id = ? AND p.listed
		ORDER BY p.id DESC LIMIT 20`+earlier, reader, source, n.node)
	return err
}

// emptyHome takes what a source brought to a reader's home out of it. It asks for
// the author of each entry: whether an entry is among the posts of the source
// PostgreSQL would answer by reading all of those.
func (n *Tx) emptyHome(ctx context.Context, reader, source parvis.ID) error {
	_, err := n.exec(ctx, `DELETE FROM home WHERE account_id = ?0 AND (sharer_id = ?1 OR sharer_id = 0 AND ?1 =
		(SELECT p.author_id FROM posts p WHERE p.id = home.post_id AND p.audience <> 'named'))`, reader, source)
	return err
}

// countReader counts a reader of a source, and merges it from so many on.
// Followers without a home here are none.
func (n *Tx) countReader(ctx context.Context, f *parvis.Follow, by int) error {
	_, err := n.exec(ctx, `INSERT INTO sources (account_id, node_id, readers, way)
		SELECT f.followed_id, f.node_id, 1, ?0 FROM follows f WHERE f.id = ?1 AND f.reader
		ON CONFLICT (account_id) DO UPDATE SET readers = sources.readers + ?2,
		way = CASE WHEN sources.readers + ?2 > ?3 THEN ?4 ELSE sources.way END`, written, f.ID, by, mostReaders, merged)
	return err
}

// ShrunkSources returns merged sources that have few readers left, or that were
// returning when a sweep was broken off.
func (n *Node) ShrunkSources(ctx context.Context, limit int) ([]parvis.ID, error) {
	var ids []parvis.ID
	err := n.raw("SELECT account_id FROM sources WHERE node_id = ? AND way <> 'written' AND readers < ? ORDER BY readers LIMIT ?",
		n.node, fewReaders, limit).Scan(ctx, &ids)
	return ids, translate(err)
}

// ReturnSource makes new posts of a merged source be written to homes again,
// beside being merged. What came before is for RefillHomes.
func (n *Tx) ReturnSource(ctx context.Context, source parvis.ID) error {
	_, err := n.exec(ctx, "UPDATE sources SET way = ? WHERE account_id = ? AND node_id = ? AND way = ? AND readers < ?",
		returning, source, n.node, merged, fewReaders)
	return err
}

// refillBatch is how many homes one transaction refills, with up to homeKept
// posts and as many shares each.
const refillBatch = 5

// RefillHomes writes what a returning source published and shared to the homes of
// its next readers. It returns the follow of the last one, 0 when all are served:
// from then on the source is not merged any more.
func (n *Tx) RefillHomes(ctx context.Context, source, after parvis.ID) (parvis.ID, error) {
	var readers []struct{ ID, FollowerID parvis.ID }
	err := n.raw(`SELECT f.id, f.follower_id FROM follows f JOIN sources s ON s.account_id = f.followed_id
		WHERE f.followed_id = ? AND f.accepted AND f.reader AND f.id > ? AND f.node_id = ? AND s.way = ? ORDER BY f.id LIMIT ?`,
		source, after, n.node, returning, refillBatch).Scan(ctx, &readers)
	if err != nil {
		return 0, translate(err)
	}
	for _, reader := range readers {
		if err := n.refillHome(ctx, reader.FollowerID, source); err != nil {
			return 0, err
		}
	}
	if len(readers) == refillBatch {
		return readers[refillBatch-1].ID, nil
	}
	_, err = n.exec(ctx, "UPDATE sources SET way = ? WHERE account_id = ? AND node_id = ? AND way = ?", written, source, n.node, returning)
	return 0, err
}

func (n *Tx) refillHome(ctx context.Context, reader, source parvis.ID) error {
	_, err := n.exec(ctx, `INSERT INTO home (account_id, post_id, id, sharer_id)
		SELECT ?, p.id, p.id, 0 FROM posts p WHERE p.author_id = ? AND `+comesHome+` ORDER BY p.id DESC LIMIT ?`+earlier,
		reader, source, reader, reader, homeKept)
	if err != nil {
		return err
	}
	_, err = n.exec(ctx, `INSERT INTO home (account_id, post_id, id, sharer_id)
		SELECT ?, s.post_id, s.id, s.account_id FROM shares s JOIN posts p ON p.id = s.post_id
		WHERE s.account_id = ? AND p.deleted_at = 0 ORDER BY s.id DESC LIMIT ?`+earlier, reader, source, homeKept)
	if err != nil {
		return err
	}
	return n.trimHome(ctx, reader)
}
