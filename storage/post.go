package storage

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type postRow struct {
	bun.BaseModel `bun:"table:posts,alias:p"`

	ID          parvis.ID `bun:",pk"`
	NodeID      parvis.ID
	AuthorID    parvis.ID
	Kind        parvis.Kind
	URI         string
	URL         string
	Title       string
	Source      string
	HTML        string
	Warning     string
	Sensitive   bool
	Language    string
	Audience    parvis.Audience
	State       parvis.State
	ReplyTo     parvis.ID
	ReplyToURI  string
	Thread      parvis.ID
	PlaceJSON   string
	EndsAt      int64
	TagsJSON    string
	Context     string
	QuoteURI    string
	QuoteStamp  string
	Emojis      string
	Replies     int
	Likes       int
	Shares      int
	Local       bool
	Listed      bool
	StoredAt    int64
	PublishedAt int64
	EditedAt    int64
	DeletedAt   int64
	Version     int64

	AnsweredID parvis.ID `bun:",scanonly"`
}

func (n *Node) postRow(p *parvis.Post) *postRow {
	r := &postRow{ID: p.ID, NodeID: n.node, AuthorID: p.AuthorID, Kind: p.Kind(), URI: p.URI, URL: p.URL, Title: p.Title,
		Source: p.Source, HTML: p.HTML, Warning: p.Warning, Sensitive: p.Sensitive, Language: p.Language,
		Audience: p.Audience, State: p.State, ReplyTo: p.ReplyTo, ReplyToURI: p.ReplyToURI, Thread: p.Thread,
		Context: p.Context, QuoteURI: p.QuoteURI, QuoteStamp: p.QuoteStamp, Emojis: emojiNames(p.Emojis),
		EndsAt: ms(p.EndsAt), TagsJSON: jsonOf(p.Tags), Replies: p.Replies, Likes: p.Likes, Shares: p.Shares,
		Local: p.Author != nil && p.Author.Local(), Listed: listed(p), StoredAt: ms(p.StoredAt),
		PublishedAt: ms(p.PublishedAt), EditedAt: ms(p.EditedAt), DeletedAt: ms(p.DeletedAt)}
	if p.Place != nil {
		r.PlaceJSON = jsonOf(p.Place)
	}
	return r
}

// listed reports whether a post may appear in lists.
func listed(p *parvis.Post) bool {
	wide := p.Audience == parvis.Everyone || p.Audience == parvis.Partners || p.Audience == parvis.OnNode
	return wide && p.ReplyTo == 0 && p.ReplyToURI == "" && p.DeletedAt.IsZero()
}

func (r *postRow) post() (*parvis.Post, error) {
	p := &parvis.Post{ID: r.ID, AuthorID: r.AuthorID, URI: r.URI, URL: r.URL, Title: r.Title, Source: r.Source, HTML: r.HTML,
		Warning: r.Warning, Sensitive: r.Sensitive, Language: r.Language, Audience: r.Audience, State: r.State,
		ReplyTo: r.ReplyTo, ReplyToURI: r.ReplyToURI, Thread: r.Thread, EndsAt: at(r.EndsAt),
		Context: r.Context, QuoteURI: r.QuoteURI, QuoteStamp: r.QuoteStamp, Emojis: namedEmojis(r.Emojis),
		Replies: r.Replies, Likes: r.Likes, Shares: r.Shares, AnsweredID: r.AnsweredID, Version: r.Version,
		PublishedAt: at(r.PublishedAt), EditedAt: at(r.EditedAt), DeletedAt: at(r.DeletedAt)}
	if r.PlaceJSON != "" {
		p.Place = new(parvis.Place)
		if err := json.Unmarshal([]byte(r.PlaceJSON), p.Place); err != nil {
			return nil, fmt.Errorf("place of post %s: %w", p.URI, err)
		}
	}
	if err := json.Unmarshal([]byte(r.TagsJSON), &p.Tags); err != nil {
		return nil, fmt.Errorf("tags of post %s: %w", p.URI, err)
	}
	return p, nil
}

