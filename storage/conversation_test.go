package storage_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// letter makes a message; the first of a thread if it answers nothing.
func (w *town) letter(minute int, answers *parvis.Post, from *parvis.Account, to ...*parvis.Account) *parvis.Post {
	p := parvistest.Drill(w.node, from, after(minute))
	p.Detail, p.Title, p.Audience = &parvis.Note{}, "", parvis.Named
	if !from.Local() {
		p.StoredAt = after(minute)
	}
	if answers != nil {
		p.ReplyTo, p.ReplyToURI, p.Thread = answers.ID, answers.URI, cmp.Or(answers.Thread, answers.ID)
	}
	for _, acc := range to {
		p.Mentions = append(p.Mentions, parvis.Mention{AccountID: acc.ID, Acct: acc.Acct(), URI: acc.URI})
	}
	return p
}

// talks says what an account's conversations are: people, subject, last message, and
// whether there is something to read.
func (w *town) talks(who *parvis.Account) string {
	w.Helper()
	var lines []string
	for _, c := range must[[]*parvis.Conversation](w)(w.n.Conversations(w.ctx, who.ID, parvis.Page{})) {
		lines = append(lines, said(c))
	}
	return strings.Join(lines, "; ")
}

// talkOf returns the conversation of a message.
func (w *town) talkOf(message *parvis.Post) parvis.ID {
	w.Helper()
	id, _, err := w.n.ConversationOf(w.ctx, message.ID)
	if err != nil {
		w.Fatal(err)
	}
	return id
}

func said(c *parvis.Conversation) string {
	var names []string
	for _, acc := range c.People {
		names = append(names, acc.Username)
	}
	slices.Sort(names)
	line := strings.Join(names, "+")
	if c.Subject != nil {
		line += " about " + c.Subject.Title
	}
	if c.Last != nil {
		line += " at " + c.Last.PublishedAt.Format("15:04")
	}
	if c.Unread() {
		line += " unread"
	}
	return line
}

// The same people about the same post are one conversation; others are others.
func TestMessagesAreFiled(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		drill := w.drills(w.jeanne, 1)[0]
		public := w.letter(1, drill, w.odile)
		public.Audience = parvis.Everyone
		asks := w.letter(2, drill, w.karim, w.jeanne)
		w.add(public, asks,
			w.letter(3, public, w.odile, w.jeanne),       // about the drill too, but not for Karim
			w.letter(4, asks, w.jeanne, w.karim),         // goes on
			w.letter(5, nil, w.luis, w.jeanne),           // about nothing
			w.letter(6, nil, w.luis, w.karim, w.jeanne),  // likewise, for one more
			w.letter(7, nil, w.luis, w.jeanne, w.jeanne)) // goes on, in another thread
		want := "jeanne+luis at 12:07 unread; jeanne+karim+luis at 12:06 unread; jeanne+karim about " + drill.Title + " at 12:04; jeanne+odile about " + drill.Title + " at 12:03 unread"
		if got := w.talks(w.jeanne); got != want {
			t.Errorf("jeanne has %s\nwant %s", got, want)
		}
		if got := w.talks(w.odile); got != "jeanne+odile about "+drill.Title+" at 12:03" {
			t.Errorf("odile, who wrote, has %s", got)
		}
		if got := w.talks(w.luis); got != "" {
			t.Errorf("luis, who reads elsewhere, has %s", got)
		}
		if got := must[int](t)(w.n.CountUnread(w.ctx, w.jeanne.ID)); got != 3 {
			t.Errorf("jeanne has %d to read, want 3", got)
		}
		about := must[[]*parvis.Conversation](t)(w.n.ConversationsAbout(w.ctx, w.jeanne.ID, drill.ID, 20))
		if len(about) != 2 || about[0].ID != w.talkOf(asks) {
			t.Errorf("about the drill jeanne has %d conversations, want hers with karim and odile", len(about))
		}
		page := must[[]*parvis.Conversation](t)(w.n.Conversations(w.ctx, w.jeanne.ID, parvis.Page{Limit: 2}))
		rest := must[[]*parvis.Conversation](t)(w.n.Conversations(w.ctx, w.jeanne.ID, parvis.Page{Before: page[1].Latest, Limit: 2}))
		if len(rest) != 2 || rest[0].ID != about[0].ID {
			t.Errorf("the second page has %d, want the two about the drill", len(rest))
		}
	})
}

