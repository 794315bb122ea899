package app

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// An archive is one being written, a file after the other: of what is long there is never
// more in memory than a page.
type archive struct {
	*App
	node     *parvis.Node
	v        parvis.Viewer
	login    *parvis.Login
	language string
	zip      *zip.Writer
	pictures map[string]bool // keys of those that are in
}

// allAudiences are those of everything that somebody may have written.
var allAudiences = []parvis.Audience{parvis.Everyone, parvis.Unlisted, parvis.Followers, parvis.Partners, parvis.OnNode, parvis.Named}

// writeArchive writes everything of a resident's as Mastodon names the files, and what it
// has no file for in data.json and conversations.json.
func (a *App) writeArchive(ctx context.Context, n *parvis.Node, v parvis.Viewer, login *parvis.Login, out io.Writer) error {
	w := &archive{App: a, node: n, v: v, login: login, language: login.Language, zip: zip.NewWriter(out), pictures: make(map[string]bool)}
	if w.language == "" {
		w.language = n.Language
	}
	for _, f := range []struct {
		name  string
		write func(context.Context, io.Writer) error
	}{
		{"actor.json", w.actor},
		{"outbox.json", w.outbox},
		{"likes.json", w.reactions("likes.json", a.DB.Node(n.ID).LikedBy)},
		{"bookmarks.json", w.reactions("bookmarks.json", a.DB.Node(n.ID).Bookmarks)},
		{"conversations.json", w.conversations},
		{"data.json", w.data},
		{"following_accounts.csv", func(ctx context.Context, out io.Writer) error { return a.ExportFollows(ctx, n, v, out) }},
		{"followers.csv", w.followers},
		{"blocked_accounts.csv", func(ctx context.Context, out io.Writer) error { return a.ExportBlocks(ctx, n, v, out) }},
		{"muted_accounts.csv", w.mutes},
		{"bookmarks.csv", w.bookmarks},
		{"lists.csv", w.lists},
		{"index.html", w.index},
	} {
		file, err := w.zip.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: a.Now()})
		if err != nil {
			return err
		}
		buffered := bufio.NewWriter(file)
		if err := f.write(ctx, buffered); err != nil {
			return err
		}
		if err := buffered.Flush(); err != nil {
			return err
		}
	}
	return errors.Join(w.photos(ctx), w.zip.Close())
}

// pages reads a list page by page, the latest first.
func pages[T any](read func(parvis.Page) ([]T, error), id func(T) parvis.ID) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page := (parvis.Page{Limit: parvis.MaxPage}); ; {
			list, err := read(page)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range list {
				page.Before = id(item)
				if !yield(item, nil) {
					return
				}
			}
			if len(list) == 0 {
				return
			}
		}
	}
}

func (w *archive) rows() *storage.Node { return w.DB.Node(w.node.ID) }

// posts are all that the resident wrote.
func (w *archive) posts(ctx context.Context) iter.Seq2[*parvis.Post, error] {
	return pages(func(p parvis.Page) ([]*parvis.Post, error) {
		return w.rows().PostsBy(ctx, w.v.ID(), allAudiences, true, p)
	},
		func(p *parvis.Post) parvis.ID { return p.ID })
}

func (w *archive) actor(_ context.Context, out io.Writer) error {
	raw, err := w.Voice.ActorDocument(w.node, w.v.Account)
	if err == nil {
		_, err = out.Write(raw)
	}
	return err
}

// collection writes an OrderedCollection (ActivityStreams 2.0) whose items come one by one.
func collection(out io.Writer, name string, items iter.Seq2[json.RawMessage, error]) error {
	if _, err := io.WriteString(out, `{"@context":"https://www.w3.org/ns/activitystreams","id":"`+name+`","type":"OrderedCollection","orderedItems":[`); err != nil {
		return err
	}
	total := 0
	for item, err := range items {
		if err != nil {
			return err
		}
		separator := ",\n"
		if total == 0 {
			separator = "\n"
		}
		if _, err := io.WriteString(out, separator+string(item)); err != nil {
			return err
		}
		total++
	}
	_, err := io.WriteString(out, "\n],\"totalItems\":"+strconv.Itoa(total)+"}\n")
	return err
}