// AddPost stores a new post with its detail, pictures, mentions and tags, and
// counts it where it is counted. Its URI, Author and ID must be set; tags are
// the folded forms of p.Tags. A URI that is known is parvis.ErrConflict, and so
// is an ID that is taken, if the post was written here: its address holds it.
func (n *Tx) AddPost(ctx context.Context, p *parvis.Post, tags []string) error {
	if err := n.insertPost(ctx, p); err != nil {
		return err
	}
	if err := n.afterInsert(ctx, p, tags); err != nil || !findable(p) {
		return err
	}
	return n.awaitFirstIndex(ctx, []*parvis.Post{p})
}

// insertPost stores the row of a post.
func (n *Tx) insertPost(ctx context.Context, p *parvis.Post) error {
	p.Thread = cmp.Or(p.Thread, p.ID)
	row := n.postRow(p)
	if row.Local {
		if err := n.db.insert(ctx, row); err != nil {
			return err
		}
	} else if err := n.db.insertNew(ctx, "posts", &row.ID, row); err != nil {
		return err
	}
	if row.ID != p.ID && row.Thread == p.ID {
		if _, err := n.exec(ctx, "UPDATE posts SET thread = id, version = version + 1 WHERE id = ?", row.ID); err != nil {
			return err
		}
		p.Thread = row.ID
	}
	p.ID = row.ID
	return nil
}

// AddPosts is AddPost for many posts of other servers, with fewer statements. It
// leaves out those whose URI is known, and reports which these are. tags are those of
// each.
func (n *Tx) AddPosts(ctx context.Context, posts []*parvis.Post, tags [][]string) (known []bool, err error) {
	inserted, err := n.insertPosts(ctx, posts)
	if err != nil {
		return nil, err
	}
	known = make([]bool, len(posts))
	var fresh []*parvis.Post
	for i, p := range posts {
		if at, ok := inserted[p.URI]; !ok || at != i {
			err := n.insertPost(ctx, p) // its id may have been taken by chance
			if known[i] = errors.Is(err, parvis.ErrConflict); known[i] {
				continue
			}
			if err != nil {
				return nil, err
			}
		}
		if err := n.afterInsert(ctx, p, tags[i]); err != nil {
			return nil, err
		}
		if findable(p) {
			fresh = append(fresh, p)
		}
	}
	return known, n.awaitFirstIndex(ctx, fresh)
}

// insertPosts inserts the rows of posts, and returns which stands for each URI that
// was inserted. It does so in the order of URIs: processes that store the same posts
// must not wait for each other in a ring.
func (n *Tx) insertPosts(ctx context.Context, posts []*parvis.Post) (map[string]int, error) {
	places := make(map[string]int, len(posts))
	for i, p := range posts {
		if _, twice := places[p.URI]; !twice {
			places[p.URI] = i
		}
	}
	var head string
	rows := make([][]any, 0, len(places))
	for _, uri := range slices.Sorted(maps.Keys(places)) {
		p := posts[places[uri]]
		p.Thread = cmp.Or(p.Thread, p.ID)
		var row []any
		head, row = n.db.insertion(n.postRow(p))
		rows = append(rows, row)
	}
	inserted := make(map[string]int, len(places))
	var uri string
	err := (&DBTx{n.db}).insertRows(ctx, head, " ON CONFLICT DO NOTHING RETURNING uri", rows, func() { inserted[uri] = places[uri] }, &uri)
	return inserted, err
}

// afterInsert stores what belongs to a post whose row is stored, and counts it.
func (n *Tx) afterInsert(ctx context.Context, p *parvis.Post, tags []string) error {
	n.countPost(p, 1)
	if p.ReplyTo != 0 {
		if err := n.countReply(ctx, p.ReplyTo, p.Audience, 1); err != nil {
			return err
		}
	}
	if err := n.savePostParts(ctx, p, tags); err != nil {
		return err
	}
	return n.file(ctx, p)
}