// What came late stands last and is unread, whenever it was written.
func TestMessagesStandAsTheyCame(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		first := w.letter(5, nil, w.karim, w.jeanne)
		w.add(first)
		id := w.talkOf(first)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.ReadConversation(ctx, w.jeanne.ID, id, first.ID)
		})
		late := w.letter(1, first, w.karim, w.jeanne)
		late.StoredAt = after(9)
		w.add(late)
		list := must[[]parvis.Message](t)(w.n.Messages(w.ctx, id, parvis.Page{}))
		if len(list) != 2 || list[0].Post.ID != late.ID {
			t.Fatalf("the late message is not the last of %d", len(list))
		}
		c := must[*parvis.Conversation](t)(w.n.Conversation(w.ctx, w.jeanne.ID, id))
		if !c.Unread() || c.Last.ID != late.ID {
			t.Errorf("unread: %v, last: %s; want the late message, unread", c.Unread(), c.Last.PublishedAt)
		}
		older := must[[]parvis.Message](t)(w.n.Messages(w.ctx, id, parvis.Page{Before: list[0].Place}))
		if len(older) != 1 || older[0].Post.ID != first.ID {
			t.Errorf("before it stand %d messages, want the first", len(older))
		}
	})
}

// Reading, muting and putting away are each account's own.
func TestParticipantsKeepTheirOwnState(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		first := w.letter(1, nil, w.karim, w.jeanne, w.odile)
		w.add(first)
		id := w.talkOf(first)
		unread := func(who *parvis.Account) int { return must[int](t)(w.n.CountUnread(w.ctx, who.ID)) }
		if unread(w.jeanne) != 1 || unread(w.odile) != 1 || unread(w.karim) != 0 {
			t.Fatal("not unread for the two who did not write")
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			w.tell(tx, parvis.Notification{AccountID: w.jeanne.ID, FromID: w.karim.ID, Type: parvis.NotifyMention, PostID: first.ID, CreatedAt: after(1)})
			return errors.Join(tx.ReadConversation(ctx, w.jeanne.ID, id, first.ID),
				tx.MuteConversation(ctx, w.odile.ID, id, true), tx.ListConversation(ctx, w.odile.ID, id, false))
		})
		if unread(w.jeanne) != 0 || must[int](t)(w.n.Unseen(w.ctx, w.jeanne.ID)) != 0 {
			t.Error("jeanne has read it, and is still told of it")
		}
		w.add(w.letter(2, first, w.karim, w.jeanne, w.odile))
		if unread(w.jeanne) != 1 || w.talks(w.jeanne) == "" {
			t.Error("the next message is not unread")
		}
		if unread(w.odile) != 0 || w.talks(w.odile) != "" || !must[bool](t)(w.n.Mutes(w.ctx, w.odile.ID, first.ID)) {
			t.Error("what odile muted and put away came back")
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.MuteConversation(ctx, w.odile.ID, id, false)
		})
		w.add(w.letter(3, first, w.jeanne, w.karim, w.odile))
		if got := w.talks(w.odile); got != "jeanne+karim+odile at 12:03 unread" {
			t.Errorf("not muted any more, odile has %q", got)
		}
		for name, err := range map[string]error{
			"mute": w.try(func(ctx context.Context, tx *storage.Tx) error {
				return tx.MuteConversation(ctx, w.luis.ID, id+1, true)
			}),
			"list": w.try(func(ctx context.Context, tx *storage.Tx) error {
				return tx.ListConversation(ctx, w.jeanne.ID, id+1, true)
			}),
		} {
			if !errors.Is(err, parvis.ErrNotFound) {
				t.Errorf("%s of what is not theirs: %v", name, err)
			}
		}
		if _, err := w.n.Conversation(w.ctx, w.luis.ID, id); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("luis, who takes no part: %v", err)
		}
	})
}

