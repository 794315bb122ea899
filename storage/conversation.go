package storage

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type conversationRow struct {
	bun.BaseModel `bun:"table:conversations"`

	ID      parvis.ID `bun:",pk"`
	NodeID  parvis.ID
	Subject parvis.ID
	People  string
	Size    int
}

// sorted returns accounts in their order, each once.
func sorted(people []parvis.ID) []parvis.ID {
	people = slices.Clone(people)
	slices.Sort(people)
	return slices.Compact(people)
}

// peopleKey names a group of accounts, whoever wrote and whoever was named.
func peopleKey(people []parvis.ID) string {
	words := make([]string, len(people))
	for i, id := range people {
		words[i] = id.Decimal()
	}
	return strings.Join(words, " ")
}

// peopleOf returns who may read a post for named people: its author and they.
func peopleOf(p *parvis.Post) []parvis.ID {
	people := []parvis.ID{p.AuthorID}
	for _, m := range p.Mentions {
		people = append(people, m.AccountID)
	}
	return sorted(people)
}

// file puts a new post for named people into its conversation, as the last one:
// messages stand in the order in which they come.
func (n *Tx) file(ctx context.Context, p *parvis.Post) error {
	if p.Audience != parvis.Named {
		return nil
	}
	subject, err := n.SubjectOf(ctx, p)
	if err != nil {
		return err
	}
	people := peopleOf(p)
	conversation, err := n.openConversation(ctx, subject, people, p.ID)
	if err != nil {
		return err
	}
	var last parvis.ID
	if err := n.raw("SELECT COALESCE(MAX(place), 0) FROM messages WHERE conversation_id = ?", conversation).Scan(ctx, &last); err != nil {
		return translate(err)
	}
	place := p.ID
	if !p.StoredAt.IsZero() {
		place = parvis.NewID(p.StoredAt)
	}
	place = max(place, last+1) // clocks differ, and stand still
	_, err = n.exec(ctx, "INSERT INTO messages (post_id, conversation_id, place, strangers) VALUES (?, ?, ?, ?)", p.ID, conversation, place, p.Strangers)
	if err != nil {
		return err
	}
	// Who writes has read; whoever blocked the author, or was blocked, is told nothing.
	_, err = n.exec(ctx, `UPDATE participants SET latest = CASE WHEN latest > ?0 THEN latest ELSE ?0 END,
		seen = CASE WHEN account_id = ?1 THEN ?0 ELSE seen END, listed = listed OR NOT muted OR account_id = ?1
		WHERE conversation_id = ?2 AND account_id IN (SELECT a.id FROM accounts a WHERE a.id IN (?3) AND a.domain = '' AND a.feed = '' AND a.deleted_at = 0
			AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = a.id AND b.target_id = ?1)
			AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = ?1 AND b.target_id = a.id))`,
		place, p.AuthorID, conversation, listOf(people))
	return err
}

// SubjectOf returns what the conversation of a post is about: the first post of
// its thread, if that is not for named people itself.
func (n *Node) SubjectOf(ctx context.Context, p *parvis.Post) (parvis.ID, error) {
	if p.Thread == 0 || p.Thread == p.ID {
		return 0, nil
	}
	var subject parvis.ID
	err := n.raw("SELECT id FROM posts WHERE id = ? AND node_id = ? AND audience <> 'named'", p.Thread, n.node).Scan(ctx, &subject)
	if err = translate(err); errors.Is(err, parvis.ErrNotFound) {
		return 0, nil
	}
	return subject, err
}