// entries are what the resident wrote and then what they shared, as activities.
func (w *archive) entries(ctx context.Context) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for p, err := range w.posts(ctx) {
			var raw []byte
			if err == nil {
				raw, err = w.Voice.EntryDocument(ctx, w.node, storage.HomeEntry{ID: p.ID, Post: p})
			}
			if !yield(raw, err) {
				return
			}
		}
		shares := pages(func(p parvis.Page) ([]storage.Reaction, error) { return w.rows().SharesBy(ctx, w.v.ID(), p) },
			func(r storage.Reaction) parvis.ID { return r.ID })
		for share, err := range shares {
			var raw []byte
			var p *parvis.Post
			if err == nil {
				p, err = w.rows().Post(ctx, share.PostID)
			}
			if err == nil {
				raw, err = w.Voice.EntryDocument(ctx, w.node, storage.HomeEntry{ID: share.ID, Post: p, Sharer: w.v.Account, URI: share.URI})
			}
			if !yield(raw, err) {
				return
			}
		}
	}
}

func (w *archive) outbox(ctx context.Context, out io.Writer) error {
	return collection(out, "outbox.json", w.entries(ctx))
}

// kept are the posts that the resident liked, or keeps.
func kept(ctx context.Context, account parvis.ID, read func(context.Context, parvis.ID, parvis.Page) ([]storage.HomeEntry, error)) iter.Seq2[storage.HomeEntry, error] {
	return pages(func(p parvis.Page) ([]storage.HomeEntry, error) { return read(ctx, account, p) }, func(e storage.HomeEntry) parvis.ID { return e.ID })
}

func (w *archive) reactions(name string, read func(context.Context, parvis.ID, parvis.Page) ([]storage.HomeEntry, error)) func(context.Context, io.Writer) error {
	return func(ctx context.Context, out io.Writer) error {
		return collection(out, name, func(yield func(json.RawMessage, error) bool) {
			for e, err := range kept(ctx, w.v.ID(), read) {
				var raw []byte
				if err == nil {
					raw, err = json.Marshal(e.Post.URI)
				}
				if !yield(raw, err) {
					return
				}
			}
		})
	}
}

// A said is a message of a conversation, as its page shows it.
type said struct {
	From string    `json:"from"`
	At   time.Time `json:"published"`
	URI  string    `json:"id"`
	HTML string    `json:"content"`
}

// A talk is a conversation without its messages.
type talk struct {
	ID      parvis.ID `json:"-"`
	With    []string  `json:"with"`
	Subject string    `json:"subject,omitempty"` // the address of what it is about
}

func (w *archive) talks(ctx context.Context) iter.Seq2[talk, error] {
	return func(yield func(talk, error) bool) {
		for c, err := range pages(func(p parvis.Page) ([]*parvis.Conversation, error) {
			return w.rows().AllConversations(ctx, w.v.ID(), p)
		},
			func(c *parvis.Conversation) parvis.ID { return c.Latest }) {
			var t talk
			if err == nil {
				err = w.narrow(ctx, w.node, w.v, c)
			}
			if err == nil {
				t.ID = c.ID
				for _, other := range c.Others(w.v.ID()) {
					t.With = append(t.With, other.Handle(w.node.Host))
				}
				if c.Subject != nil {
					t.Subject = c.Subject.URL
				}
			}
			if !yield(t, err) {
				return
			}
		}
	}
}

// messages are what the resident may read of a conversation, the latest first.
func (w *archive) messages(ctx context.Context, conversation parvis.ID) iter.Seq2[said, error] {
	return func(yield func(said, error) bool) {
		for m, err := range pages(func(p parvis.Page) ([]parvis.Message, error) {
			_, all, err := w.Conversation(ctx, w.node, w.v, conversation, p)
			return all, err
		}, func(m parvis.Message) parvis.ID { return m.Place }) {
			if err == nil && m.Post == nil {
				continue
			}
			var s said
			if err == nil {
				s = said{m.Post.Author.Handle(w.node.Host), m.Post.PublishedAt.UTC(), m.Post.URI, m.Post.HTML}
			}
			if !yield(s, err) {
				return
			}
		}
	}
}