// A block between two ends their conversation for both; a group goes on, and tells
// neither of the other's messages.
func TestBlocksSilenceConversations(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		alone, group := w.letter(1, nil, w.karim, w.jeanne), w.letter(2, nil, w.odile, w.jeanne, w.karim)
		w.add(alone, group)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.AddBlock(ctx, w.jeanne.ID, w.karim.ID, "", after(3))
		})
		for _, who := range []*parvis.Account{w.jeanne, w.karim} {
			if got := w.talks(who); got != "jeanne+karim+odile at 12:02 unread" {
				t.Errorf("%s has %q, want the group alone", who.Username, got)
			}
		}
		if _, err := w.n.Conversation(w.ctx, w.jeanne.ID, w.talkOf(alone)); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("the conversation of the two: %v", err)
		}
		id := w.talkOf(group)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.ReadConversation(ctx, w.jeanne.ID, id, group.ID)
		})
		w.add(w.letter(4, group, w.karim, w.jeanne, w.odile))
		if got := w.talks(w.jeanne); got != "jeanne+karim+odile at 12:02" {
			t.Errorf("jeanne, who blocked karim, has %q", got)
		}
		if got := w.talks(w.odile); got != "jeanne+karim+odile at 12:04 unread" {
			t.Errorf("odile has %q", got)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.ReadConversation(ctx, w.karim.ID, id, group.ID)
		})
		for _, who := range []*parvis.Account{w.jeanne, w.karim} {
			if got := must[int](t)(w.n.CountUnread(w.ctx, who.ID)); got != 0 {
				t.Errorf("%s has %d to read that nobody shows", who.Username, got)
			}
		}
	})
}

// A deleted message leaves its conversation, and the last one takes it along.
func TestDeletedMessagesLeave(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		first := w.letter(1, nil, w.karim, w.jeanne)
		second := w.letter(2, first, w.karim, w.jeanne)
		w.add(first, second)
		id := w.talkOf(first)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return errors.Join(tx.ReadConversation(ctx, w.jeanne.ID, id, first.ID), tx.DeletePost(ctx, second, after(3)))
		})
		if got := w.talks(w.jeanne); got != "jeanne+karim at 12:01" {
			t.Errorf("without the second: %q", got)
		}
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.DeletePost(ctx, first, after(4)) })
		for _, table := range []string{"conversations", "participants", "messages"} {
			if left := must[[]string](t)(w.db.Strings(w.ctx, "SELECT 'one' FROM "+table)); len(left) > 0 {
				t.Errorf("%d of %s are left", len(left), table)
			}
		}
		w.add(w.letter(5, nil, w.karim, w.jeanne))
		if got := w.talks(w.jeanne); got != "jeanne+karim at 12:05 unread" {
			t.Errorf("begun again: %q", got)
		}
	})
}

// Many who write to each other at once make one conversation, and lose nothing.
func TestConversationsBeginOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		people := []*parvis.Account{w.jeanne, w.karim, w.odile}
		var all sync.WaitGroup
		errs := make([]error, 24)
		for i := range errs {
			from := people[i%3]
			p := w.letter(i, nil, from, people[(i+1)%3], people[(i+2)%3])
			all.Go(func() {
				errs[i] = w.try(func(ctx context.Context, tx *storage.Tx) error { return tx.AddPost(ctx, p, nil) })
			})
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		c := must[[]*parvis.Conversation](t)(w.n.Conversations(w.ctx, w.jeanne.ID, parvis.Page{}))
		if len(c) != 1 {
			t.Fatalf("%d conversations, want 1", len(c))
		}
		if got := must[[]parvis.Message](t)(w.n.Messages(w.ctx, c[0].ID, parvis.Page{Limit: 40})); len(got) != len(errs) {
			t.Errorf("%d messages, want %d", len(got), len(errs))
		}
	})
}

