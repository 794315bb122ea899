package storage

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type accountRow struct {
	bun.BaseModel `bun:"table:accounts,alias:a"`

	ID           parvis.ID `bun:",pk"`
	NodeID       parvis.ID
	Handle       string
	Username     string
	Domain       string
	Type         parvis.ActorType
	Feed         parvis.Kind
	Name         string
	Bio          string
	BioHTML      string
	Quarter      string
	QuarterFor   parvis.Audience
	Listed       parvis.Audience
	AvatarID     parvis.ID
	Locked       bool
	FieldsJSON   string
	URI          string
	URL          string
	Inbox        string
	SharedInbox  string
	Outbox       string
	FollowersURI string
	FollowingURI string
	FeaturedURI  string
	Emojis       string
	KeyID        string
	PublicKey    string
	MultikeyID   string
	Multikey     string
	MovedTo      string
	AlsoKnownAs  string
	MovedAt      int64
	PausedUntil  int64
	Followers    int
	Following    int
	Posts        int
	CreatedAt    int64
	UpdatedAt    int64
	FetchedAt    int64
	SuspendedAt  int64
	DeletedAt    int64
	Version      int64
}

func (n *Node) accountRow(a *parvis.Account) *accountRow {
	r := &accountRow{ID: a.ID, NodeID: n.node, Handle: strings.ToLower(a.Acct()), Username: a.Username, Domain: a.Domain,
		Type: a.Type, Feed: a.Feed, Name: a.Name, Bio: a.Bio, BioHTML: a.BioHTML, Quarter: a.Quarter, QuarterFor: a.QuarterAudience, Listed: a.Listed, Locked: a.Locked,
		FieldsJSON: jsonOf(a.Fields), URI: a.URI, URL: a.URL, Inbox: a.Inbox, SharedInbox: a.SharedInbox, Outbox: a.Outbox,
		FollowersURI: a.FollowersURI, FollowingURI: a.FollowingURI, FeaturedURI: a.FeaturedURI,
		Emojis: emojiNames(a.Emojis), KeyID: a.KeyID, PublicKey: a.PublicKey,
		MultikeyID: a.MultikeyID, Multikey: a.Multikey, MovedTo: a.MovedTo, AlsoKnownAs: jsonOf(a.AlsoKnownAs), MovedAt: ms(a.MovedAt), PausedUntil: ms(a.PausedUntil),
		Followers: a.Followers, Following: a.Following, Posts: a.Posts, CreatedAt: ms(a.CreatedAt), UpdatedAt: ms(a.UpdatedAt),
		FetchedAt: ms(a.FetchedAt), SuspendedAt: ms(a.SuspendedAt), DeletedAt: ms(a.DeletedAt)}
	if a.Avatar != nil {
		r.AvatarID = a.Avatar.ID
	}
	return r
}

func (r *accountRow) account() (*parvis.Account, error) {
	a := &parvis.Account{ID: r.ID, Username: r.Username, Domain: r.Domain, Type: r.Type, Feed: r.Feed, Name: r.Name,
		Bio: r.Bio, BioHTML: r.BioHTML, Quarter: r.Quarter, QuarterAudience: r.QuarterFor, Listed: r.Listed, Locked: r.Locked, URI: r.URI, URL: r.URL, Inbox: r.Inbox,
		SharedInbox: r.SharedInbox, Outbox: r.Outbox, FollowersURI: r.FollowersURI, FollowingURI: r.FollowingURI,
		FeaturedURI: r.FeaturedURI, Emojis: namedEmojis(r.Emojis),
		KeyID: r.KeyID, PublicKey: r.PublicKey, MultikeyID: r.MultikeyID, Multikey: r.Multikey, MovedTo: r.MovedTo, MovedAt: at(r.MovedAt), PausedUntil: at(r.PausedUntil),
		Followers: r.Followers, Following: r.Following, Posts: r.Posts,
		CreatedAt: at(r.CreatedAt), UpdatedAt: at(r.UpdatedAt), FetchedAt: at(r.FetchedAt),
		SuspendedAt: at(r.SuspendedAt), DeletedAt: at(r.DeletedAt), Version: r.Version}
	if r.AvatarID != 0 {
		a.Avatar = &parvis.Media{ID: r.AvatarID}
	}
	if err := json.Unmarshal([]byte(r.FieldsJSON), &a.Fields); err != nil {
		return nil, fmt.Errorf("fields of account %s: %w", a.URI, err)
	}
	if err := json.Unmarshal([]byte(r.AlsoKnownAs), &a.AlsoKnownAs); err != nil {
		return nil, fmt.Errorf("other addresses of account %s: %w", a.URI, err)
	}
	return a, nil
}