// UpdatePost stores a changed post with its parts. Author, URI, thread, time of
// publication and counts stay as they are. It is parvis.ErrConflict if the post
// was deleted, or edited at p.EditedAt or later, since it was read.
func (n *Tx) UpdatePost(ctx context.Context, p *parvis.Post, tags []string) error {
	res, err := n.db.q.NewUpdate().Model(n.postRow(p)).
		Column("kind", "url", "title", "source", "html", "warning", "sensitive", "language", "audience", "state",
			"place_json", "ends_at", "tags_json", "context", "quote_uri", "quote_stamp", "emojis", "listed", "edited_at", "version").
		Value("version", "version + 1").
		Where("id = ?", p.ID).Where("node_id = ?", n.node).
		Where("deleted_at = 0").Where("edited_at < ?", ms(p.EditedAt)).Exec(ctx)
	if err = oneRow(res, err); errors.Is(err, parvis.ErrNotFound) {
		return parvis.ErrConflict
	}
	if err != nil {
		return err
	}
	// Whom it names no more has seen it, and must hear of its deletion.
	_, err = n.exec(ctx, `INSERT INTO once_named (post_id, account_id, node_id)
		SELECT m.post_id, m.account_id, p.node_id FROM mentions m JOIN posts p ON p.id = m.post_id
		WHERE p.id = ? AND p.local ON CONFLICT DO NOTHING`, p.ID)
	if err != nil {
		return err
	}
	if err := n.detachPostParts(ctx, p.ID); err != nil {
		return err
	}
	if err := n.awaitIndex(ctx, FindablePost, p.ID); err != nil {
		return err
	}
	return n.savePostParts(ctx, p, tags)
}

// detachPostParts forgets the pictures, mentions and tags of a post.
func (n *Tx) detachPostParts(ctx context.Context, post parvis.ID) error {
	for _, statement := range []string{
		"UPDATE media SET post_id = 0 WHERE post_id = ? AND node_id = ?",
		"DELETE FROM mentions WHERE post_id = ?0",
		"DELETE FROM post_tags WHERE post_id = ?0",
	} {
		if _, err := n.exec(ctx, statement, post, n.node); err != nil {
			return err
		}
	}
	return nil
}

func (n *Tx) savePostParts(ctx context.Context, p *parvis.Post, tags []string) error {
	if err := details[p.Kind()].save(ctx, n, p.ID, p.Detail); err != nil {
		return err
	}
	if err := n.attachMedia(ctx, p); err != nil {
		return err
	}
	if err := n.saveMentions(ctx, p); err != nil {
		return err
	}
	return n.saveTags(ctx, p.ID, tags)
}

func (n *Tx) saveMentions(ctx context.Context, p *parvis.Post) error {
	for _, m := range p.Mentions {
		if _, err := n.exec(ctx, "INSERT INTO mentions (post_id, account_id) VALUES (?, ?) ON CONFLICT DO NOTHING", p.ID, m.AccountID); err != nil {
			return err
		}
	}
	return nil
}

func (n *Tx) saveTags(ctx context.Context, post parvis.ID, tags []string) error {
	for _, tag := range tags {
		if _, err := n.exec(ctx, "INSERT INTO post_tags (node_id, tag, post_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", n.node, tag, post); err != nil {
			return err
		}
	}
	return nil
}

// countReply counts an answer under a post, as parvis.Audience.CountsUnder says.
func (n *Tx) countReply(ctx context.Context, parent parvis.ID, answer parvis.Audience, by int) error {
	if answer == parvis.Named {
		return nil
	}
	_, err := n.exec(ctx, `UPDATE posts SET replies = replies + ?, version = version + 1 WHERE id = ? AND node_id = ?
		AND (audience = ? OR ? AND audience IN (?, ?))`, by, parent, n.node, answer, answer.Public(), parvis.Everyone, parvis.Unlisted)
	return err
}

// countPost counts a post among its author's: others see the number, so only if
// they may see the post.
func (n *Tx) countPost(p *parvis.Post, by int) {
	if p.Audience.Public() {
		n.count(p.AuthorID, tally{posts: by})
	}
}

// SetState moves a post to another state. It is ErrConflict if the post is no
// longer in the state from, because somebody was faster.
func (n *Tx) SetState(ctx context.Context, id parvis.ID, from, to parvis.State, now time.Time) error {
	changed, err := n.exec(ctx, "UPDATE posts SET state = ?, edited_at = ?, version = version + 1 WHERE id = ? AND node_id = ? AND state = ? AND deleted_at = 0",
		to, ms(now), id, n.node, from)
	if err == nil && changed == 0 {
		return parvis.ErrConflict
	}
	return err
}