// conversations writes a list of conversations, each with its messages.
func (w *archive) conversations(ctx context.Context, out io.Writer) error {
	say := func(s string, v any) error {
		raw, err := json.Marshal(v)
		if err == nil {
			_, err = io.WriteString(out, s+string(raw))
		}
		return err
	}
	opening := "[\n"
	for t, err := range w.talks(ctx) {
		if err != nil {
			return err
		}
		if err := say(opening+`{"about":`, t); err != nil {
			return err
		}
		opening = "\n]},\n"
		before := `,"messages":[` + "\n"
		for m, err := range w.messages(ctx, t.ID) {
			if err != nil {
				return err
			}
			if err := say(before, m); err != nil {
				return err
			}
			before = ",\n"
		}
		if before != ",\n" { // all that was said is hidden from them
			if _, err := io.WriteString(out, before); err != nil {
				return err
			}
		}
	}
	closing := "\n]}]\n"
	if opening == "[\n" {
		closing = "[]\n"
	}
	_, err := io.WriteString(out, closing)
	return err
}

// table writes a CSV of lines that come one by one.
func table[T any](out io.Writer, header []string, items iter.Seq2[T, error], line func(T) []string) error {
	c := csv.NewWriter(out)
	if header != nil {
		if err := c.Write(header); err != nil {
			return err
		}
	}
	for item, err := range items {
		if err != nil {
			return err
		}
		if err := c.Write(line(item)); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func (w *archive) followers(ctx context.Context, out io.Writer) error {
	return table(out, accountColumns[:1], pages(func(p parvis.Page) ([]storage.FollowedAccount, error) {
		return w.rows().Followers(ctx, w.v.ID(), true, p)
	},
		func(f storage.FollowedAccount) parvis.ID { return f.FollowID }),
		func(f storage.FollowedAccount) []string { return []string{address(w.node, f.Account)} })
}

func (w *archive) mutes(ctx context.Context, out io.Writer) error {
	return table(out, []string{accountColumns[0], "Hide notifications"}, pages(func(p parvis.Page) ([]parvis.Mute, error) { return w.rows().MutedBy(ctx, w.v.ID(), p) },
		func(m parvis.Mute) parvis.ID { return m.ID }),
		func(m parvis.Mute) []string {
			return []string{address(w.node, m.Target), strconv.FormatBool(m.Notifications)}
		})
}

func (w *archive) bookmarks(ctx context.Context, out io.Writer) error {
	return table(out, nil, kept(ctx, w.v.ID(), w.rows().Bookmarks), func(e storage.HomeEntry) []string { return []string{e.Post.URI} })
}

// lists writes a line for each person on each list, as Mastodon does, without a header.
func (w *archive) lists(ctx context.Context, out io.Writer) error {
	all, err := w.rows().PeopleLists(ctx, w.v.ID())
	if err != nil {
		return err
	}
	for _, l := range all {
		err := table(out, nil, pages(func(p parvis.Page) ([]storage.FollowedAccount, error) { return w.rows().Members(ctx, l, p) },
			func(f storage.FollowedAccount) parvis.ID { return f.FollowID }),
			func(f storage.FollowedAccount) []string { return []string{l.Title, address(w.node, f.Account)} })
		if err != nil {
			return err
		}
	}
	return nil
}

// photos puts the portrait and the pictures of the resident's own posts in.
func (w *archive) photos(ctx context.Context) error {
	if m := w.v.Account.Avatar; m.Ready() {
		if err := w.photo(ctx, "avatar.jpg", m.Largest().Key); err != nil {
			return err
		}
	}
	for p, err := range w.posts(ctx) {
		if err != nil {
			return err
		}
		for i := range p.Media {
			m := &p.Media[i]
			if !m.Ready() || w.pictures[m.Largest().Key] {
				continue
			}
			w.pictures[m.Largest().Key] = true
			if err := w.photo(ctx, photoName(m), m.Largest().Key); err != nil {
				return err
			}
		}
	}
	return nil
}

// photoName is where a picture lies in the archive.
func photoName(m *parvis.Media) string {
	return "media_attachments/" + strings.ReplaceAll(m.Largest().Key, "/", "-")
}

func (w *archive) photo(ctx context.Context, name, key string) error {
	file, info, err := w.Media.Open(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // its file is lost; the rest is not to be lost with it
	}
	if err != nil {
		return err
	}
	defer file.Close() // only read
	entry, err := w.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: info.Modified})
	if err == nil {
		_, err = io.Copy(entry, file)
	}
	return err
}