// openConversation returns the conversation of some people about a post, and
// begins it, under the id of its first message if that is free, if there is none.
// Until the transaction ends nobody else changes it.
func (n *Tx) openConversation(ctx context.Context, subject parvis.ID, people []parvis.ID, first parvis.ID) (parvis.ID, error) {
	for {
		var id parvis.ID
		err := n.raw(n.db.locked("SELECT id FROM conversations WHERE node_id = ? AND subject = ? AND people = ?", forNoKeyUpdate),
			n.node, subject, peopleKey(people)).Scan(ctx, &id)
		if err = translate(err); !errors.Is(err, parvis.ErrNotFound) {
			return id, err
		}
		row := &conversationRow{ID: first, NodeID: n.node, Subject: subject, People: peopleKey(people), Size: len(people)}
		err = n.db.insertNew(ctx, "conversations", &row.ID, row)
		if errors.Is(err, parvis.ErrConflict) {
			continue // somebody began it at the same moment
		}
		if err != nil {
			return 0, err
		}
		rows := make([][]any, len(people))
		for i, account := range people {
			rows[i] = []any{row.ID, account, n.node, subject, 0, 0, false, false}
		}
		return row.ID, (&DBTx{n.db}).insertRows(ctx, "INSERT INTO participants (conversation_id, account_id, node_id, subject, latest, seen, muted, listed) VALUES ",
			" ON CONFLICT DO NOTHING", rows, func() {})
	}
}

// refile moves the messages of a thread, of which the first post was not known, to the
// conversation about that.
func (n *Tx) refile(ctx context.Context, thread parvis.ID) error {
	subject, err := n.SubjectOf(ctx, &parvis.Post{Thread: thread})
	if err != nil {
		return err
	}
	conversations, err := n.ids(ctx, `SELECT DISTINCT m.conversation_id FROM posts p JOIN messages m ON m.post_id = p.id
		JOIN conversations c ON c.id = m.conversation_id WHERE p.thread = ? AND c.subject <> ? ORDER BY m.conversation_id`, thread, subject)
	if err != nil {
		return err
	}
	for _, old := range conversations {
		people, err := n.ids(ctx, "SELECT account_id FROM participants WHERE conversation_id = ? ORDER BY account_id", old)
		if err != nil {
			return err
		}
		id, err := n.openConversation(ctx, subject, people, old)
		if err != nil {
			return err
		}
		for _, statement := range []string{
			"UPDATE messages SET conversation_id = ?1 WHERE conversation_id = ?0 AND post_id IN (SELECT id FROM posts WHERE thread = ?2)",
			// Who has read, or muted, the old one has done so with this.
			`UPDATE participants SET muted = (SELECT o.muted FROM participants o WHERE o.conversation_id = ?0 AND o.account_id = participants.account_id),
				seen = (SELECT o.seen FROM participants o WHERE o.conversation_id = ?0 AND o.account_id = participants.account_id)
				WHERE conversation_id = ?1 AND latest = 0`,
			`UPDATE participants SET latest = (SELECT MAX(m.place) FROM messages m WHERE m.conversation_id = ?1), listed = TRUE
				WHERE conversation_id = ?1 AND account_id IN (SELECT o.account_id FROM participants o WHERE o.conversation_id = ?0 AND o.latest <> 0)`,
		} {
			if _, err := n.exec(ctx, statement, old, id, thread); err != nil {
				return err
			}
		}
		if err := n.shorten(ctx, old); err != nil {
			return err
		}
	}
	return nil
}