// AddAccount stores a new account and gives it an id. A URI or handle that is
// taken is parvis.ErrConflict.
func (n *Tx) AddAccount(ctx context.Context, a *parvis.Account) error {
	n.decided()
	if a.ID == 0 {
		a.ID = parvis.NewID(a.CreatedAt)
	}
	row := n.accountRow(a)
	err := n.db.insertNew(ctx, "accounts", &row.ID, row)
	if a.ID = row.ID; err != nil {
		return err
	}
	return n.awaitIndex(ctx, FindableAccount, a.ID)
}

// FreeHandle takes its handle from an account of another server, which gave it to
// somebody else; the account stays what it is under its id. It returns since when that
// one is suspended, if it is: who was shown the door does not come back as new.
func (n *Tx) FreeHandle(ctx context.Context, acct string) (suspended time.Time, err error) {
	var row struct {
		ID          parvis.ID
		SuspendedAt int64
	}
	handle := strings.ToLower(acct)
	err = n.raw("SELECT id, suspended_at FROM accounts WHERE node_id = ? AND handle = ? AND domain <> ''", n.node, handle).Scan(ctx, &row.ID, &row.SuspendedAt)
	if err = translate(err); errors.Is(err, parvis.ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	// No handle has a "#".
	_, err = n.exec(ctx, "UPDATE accounts SET handle = ?, version = version + 1 WHERE id = ? AND node_id = ?", handle+"#"+row.ID.String(), row.ID, n.node)
	return at(row.SuspendedAt), err
}

// UpdateAccount stores what an account says of itself; its name, URI, counts and
// standing stay. A deleted account is parvis.ErrNotFound.
func (n *Tx) UpdateAccount(ctx context.Context, a *parvis.Account) error {
	n.decided()
	// Mentions of it lead to its page.
	_, err := n.exec(ctx, `UPDATE posts SET version = version + 1 WHERE id IN (SELECT m.post_id FROM accounts old JOIN mentions m ON m.account_id = old.id
		WHERE old.id = ? AND old.node_id = ? AND old.url <> ?)`, a.ID, n.node, a.URL)
	if err != nil {
		return err
	}
	kept := []string{"id", "node_id", "handle", "username", "domain", "uri", "followers", "following", "posts", "created_at", "moved_at", "suspended_at", "deleted_at"}
	if a.Local() {
		kept = append(kept, "paused_until") // which SetPause sets
	}
	res, err := n.db.q.NewUpdate().Model(n.accountRow(a)).ExcludeColumn(kept...).
		Value("version", "version + 1").
		Where("id = ?", a.ID).Where("node_id = ?", n.node).Where("deleted_at = 0").Exec(ctx)
	if err := oneRow(res, err); err != nil {
		return err
	}
	return n.awaitIndex(ctx, FindableAccount, a.ID)
}

// SetSuspended notes since when an account may not act; the zero time ends that.
func (n *Tx) SetSuspended(ctx context.Context, account parvis.ID, since time.Time) error {
	n.decided()
	_, err := n.exec(ctx, "UPDATE accounts SET suspended_at = ?, version = version + 1 WHERE id = ? AND node_id = ?", ms(since), account, n.node)
	return err
}

// SetPause notes until when a resident makes a pause; the zero time ends it.
func (n *Tx) SetPause(ctx context.Context, account parvis.ID, until, now time.Time) error {
	n.decided()
	_, err := n.exec(ctx, "UPDATE accounts SET paused_until = ?, updated_at = ?, version = version + 1 WHERE id = ? AND node_id = ? AND deleted_at = 0",
		ms(until), ms(now), account, n.node)
	return err
}

// Account returns an account by its id.
func (n *Node) Account(ctx context.Context, id parvis.ID) (*parvis.Account, error) {
	return n.oneAccount(ctx, "a.id = ?", id)
}

// AccountByURI returns an account by its ActivityPub id.
func (n *Node) AccountByURI(ctx context.Context, uri string) (*parvis.Account, error) {
	return n.oneAccount(ctx, "a.uri = ?", uri)
}

// Speaker is AccountByURI for whoever speaks often: it may be a second old, in its
// counts of followers and posts too.
func (n *Node) Speaker(ctx context.Context, uri string) (*parvis.Account, error) {
	acc, err := remembered(ctx, n.db.neighbours, actorsCache, neighbour{n.node, uri}, func(ctx context.Context) (*parvis.Account, error) {
		return n.AccountByURI(ctx, uri)
	})
	if err != nil {
		return nil, err
	}
	own := *acc
	return &own, nil
}

// AccountByAcct returns an account by name: "lea", or "lea@autre.example".
func (n *Node) AccountByAcct(ctx context.Context, acct string) (*parvis.Account, error) {
	return n.oneAccount(ctx, "a.handle = ?", strings.ToLower(acct))
}

// Feed returns the node's feed of a kind.
func (n *Node) Feed(ctx context.Context, k parvis.Kind) (*parvis.Account, error) {
	return n.oneAccount(ctx, "a.feed = ? AND a.feed <> '' AND a.domain = ''", string(k))
}

func (n *Node) oneAccount(ctx context.Context, where string, args ...any) (*parvis.Account, error) {
	args = append([]any{n.node}, args...)
	if n.db.kept == nil {
		var row accountRow
		if err := n.raw("SELECT "+n.db.columns(row, "a.")+" FROM accounts a WHERE a.node_id = ? AND "+where+" LIMIT 1", args...).Scan(ctx, &row); err != nil {
			return nil, translate(err)
		}
		found := make(map[parvis.ID]*parvis.Account)
		if err := n.wholeAccounts(ctx, []accountRow{row}, found); err != nil {
			return nil, err
		}
		return found[row.ID], n.fillAccountEmojis(ctx, found)
	}
	accounts, err := n.readAccounts(ctx, "SELECT a.id, a.version FROM accounts a WHERE a.node_id = ? AND "+where+" LIMIT 1", args...)
	if err != nil {
		return nil, err
	}
	if len(accounts) == 0 {
		return nil, parvis.ErrNotFound
	}
	return accounts[0], nil
}

// loadAccounts reads accounts with their pictures into found and keeps them.
func (n *Node) loadAccounts(ctx context.Context, ids []parvis.ID, found map[parvis.ID]*parvis.Account) error {
	if len(ids) == 0 {
		return nil
	}
	var rows []accountRow
	err := n.raw("SELECT "+n.db.columns(accountRow{}, "")+" FROM accounts WHERE +node_id = ? AND id IN (?)", n.node, listOf(ids)).Scan(ctx, &rows)
	if err != nil {
		return translate(err)
	}
	return n.wholeAccounts(ctx, rows, found)
}

func (n *Node) wholeAccounts(ctx context.Context, rows []accountRow, found map[parvis.ID]*parvis.Account) error {
	var pictures []parvis.ID
	for i := range rows {
		if rows[i].AvatarID != 0 {
			pictures = append(pictures, rows[i].AvatarID)
		}
	}
	media, err := n.mediaByID(ctx, pictures)
	if err != nil {
		return err
	}
	for i := range rows {
		a, err := rows[i].account()
		if err != nil {
			return err
		}
		if a.Avatar != nil {
			a.Avatar = media[a.Avatar.ID]
		}
		n.db.kept.keepAccount(a)
		found[a.ID] = a
	}
	return nil
}

// fillAccountEmojis gives accounts the pictures in their names.
func (n *Node) fillAccountEmojis(ctx context.Context, accounts map[parvis.ID]*parvis.Account) error {
	var uses []emojiUse
	for _, a := range accounts {
		if len(a.Emojis) > 0 {
			uses = append(uses, emojiUse{a.Host(), a.Emojis})
		}
	}
	return n.fillEmojis(ctx, uses)
}

// Accounts returns accounts by id, as a map; ids without an account are left out.
func (n *Node) Accounts(ctx context.Context, ids []parvis.ID) (map[parvis.ID]*parvis.Account, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if n.db.kept == nil {
		return n.accountsAt(ctx, refsOf(ids))
	}
	var refs []ref
	var r ref
	err := n.raw("SELECT id, version FROM accounts WHERE +node_id = ? AND id IN (?)", n.node, listOf(ids)).
		each(ctx, func() { refs = append(refs, r) }, (*int64)(&r.ID), &r.Version)
	if err != nil {
		return nil, translate(err)
	}
	return n.accountsAt(ctx, refs)
}

// SearchAccounts returns accounts whose handle starts with a prefix. Those whom the
// viewer muted, and those of silenced servers, need their whole handle.
func (n *Node) SearchAccounts(ctx context.Context, prefix string, viewer parvis.ID, limit int) ([]*parvis.Account, error) {
	prefix = strings.ToLower(prefix)
	// The upper bound follows every text that starts with prefix.
	return n.readAccounts(ctx, `SELECT a.id, a.version FROM accounts a WHERE a.node_id = ? AND a.handle >= ? AND a.handle < ?
		AND a.deleted_at = 0 AND a.suspended_at = 0 AND a.type <> ? AND (a.handle = ? OR a.held <> 'silence')
		AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = ? AND m.target_id = a.id AND a.handle <> ?) ORDER BY a.handle LIMIT ?`,
		n.node, prefix, prefix+"\U0010ffff", parvis.Application, prefix, viewer, prefix, limit)
}

// LocalAccounts returns the node's own accounts, newest first.
func (n *Node) LocalAccounts(ctx context.Context, p parvis.Page) ([]*parvis.Account, error) {
	var q selection
	q.add("SELECT a.id, a.version FROM accounts a WHERE a.node_id = ? AND a.domain = ''", n.node)
	q.page("a.id", p)
	accounts, err := n.readAccounts(ctx, q.text.String(), q.args...)
	return inOrder(accounts, p), err
}

// EraseAccount removes what an account said of itself and what belongs to it
// alone, and leaves a tombstone. Its posts and follows, which may be many, are left
// to [Tx.DeletePost] and [Tx.CutFollows].
func (n *Tx) EraseAccount(ctx context.Context, a *parvis.Account, now time.Time) error {
	n.decided()
	a.Name, a.Bio, a.BioHTML, a.Quarter, a.Listed, a.Avatar, a.Fields, a.MovedTo, a.AlsoKnownAs, a.PausedUntil, a.DeletedAt = "", "", "", "", "", nil, nil, "", nil, time.Time{}, now
	erased, err := n.exec(ctx, `UPDATE accounts SET name = '', bio = '', bio_html = '', quarter = '', listed = '', avatar_id = 0, fields_json = '[]', emojis = '', moved_to = '', also_known_as = '[]', paused_until = 0,
		deleted_at = ?, version = version + 1 WHERE id = ? AND node_id = ? AND deleted_at = 0`, ms(now), a.ID, n.node)
	if err != nil || erased == 0 {
		return err
	}
	for _, statement := range []string{
		"UPDATE posts SET likes = likes - 1, version = version + 1 WHERE id IN (SELECT post_id FROM likes WHERE account_id = ?)",
		"DELETE FROM likes WHERE account_id = ?",
		"UPDATE posts SET shares = shares - 1, version = version + 1 WHERE id IN (SELECT post_id FROM shares WHERE account_id = ?)",
		"DELETE FROM home WHERE sharer_id = ?0 AND post_id IN (SELECT post_id FROM shares WHERE account_id = ?0)",
		"DELETE FROM shares WHERE account_id = ?",
		"DELETE FROM votes WHERE account_id = ?", // they stay counted
		"DELETE FROM bookmarks WHERE account_id = ?",
		"DELETE FROM list_members WHERE account_id = ?0 OR list_id IN (SELECT id FROM lists WHERE account_id = ?0)",
		"DELETE FROM lists WHERE account_id = ?",
		"DELETE FROM mutes WHERE account_id = ?0 OR target_id = ?0",
		"DELETE FROM logins WHERE account_id = ?",
		"DELETE FROM sessions WHERE account_id = ?",
		"DELETE FROM tokens WHERE account_id = ?",
		"DELETE FROM tickets WHERE subject = ? AND subject <> 0",
		"DELETE FROM passkeys WHERE account_id = ?",
		"DELETE FROM recovery_codes WHERE account_id = ?",
		"DELETE FROM identities WHERE account_id = ?",
		"DELETE FROM profiles WHERE account_id = ?",
		"DELETE FROM profile_tags WHERE account_id = ?",
		"DELETE FROM news_choices WHERE account_id = ?",
		"DELETE FROM mailboxes WHERE account_id = ?",
		"DELETE FROM bounces WHERE account_id = ?",
		"DELETE FROM push_subscriptions WHERE account_id = ?",
		"DELETE FROM home WHERE account_id = ?",
		"DELETE FROM notifications WHERE account_id = ?",
		"UPDATE participants SET latest = 0, seen = 0, muted = FALSE, listed = FALSE WHERE account_id = ?",
		"DELETE FROM repeats WHERE account_id = ?",
		"UPDATE media SET looked_at = 0 WHERE account_id = ? AND post_id = 0",
		"DELETE FROM pins WHERE account_id = ?",
		"DELETE FROM import_lines WHERE import_id IN (SELECT id FROM imports WHERE account_id = ?)",
		"DELETE FROM imports WHERE account_id = ?",
		"DELETE FROM draft_media WHERE draft_id IN (SELECT id FROM drafts WHERE account_id = ?)",
		"DELETE FROM drafts WHERE account_id = ?",
		"DELETE FROM departures WHERE account_id = ?",
		"DELETE FROM archives WHERE account_id = ?",
	} {
		if _, err := n.exec(ctx, statement, a.ID); err != nil {
			return err
		}
	}
	return n.unindex(ctx, FindableAccount, a.ID)
}

// A tally is how many more of something an account has.
type tally struct{ posts, following, followers int }

type tallies map[tallied]tally

type tallied struct{ node, account parvis.ID }

// count adds to what an account has, when the transaction ends.
func (n *Tx) count(account parvis.ID, by tally) {
	if n.db.counted == nil {
		n.db.counted = make(tallies)
	}
	key := tallied{n.node, account}
	sum := n.db.counted[key]
	n.db.counted[key] = tally{sum.posts + by.posts, sum.following + by.following, sum.followers + by.followers}
}

// settleCounts writes what was counted, as the last thing of a transaction: until it
// ends, others wait that count for the same account. They do so in the same order, so
// that no two wait for each other.
func (db *DBTx) settleCounts(ctx context.Context) error {
	keys := slices.SortedFunc(maps.Keys(db.counted), func(a, b tallied) int { return cmp.Compare(a.account, b.account) })
	if len(keys) > 1 && db.engine == postgresEngine { // which may write rows in any order
		ids := make([]parvis.ID, len(keys))
		for i, key := range keys {
			ids[i] = key.account
		}
		if _, err := db.exec(ctx, "SELECT id FROM accounts WHERE id IN (?) ORDER BY id"+forNoKeyUpdate, listOf(ids)); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(keys, rowsAtOnce) {
		if err := db.addCounts(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

// addCounts writes what was counted for some accounts by one statement.
func (db *DBTx) addCounts(ctx context.Context, keys []tallied) error {
	const row = "(CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT))"
	var rows []string
	var args []any
	for _, key := range keys {
		by := db.counted[key]
		rows = append(rows, row)
		args = append(args, key.account, key.node, by.posts, by.following, by.followers)
	}
	for bits.OnesCount(uint(len(rows))) > 1 { // so that few texts serve all
		rows = append(rows, row)
		args = append(args, 0, 0, 0, 0, 0)
	}
	_, err := db.exec(ctx, `WITH c (id, node_id, posts, following, followers) AS (VALUES `+strings.Join(rows, ", ")+`)
		UPDATE accounts SET posts = accounts.posts + c.posts, following = accounts.following + c.following,
		followers = accounts.followers + c.followers, version = version + 1 FROM c WHERE accounts.id = c.id AND accounts.node_id = c.node_id`, args...)
	return err
}