// SetEnd lets a post end at another time. It is ErrConflict if the post was deleted, or
// edited as late, since it was read: others would ignore the second of two edits of a time.
func (n *Tx) SetEnd(ctx context.Context, id parvis.ID, end, now time.Time) error {
	changed, err := n.exec(ctx, "UPDATE posts SET ends_at = ?, edited_at = ?, version = version + 1 WHERE id = ? AND node_id = ? AND edited_at < ? AND deleted_at = 0",
		ms(end), ms(now), id, n.node, ms(now))
	if err == nil && changed == 0 {
		return parvis.ErrConflict
	}
	return err
}

// DeletePost empties a post and leaves a tombstone: its URI is never used again.
func (n *Tx) DeletePost(ctx context.Context, p *parvis.Post, now time.Time) error {
	changed, err := n.exec(ctx, `UPDATE posts SET title = '', source = '', html = '', warning = '', place_json = '', ends_at = 0,
		tags_json = '[]', quote_uri = '', quote_stamp = '', emojis = '', listed = FALSE, deleted_at = ?, version = version + 1
		WHERE id = ? AND node_id = ? AND deleted_at = 0`, ms(now), p.ID, n.node)
	if err != nil || changed == 0 {
		return err
	}
	for _, statement := range []string{
		"UPDATE media SET post_id = 0 WHERE post_id = ? AND post_id <> 0",
		"DELETE FROM post_tags WHERE post_id = ?",
		"DELETE FROM home WHERE post_id = ?",
		"DELETE FROM notifications WHERE post_id = ? AND post_id <> 0",
		"DELETE FROM likes WHERE post_id = ?",
		"DELETE FROM bookmarks WHERE post_id = ?",
		"DELETE FROM pins WHERE post_id = ?",
		"DELETE FROM stamps WHERE post_id = ?",
		"DELETE FROM submissions WHERE post_id = ?",
		"DELETE FROM votes WHERE post_id = ?",
		"DELETE FROM options WHERE post_id = ?",
	} {
		if _, err := n.exec(ctx, statement, p.ID); err != nil {
			return err
		}
	}
	if p.Audience == parvis.Named {
		if err := n.unfile(ctx, p.ID); err != nil {
			return err
		}
	}
	if err := n.unindex(ctx, FindablePost, p.ID); err != nil {
		return err
	}
	// What it answers may have been found since p was read.
	var parent parvis.ID
	if err := n.raw("SELECT reply_to FROM posts WHERE id = ?", p.ID).Scan(ctx, &parent); err != nil {
		return translate(err)
	}
	if parent != 0 {
		if err := n.countReply(ctx, parent, p.Audience, -1); err != nil {
			return err
		}
	}
	n.countPost(p, -1)
	return nil
}

// adoptLimit bounds how many answers Adopt ties to a post.
const adoptLimit = 500