// unfile takes deleted posts out of their conversations, and forgets those of
// which nothing is left.
func (n *Tx) unfile(ctx context.Context, posts ...parvis.ID) error {
	conversations, err := n.ids(ctx, "SELECT DISTINCT conversation_id FROM messages WHERE post_id IN (?) ORDER BY conversation_id", listOf(posts))
	if err != nil || len(conversations) == 0 {
		return err
	}
	if _, err := n.ids(ctx, n.db.locked("SELECT id FROM conversations WHERE id IN (?) ORDER BY id", forNoKeyUpdate), listOf(conversations)); err != nil {
		return err
	}
	if _, err := n.exec(ctx, "DELETE FROM messages WHERE post_id IN (?)", listOf(posts)); err != nil {
		return err
	}
	for _, id := range conversations {
		if err := n.shorten(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// shorten settles a conversation from which messages were taken; without any it ends.
func (n *Tx) shorten(ctx context.Context, id parvis.ID) error {
	var last parvis.ID
	if err := n.raw("SELECT COALESCE(MAX(place), 0) FROM messages WHERE conversation_id = ?", id).Scan(ctx, &last); err != nil {
		return translate(err)
	}
	statements := []string{"UPDATE participants SET latest = ?1 WHERE conversation_id = ?0 AND latest > ?1"}
	if last == 0 {
		statements = []string{"DELETE FROM participants WHERE conversation_id = ?0", "DELETE FROM conversations WHERE id = ?0"}
	}
	for _, statement := range statements {
		if _, err := n.exec(ctx, statement, id, last); err != nil {
			return err
		}
	}
	return nil
}

// ids reads a column of ids.
func (n *Node) ids(ctx context.Context, query string, args ...any) ([]parvis.ID, error) {
	var all []parvis.ID
	var id parvis.ID
	err := n.raw(query, args...).each(ctx, func() { all = append(all, id) }, (*int64)(&id))
	return all, translate(err)
}

// ConversationAbout returns the conversation that some people have about a post,
// or about nothing if subject is 0.
func (n *Node) ConversationAbout(ctx context.Context, subject parvis.ID, people []parvis.ID) (parvis.ID, error) {
	var id parvis.ID
	err := n.raw("SELECT id FROM conversations WHERE node_id = ? AND subject = ? AND people = ?", n.node, subject, peopleKey(sorted(people))).Scan(ctx, &id)
	return id, translate(err)
}

// ConversationOf returns the conversation of a message, and its place there.
func (n *Node) ConversationOf(ctx context.Context, post parvis.ID) (id, place parvis.ID, err error) {
	err = n.raw("SELECT conversation_id, place FROM messages WHERE post_id = ?", post).Scan(ctx, &id, &place)
	return id, place, translate(err)
}

// conversations begins every query of conversations c in which somebody takes part t.
// What a conversation of two people says is not for them any more once one blocked
// the other.
const conversations = `SELECT c.id, c.subject, t.latest, t.seen, t.muted,
	COALESCE((SELECT m.post_id FROM messages m WHERE m.conversation_id = c.id AND m.place <= t.latest ORDER BY m.place DESC LIMIT 1), 0)
	FROM participants t JOIN conversations c ON c.id = t.conversation_id
	WHERE NOT (c.size = 2 AND (EXISTS (SELECT 1 FROM participants o JOIN blocks b ON b.account_id = o.account_id AND b.target_id = t.account_id
			WHERE o.conversation_id = c.id AND o.account_id <> t.account_id)
		OR EXISTS (SELECT 1 FROM participants o JOIN blocks b ON b.account_id = t.account_id AND b.target_id = o.account_id
			WHERE o.conversation_id = c.id AND o.account_id <> t.account_id)))`

// Conversations lists those that an account takes part in and keeps in its list,
// the latest first. Pages are counted in the places of their last messages.
func (n *Node) Conversations(ctx context.Context, account parvis.ID, page parvis.Page) ([]*parvis.Conversation, error) {
	var q selection
	q.add(conversations+" AND t.account_id = ? AND t.listed", account)
	q.page("t.latest", page)
	found, err := n.readConversations(ctx, q.text.String(), q.args...)
	return inOrder(found, page), err
}

// AllConversations is Conversations with those that were put away.
func (n *Node) AllConversations(ctx context.Context, account parvis.ID, page parvis.Page) ([]*parvis.Conversation, error) {
	var q selection
	q.add(conversations+" AND t.account_id = ? AND t.latest > 0", account)
	q.page("t.latest", page)
	found, err := n.readConversations(ctx, q.text.String(), q.args...)
	return inOrder(found, page), err
}

// Conversation returns one that an account takes part in, in its list or not.
func (n *Node) Conversation(ctx context.Context, account, id parvis.ID) (*parvis.Conversation, error) {
	// Of a conversation's people there are few, of a person's conversations perhaps many.
	found, err := n.readConversations(ctx, conversations+" AND t.conversation_id = ? AND +t.account_id = ?", id, account)
	if err == nil && len(found) == 0 {
		return nil, parvis.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// ConversationsAbout lists the latest of those that an account has about a post.
func (n *Node) ConversationsAbout(ctx context.Context, account, subject parvis.ID, limit int) ([]*parvis.Conversation, error) {
	return n.readConversations(ctx, conversations+" AND t.account_id = ? AND t.subject = ? AND t.subject <> 0 AND t.latest > 0 ORDER BY t.latest DESC LIMIT ?",
		account, subject, limit)
}

// readConversations reads conversations with their people, their last messages
// and what they are about, in a fixed number of queries.
func (n *Node) readConversations(ctx context.Context, query string, args ...any) ([]*parvis.Conversation, error) {
	var all []*parvis.Conversation
	var c parvis.Conversation
	var last parvis.ID
	var ids, posts []parvis.ID
	lasts := make(map[parvis.ID]parvis.ID)
	err := n.raw(query, args...).each(ctx, func() {
		one := c
		all, ids, posts = append(all, &one), append(ids, c.ID), append(posts, last, c.SubjectID)
		lasts[c.ID] = last
	}, (*int64)(&c.ID), (*int64)(&c.SubjectID), (*int64)(&c.Latest), (*int64)(&c.Seen), &c.Muted, (*int64)(&last))
	if err != nil || len(all) == 0 {
		return nil, translate(err)
	}
	people, err := n.participants(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID, err := n.PostsByID(ctx, unique(posts))
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		c.People, c.Last, c.Subject = people[c.ID], byID[lasts[c.ID]], byID[c.SubjectID]
	}
	return all, nil
}

// participants returns who takes part in conversations.
func (n *Node) participants(ctx context.Context, conversations []parvis.ID) (map[parvis.ID][]*parvis.Account, error) {
	var pairs [][2]parvis.ID
	var accounts []parvis.ID
	var pair [2]parvis.ID
	err := n.raw("SELECT conversation_id, account_id FROM participants WHERE conversation_id IN (?) ORDER BY conversation_id, account_id", listOf(conversations)).
		each(ctx, func() { pairs, accounts = append(pairs, pair), append(accounts, pair[1]) }, (*int64)(&pair[0]), (*int64)(&pair[1]))
	if err != nil {
		return nil, translate(err)
	}
	byID, err := n.Accounts(ctx, unique(accounts))
	if err != nil {
		return nil, err
	}
	people := make(map[parvis.ID][]*parvis.Account, len(conversations))
	for _, pair := range pairs {
		if acc := byID[pair[1]]; acc != nil {
			people[pair[0]] = append(people[pair[0]], acc)
		}
	}
	return people, nil
}

// Messages lists what was written in a conversation, the latest first. Pages are
// counted in places.
func (n *Node) Messages(ctx context.Context, conversation parvis.ID, page parvis.Page) ([]parvis.Message, error) {
	var q selection
	q.add("SELECT m.place, m.strangers, "+postRefs+` FROM messages m JOIN posts p ON p.id = m.post_id JOIN accounts a ON a.id = p.author_id
		WHERE m.conversation_id = ? AND +p.node_id = ?`, conversation, n.node)
	q.page("m.place", page)
	var list []parvis.Message
	var refs []postRef
	var m parvis.Message
	var r postRef
	err := n.raw(q.text.String(), q.args...).each(ctx, func() { list, refs = append(list, m), append(refs, r) },
		append([]any{(*int64)(&m.Place), &m.Strangers}, r.scan()...)...)
	if err != nil {
		return nil, translate(err)
	}
	posts, err := n.postsAt(ctx, refs)
	if err != nil {
		return nil, err
	}
	byID := make(map[parvis.ID]*parvis.Post, len(posts))
	for _, p := range posts {
		byID[p.ID] = p
	}
	whole := list[:0]
	for i, r := range refs {
		if list[i].Post = byID[r.post.ID]; list[i].Post != nil {
			whole = append(whole, list[i])
		}
	}
	return inOrder(whole, page), nil
}

// CountUnread counts the conversations in which an account has something to read,
// up to 100; muted ones do not count.
func (n *Node) CountUnread(ctx context.Context, account parvis.ID) (int, error) {
	var count int
	err := n.raw("SELECT COUNT(*) FROM (SELECT 1 FROM participants WHERE account_id = ? AND listed AND NOT muted AND latest > seen LIMIT ?) AS unseen",
		account, unseenLimit).Scan(ctx, &count)
	return count, translate(err)
}

// Mutes reports whether an account muted the conversation of a message.
func (n *Node) Mutes(ctx context.Context, account, post parvis.ID) (bool, error) {
	var yes bool
	err := n.raw(`SELECT EXISTS (SELECT 1 FROM messages m JOIN participants t ON t.conversation_id = m.conversation_id
		WHERE m.post_id = ? AND t.account_id = ? AND t.muted)`, post, account).Scan(ctx, &yes)
	return yes, translate(err)
}

// ReadConversation notes that an account has read a conversation up to a place.
func (n *Tx) ReadConversation(ctx context.Context, account, id, upTo parvis.ID) error {
	// In this order, as a message is deleted: else the two would wait for each other.
	_, err := n.exec(ctx, `UPDATE notifications SET seen = TRUE WHERE account_id = ? AND NOT seen AND post_id IN
		(SELECT post_id FROM messages WHERE conversation_id = ? AND place <= ?)`, account, id, upTo)
	if err != nil {
		return err
	}
	_, err = n.exec(ctx, "UPDATE participants SET seen = ?2 WHERE account_id = ?0 AND conversation_id = ?1 AND seen < ?2", account, id, upTo)
	return err
}

// MuteConversation notes whether an account wants to be told of what is written
// in a conversation. One that is not muted any more is in their list.
func (n *Tx) MuteConversation(ctx context.Context, account, id parvis.ID, muted bool) error {
	return n.changeParticipant(ctx, "muted = ?0, listed = listed OR NOT ?0", muted, account, id)
}

// ListConversation notes whether an account keeps a conversation in its list. One
// that is not there comes back with the next message, unless it is muted.
func (n *Tx) ListConversation(ctx context.Context, account, id parvis.ID, listed bool) error {
	return n.changeParticipant(ctx, "listed = ?0", listed, account, id)
}

func (n *Tx) changeParticipant(ctx context.Context, change string, to bool, account, id parvis.ID) error {
	changed, err := n.exec(ctx, "UPDATE participants SET "+change+" WHERE account_id = ?1 AND conversation_id = ?2", to, account, id)
	if err == nil && changed == 0 {
		return parvis.ErrNotFound
	}
	return err
}

// fileOld puts the posts for named people into conversations that were written
// before there were any, as read at their time by those they were for.
func (t *DBTx) fileOld(ctx context.Context) error {
	var posts []struct{ ID, NodeID parvis.ID }
	err := t.statement("SELECT id, node_id FROM posts WHERE audience = 'named' AND deleted_at = 0 ORDER BY id").Scan(ctx, &posts)
	if err != nil {
		return translate(err)
	}
	for _, r := range posts {
		n := t.Node(r.NodeID)
		p, err := n.Post(ctx, r.ID)
		if err != nil {
			return err
		}
		p.StoredAt = p.ID.Time() // when it came is not known any more
		if err := n.file(ctx, p); err != nil {
			return err
		}
	}
	if _, err = t.exec(ctx, "UPDATE participants SET seen = latest"); err != nil {
		return err
	}
	_, err = t.exec(ctx, "DELETE FROM home WHERE post_id IN (SELECT post_id FROM messages)")
	return err
}