// Posts for named people that were here before there were conversations get theirs.
func TestOldMessagesAreFiled(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		first := w.letter(1, nil, w.karim, w.jeanne)
		w.add(first, w.letter(2, first, w.jeanne, w.karim), w.letter(3, nil, w.odile, w.jeanne))
		for _, table := range []string{"messages", "participants", "conversations"} {
			w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.Exec(ctx, "DELETE FROM "+table) })
		}
		if err := w.db.FileOld(w.ctx); err != nil {
			t.Fatal(err)
		}
		if got := w.talks(w.jeanne); got != "jeanne+odile at 12:03; jeanne+karim at 12:02" {
			t.Errorf("jeanne has %q", got)
		}
	})
}

// A letter came before the post that it answers was known: it belongs to the
// conversation about that, read or not, with those that were there.
func TestLettersFollowTheirThread(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		first := w.letter(1, nil, w.luis, w.jeanne)
		first.ReplyToURI = "https://masto.example/notes/1"
		second := w.letter(2, first, w.jeanne, w.luis)
		other := w.letter(3, nil, w.luis, w.jeanne) // about nothing, in the same conversation
		w.add(first, second, other)
		note := w.note(w.luis, 0)
		note.URI = first.ReplyToURI
		w.add(note)
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.Adopt(ctx, note) })
		third := w.letter(4, second, w.jeanne, w.luis)
		third.Thread = note.ID
		w.add(third)
		if got, want := w.talks(w.jeanne), "jeanne+luis about "+note.Title+" at 12:04; jeanne+luis at 12:03 unread"; got != want {
			t.Errorf("jeanne has %q, want %q", got, want)
		}
		if got := must[[]parvis.Message](t)(w.n.Messages(w.ctx, w.talkOf(first), parvis.Page{})); len(got) != 3 {
			t.Errorf("%d messages about it, want 3", len(got))
		}
		late := w.letter(5, nil, w.luis, w.karim) // alone in its conversation, and read
		late.ReplyToURI = "https://masto.example/notes/2"
		w.add(late)
		w.do(func(ctx context.Context, tx *storage.Tx) error {
			return tx.ReadConversation(ctx, w.karim.ID, w.talkOf(late), late.ID+1<<20)
		})
		second2 := w.note(w.luis, 0)
		second2.URI = late.ReplyToURI
		w.add(second2)
		w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.Adopt(ctx, second2) })
		if got, want := w.talks(w.karim), "karim+luis about "+second2.Title+" at 12:05"; got != want {
			t.Errorf("karim has %q, want %q", got, want)
		}
	})
}

// Answering, reading and deleting at once: on PostgreSQL nobody waits in a ring.
func TestConversationsDoNotDeadlock(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		root := w.letter(0, nil, w.karim, w.jeanne)
		w.add(root)
		id := w.talkOf(root)
		var all sync.WaitGroup
		errs := make([]error, 90)
		for i := 0; i < len(errs); i += 3 {
			gone, fresh := w.letter(i, root, w.karim, w.jeanne), w.letter(i+1, root, w.jeanne, w.karim)
			w.add(gone)
			w.do(func(_ context.Context, tx *storage.Tx) error {
				w.tell(tx, parvis.Notification{AccountID: w.jeanne.ID, FromID: w.karim.ID, Type: parvis.NotifyMention, PostID: gone.ID, CreatedAt: after(i)})
				return nil
			})
			for j, act := range []func(context.Context, *storage.Tx) error{
				func(ctx context.Context, tx *storage.Tx) error { return tx.DeletePost(ctx, gone, after(i)) },
				func(ctx context.Context, tx *storage.Tx) error { return tx.AddPost(ctx, fresh, nil) },
				func(ctx context.Context, tx *storage.Tx) error {
					return tx.ReadConversation(ctx, w.jeanne.ID, id, parvis.FirstID(after(9999)))
				},
			} {
				all.Go(func() { errs[i+j] = w.try(act) })
			}
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
	})
}