// Adopt ties answers that arrived before the posts they answer to these, each with
// the conversation below it. The first post of a post's own conversation is none of
// its answers, whatever it says: hostile servers make rings.
func (n *Tx) Adopt(ctx context.Context, posts ...*parvis.Post) error {
	if len(posts) == 0 {
		return nil
	}
	byURI := make(map[string]*parvis.Post, len(posts))
	for _, p := range posts {
		byURI[p.URI] = p
	}
	orphans, found := make(map[string][]orphan), 0
	var o orphan
	var answered string
	err := n.raw(`SELECT id, audience, reply_to_uri FROM posts WHERE node_id = ? AND reply_to = 0 AND reply_to_uri IN (?) AND reply_to_uri <> ''
		AND deleted_at = 0 LIMIT ?`, n.node, listOf(slices.Collect(maps.Keys(byURI))), adoptLimit).
		each(ctx, func() {
			found++
			if o.id != byURI[answered].Thread {
				orphans[answered] = append(orphans[answered], o)
			}
		}, (*int64)(&o.id), (*string)(&o.audience), &answered)
	if err != nil {
		return translate(err)
	}
	alone := found == adoptLimit && len(posts) > 1 // one must not take the place of others
	for _, p := range posts {
		if alone {
			err = n.Adopt(ctx, p)
		} else {
			err = n.adopt(ctx, p, orphans[p.URI])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// An orphan is an answer to what is not known here.
type orphan struct {
	id       parvis.ID
	audience parvis.Audience
}

func (n *Tx) adopt(ctx context.Context, p *parvis.Post, orphans []orphan) error {
	if len(orphans) == 0 {
		return nil
	}
	ids := make([]parvis.ID, len(orphans))
	for i, o := range orphans {
		ids[i] = o.id
	}
	if _, err := n.exec(ctx, "UPDATE posts SET reply_to = ?, version = version + 1 WHERE id IN (?)", p.ID, listOf(ids)); err != nil {
		return err
	}
	if _, err := n.exec(ctx, "UPDATE posts SET thread = ?, version = version + 1 WHERE thread IN (?)", p.Thread, listOf(ids)); err != nil {
		return err
	}
	for _, o := range orphans {
		if err := n.countReply(ctx, p.ID, o.audience, 1); err != nil {
			return err
		}
	}
	return n.refile(ctx, p.Thread)
}

// Post returns a post by its id, deleted ones included.
func (n *Node) Post(ctx context.Context, id parvis.ID) (*parvis.Post, error) {
	return n.onePost(ctx, "p.id = ?", id)
}

// PostByURI returns a post by its ActivityPub id, deleted ones included.
func (n *Node) PostByURI(ctx context.Context, uri string) (*parvis.Post, error) {
	return n.onePost(ctx, "p.uri = ?", uri)
}

// PostsByURI returns posts as a map by their ids as other servers say them; those
// that are not known here are left out.
func (n *Node) PostsByURI(ctx context.Context, uris []string) (map[string]*parvis.Post, error) {
	if len(uris) == 0 {
		return nil, nil
	}
	posts, err := n.readPosts(ctx, "SELECT "+postRefs+" FROM posts p JOIN accounts a ON a.id = p.author_id WHERE p.node_id = ? AND p.uri IN (?)",
		n.node, listOf(uris))
	if err != nil {
		return nil, err
	}
	found := make(map[string]*parvis.Post, len(posts))
	for _, p := range posts {
		found[p.URI] = p
	}
	return found, nil
}

func (n *Node) onePost(ctx context.Context, where string, arg any) (*parvis.Post, error) {
	posts, err := n.readPosts(ctx, "SELECT "+postRefs+" FROM posts p JOIN accounts a ON a.id = p.author_id WHERE p.node_id = ? AND "+where+" LIMIT 1",
		n.node, arg)
	if err != nil {
		return nil, err
	}
	if len(posts) == 0 {
		return nil, parvis.ErrNotFound
	}
	return posts[0], nil
}

// PostsByID returns posts as a map; ids without a post are left out.
func (n *Node) PostsByID(ctx context.Context, ids []parvis.ID) (map[parvis.ID]*parvis.Post, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	posts, err := n.readPosts(ctx, "SELECT "+postRefs+" FROM posts p JOIN accounts a ON a.id = p.author_id WHERE +p.node_id = ? AND p.id IN (?)",
		n.node, listOf(ids))
	if err != nil {
		return nil, err
	}
	found := make(map[parvis.ID]*parvis.Post, len(posts))
	for _, p := range posts {
		found[p.ID] = p
	}
	return found, nil
}

// AuthorsOf returns who wrote each of the posts; ids without a post are left out.
func (n *Node) AuthorsOf(ctx context.Context, posts []parvis.ID) (map[parvis.ID]parvis.ID, error) {
	if len(posts) == 0 {
		return nil, nil
	}
	var rows []struct{ ID, AuthorID parvis.ID }
	err := n.raw("SELECT id, author_id FROM posts WHERE id IN (?) AND +node_id = ?", listOf(posts), n.node).Scan(ctx, &rows)
	if err != nil {
		return nil, translate(err)
	}
	authors := make(map[parvis.ID]parvis.ID, len(rows))
	for _, r := range rows {
		authors[r.ID] = r.AuthorID
	}
	return authors, nil
}
