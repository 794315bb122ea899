package storage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// answers stores answers to a post, one for each audience.
func (w *town) answers(to *parvis.Post, author *parvis.Account, audiences ...parvis.Audience) []*parvis.Post {
	w.Helper()
	list := make([]*parvis.Post, len(audiences))
	for i, audience := range audiences {
		p := parvistest.Drill(w.node, author, after(10+i))
		p.ReplyTo, p.ReplyToURI, p.Thread, p.Audience = to.ID, to.URI, to.Thread, audience
		list[i] = p
	}
	w.add(list...)
	return list
}

func addresses(posts ...*parvis.Post) []storage.Address {
	list := make([]storage.Address, len(posts))
	for i, p := range posts {
		list[i] = storage.Address{ID: p.ID, URI: p.URI}
	}
	return list
}

// TestPublicConversation: whoever asks for a conversation gets what anyone may see,
// in pages without gaps.
func TestPublicConversation(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		root := w.drills(w.jeanne, 1)[0]
		all := w.answers(root, w.karim, parvis.Everyone, parvis.Followers, parvis.Unlisted, parvis.Named, parvis.OnNode, parvis.Partners, parvis.Everyone)
		w.do(func(ctx context.Context, t *storage.Tx) error { return t.DeletePost(ctx, all[6], after(30)) })
		below := w.answers(all[0], w.odile, parvis.Everyone)[0]
		hidden := w.answers(root, w.luis, parvis.Everyone)
		w.do(func(ctx context.Context, t *storage.Tx) error { return t.SetSuspended(ctx, w.luis.ID, after(30)) })

		got := must[[]storage.Address](t)(w.n.PublicAnswers(w.ctx, root.ID, 0, 10))
		if diff := cmp.Diff(addresses(all[0], all[2]), got); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
		var paged []storage.Address
		for last := parvis.ID(0); ; last = paged[len(paged)-1].ID {
			page := must[[]storage.Address](t)(w.n.PublicThread(w.ctx, root.Thread, last, 2))
			paged = append(paged, page...)
			if len(page) < 2 {
				break
			}
		}
		want := []*parvis.Post{root, all[0], all[2], below}
		slices.SortFunc(want, func(a, b *parvis.Post) int { return int(a.ID - b.ID) })
		if diff := cmp.Diff(addresses(want...), paged); diff != "" {
			t.Errorf("conversation (-want +got):\n%s", diff)
		}
		known := must[map[string]bool](t)(w.n.KnownURIs(w.ctx, []string{root.URI, all[6].URI, hidden[0].URI, "https://masto.example/1"}))
		if !known[root.URI] || !known[all[6].URI] || !known[hidden[0].URI] || len(known) != 3 {
			t.Errorf("known: %v", known)
		}
	})
}

func TestPins(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		drills := w.drills(w.jeanne, 3)
		for i, p := range drills {
			w.do(func(ctx context.Context, t *storage.Tx) error { return t.AddPin(ctx, w.jeanne.ID, p.ID, after(i)) })
		}
		if err := w.try(func(ctx context.Context, t *storage.Tx) error {
			return t.AddPin(ctx, w.jeanne.ID, drills[0].ID, after(9))
		}); !errors.Is(err, parvis.ErrConflict) {
			t.Errorf("pinned twice: %v", err)
		}
		w.do(func(ctx context.Context, t *storage.Tx) error { return t.DeletePost(ctx, drills[1], after(9)) })
		pinned := must[[]*parvis.Post](t)(w.n.Pinned(w.ctx, w.jeanne.ID))
		if len(pinned) != 2 || pinned[0].ID != drills[2].ID || pinned[1].ID != drills[0].ID {
			t.Errorf("pinned: %d posts, want the third and the first", len(pinned))
		}
		if count := must[int](t)(w.n.CountPins(w.ctx, w.jeanne.ID)); count != 2 {
			t.Errorf("%d pins, want 2", count)
		}
		own := must[*parvis.Post](t)(w.n.Post(w.ctx, drills[0].ID))
		if err := w.n.MarkPinned(w.ctx, w.jeanne.ID, []*parvis.Post{own}); err != nil || !own.Pinned {
			t.Errorf("its author sees it pinned: %t, %v", own.Pinned, err)
		}
		w.do(func(ctx context.Context, t *storage.Tx) error { return t.RemovePin(ctx, w.jeanne.ID, drills[0].ID) })
		if err := w.try(func(ctx context.Context, t *storage.Tx) error {
			return t.RemovePin(ctx, w.karim.ID, drills[2].ID)
		}); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("unpinned by another: %v", err)
		}
		more := w.drills(w.jeanne, parvis.MaxPins)
		for i, p := range more {
			w.do(func(ctx context.Context, t *storage.Tx) error {
				if err := t.AddPin(ctx, w.jeanne.ID, p.ID, after(20+i)); err != nil {
					return err
				}
				return t.TrimPins(ctx, w.jeanne.ID)
			})
		}
		if pinned = must[[]*parvis.Post](t)(w.n.Pinned(w.ctx, w.jeanne.ID)); len(pinned) != parvis.MaxPins || pinned[4].ID != more[0].ID {
			t.Errorf("after five more: %d pins, want those", len(pinned))
		}
		if count := must[int](t)(w.n.CountPins(w.ctx, w.jeanne.ID)); count != parvis.MaxPins {
			t.Errorf("after five more: %d pins are kept", count)
		}
	})
}

// TestEmojisComeWithTheirTexts: a post and its author bring their emojis along,
// each of its own server.
func TestEmojisComeWithTheirTexts(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		picture := func(key string) *parvis.Media {
			m := &parvis.Media{ID: parvis.NewID(after(0)), AccountID: w.luis.ID, RemoteURL: "https://masto.example/" + key,
				Renditions: []parvis.Rendition{{Key: key, Type: "image/png", Width: 32, Height: 32}}}
			w.do(func(ctx context.Context, t *storage.Tx) error { return t.AddMedia(ctx, m) })
			return m
		}
		set := func(host, name, key string) {
			e := parvis.Emoji{Host: host, Name: name, Media: picture(key), UpdatedAt: after(1)}
			w.do(func(ctx context.Context, t *storage.Tx) error { return t.SetEmoji(ctx, e, after(1)) })
		}
		set("masto.example", "chat", "old")
		set("masto.example", "chat", "new")
		set("autre.example", "chat", "other")
		p := parvistest.Drill(w.node, w.luis, after(2))
		p.URI, p.Emojis = "https://masto.example/1", []parvis.Emoji{{Name: "chat"}, {Name: "none"}, {Name: "chat"}}
		w.add(p)
		w.luis.Emojis = []parvis.Emoji{{Name: "chat"}}
		w.do(func(ctx context.Context, t *storage.Tx) error { return t.UpdateAccount(ctx, w.luis) })

		got := must[*parvis.Post](t)(w.n.Post(w.ctx, p.ID))
		if len(got.Emojis) != 2 || !got.Emojis[0].Ready() || got.Emojis[0].Media.Largest().Key != "new" || got.Emojis[1].Ready() || got.Emojis[1].Name != "none" {
			t.Errorf("emojis of the post: %+v", got.Emojis)
		}
		if all := got.Author.Emojis; len(all) != 1 || !all[0].Ready() {
			t.Errorf("emojis of its author: %+v", all)
		}
		all, fresh, err := w.n.CountEmojis(w.ctx, "masto.example", after(2))
		if err != nil || all != 1 || fresh != 0 {
			t.Errorf("%d emojis, %d of them new, %v; want 1 and none", all, fresh, err)
		}
		// Their pictures are in use; those that they had before are not.
		var dropped storage.Forgotten
		w.do(func(ctx context.Context, t *storage.Tx) (err error) {
			dropped, err = t.ForgetPictures(ctx, after(60), after(60), 10)
			return err
		})
		if len(dropped.Files) != 1 || dropped.Files[0].Largest().Key != "old" {
			t.Errorf("dropped: %+v, want the old one", dropped)
		}
	})
}

func TestStamps(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		drill := w.drills(w.jeanne, 1)[0]
		stamps := make([]parvis.Stamp, 3)
		for i := range stamps {
			s := &stamps[i]
			// All in one millisecond, under one id: it may be taken by chance.
			*s = parvis.Stamp{ID: 77, PostID: drill.ID, QuoterID: w.luis.ID, QuoteURI: fmt.Sprintf("https://masto.example/%d", min(i, 1))}
			w.do(func(ctx context.Context, t *storage.Tx) error { return t.AddStamp(ctx, s) })
		}
		if stamps[0].ID == stamps[1].ID || stamps[1].ID != stamps[2].ID {
			t.Errorf("stamps %d, %d, %d; want two, the last one twice", stamps[0].ID, stamps[1].ID, stamps[2].ID)
		}
		if got := must[*parvis.Stamp](t)(w.n.Stamp(w.ctx, stamps[1].ID)); *got != stamps[1] {
			t.Errorf("stamp: %+v, want %+v", got, stamps[1])
		}
		list := must[[]parvis.Stamp](t)(w.n.Stamps(w.ctx, drill.ID, parvis.Page{Limit: 1}))
		next := must[[]parvis.Stamp](t)(w.n.Stamps(w.ctx, drill.ID, parvis.Page{Limit: 1, Before: list[0].ID}))
		if list[0] != stamps[1] || len(next) != 1 || next[0] != stamps[0] {
			t.Errorf("stamps of the post: %+v, then %+v", list, next)
		}
		remove := func(ctx context.Context, t *storage.Tx) error { return t.RemoveStamp(ctx, stamps[1].ID) }
		w.do(remove)
		if err := w.try(remove); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("removed twice: %v", err)
		}

		quote := parvistest.Drill(w.node, w.luis, after(2))
		quote.URI, quote.QuoteURI = "https://masto.example/0", drill.URI
		w.add(quote)
		agree := func(quoted string) {
			w.do(func(ctx context.Context, t *storage.Tx) error {
				return t.SetQuoteStamp(ctx, quote.ID, quoted, "https://m.example/stamps/1")
			})
		}
		agree("https://masto.example/another")
		if got := must[*parvis.Post](t)(w.n.Post(w.ctx, quote.ID)); got.QuoteStamp != "" || got.QuoteURI != drill.URI {
			t.Errorf("quote: %q by %q", got.QuoteURI, got.QuoteStamp)
		}
		agree(drill.URI)
		if got := must[*parvis.Post](t)(w.n.Post(w.ctx, quote.ID)); got.QuoteStamp == "" {
			t.Error("the stamp was not kept")
		}
		w.do(func(ctx context.Context, t *storage.Tx) error {
			found, err := t.DropQuoteStamp(ctx, "https://m.example/stamps/1")
			if again, _ := t.DropQuoteStamp(ctx, "https://m.example/stamps/1"); !found || again {
				return fmt.Errorf("dropped: %t, then %t", found, again)
			}
			return err
		})
	})
}
