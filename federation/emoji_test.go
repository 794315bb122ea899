package federation_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// emojiTag is how Mastodon gives a small picture along.
func (s *stranger) emojiTag(name, picture string, updated time.Time) map[string]any {
	return map[string]any{"id": s.base + "/emojis/" + name, "type": "Emoji", "name": ":" + name + ":", "updated": updated,
		"icon": map[string]any{"type": "Image", "mediaType": "image/png", "url": picture}}
}

// TestEmojis: what others put into names and texts as pictures is copied once, again
// when it changed, and only from whose it is.
func TestEmojis(t *testing.T) {
	for _, e := range parvistest.Engines(t) {
		t.Run(e.Name, func(t *testing.T) {
			c := newClock()
			malakoff, mastodon, other := newPeerOn(t, c, "Malakoff", e.URL(t)), newStranger(t, c, "marie"), newStranger(t, c, "ines")
			lea := malakoff.resident("lea")
			var asked atomic.Int32
			files := serve(t, func(_ string, w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.Header().Set("Content-Type", "image/png")
				_, _ = w.Write(drawn())
			})
			for _, s := range []*stranger{mastodon, other} {
				for name := range s.keys {
					person := s.person(name)
					person["name"], person["tag"] = name+" :chat:", []any{s.emojiTag("chat", files.URL+"/chat.png", c.Now())}
					s.serve("/users/"+name, person)
					s.followedBy(malakoff, lea, name)
				}
			}
			say := func(path string, tags ...any) *parvis.Post {
				t.Helper()
				mastodon.say(malakoff, "marie", mastodon.activity("Create", path+"/activity", "marie",
					mastodon.note(path, "marie", "<p>:chat: :chien:</p>", map[string]any{"tag": tags})))
				return malakoff.found(mastodon.base + path)
			}
			foreign := other.emojiTag("chien", files.URL+"/chien.png", c.Now())
			post := say("/notes/1", mastodon.emojiTag("chat", files.URL+"/chat.png", c.Now()), foreign,
				mastodon.emojiTag("a b", files.URL+"/x.png", c.Now()), mastodon.emojiTag("data", "data:image/png;base64,AA", c.Now()))
			if len(post.Emojis) != 1 || post.Emojis[0].Name != "chat" || !post.Emojis[0].Ready() || len(post.Author.Emojis) != 1 || !post.Author.Emojis[0].Ready() {
				t.Fatalf("emojis %+v, of its author %+v", post.Emojis, post.Author.Emojis)
			}
			if r := post.Emojis[0].Media.Largest(); r.Type != "image/png" || r.Height != 48 {
				t.Errorf("the copy is a %s, %d pixels high", r.Type, r.Height)
			}
			if got := asked.Load(); got != 2 {
				t.Errorf("pictures were fetched %d times, want once for each server", got)
			}
			say("/notes/2", mastodon.emojiTag("chat", files.URL+"/chat2.png", c.Now()))
			if got := asked.Load(); got != 2 {
				t.Errorf("it did not change, and was fetched again")
			}
			c.pass(time.Minute)
			say("/notes/3", mastodon.emojiTag("chat", files.URL+"/chat2.png", c.Now()))
			if got := malakoff.found(post.URI).Emojis[0].Media; asked.Load() != 3 || got.RemoteURL != files.URL+"/chat2.png" || !got.Ready() {
				t.Errorf("after its change: %d fetched, %s", asked.Load(), got.RemoteURL)
			}
		})
	}
}

// TestEmojiFlood: a server that invents emojis fills nobody's disk.
func TestEmojiFlood(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie")
	mastodon.followedBy(malakoff, malakoff.resident("lea"), "marie")
	for i := range 10 {
		var tags []any
		for j := range 100 {
			tags = append(tags, mastodon.emojiTag(fmt.Sprintf("e%d_%d", i, j), mastodon.base+"/none.png", c.Now()))
		}
		path := fmt.Sprintf("/notes/%d", i)
		raw, _ := json.Marshal(mastodon.activity("Create", path+"/activity", "marie", mastodon.note(path, "marie", "<p>!</p>", map[string]any{"tag": tags})))
		if got := (delivery{to: malakoff, from: mastodon, signer: "marie", body: string(raw)}).send(t); got != http.StatusAccepted {
			t.Fatalf("status %d", got)
		}
	}
	settle(t, malakoff)
	all, _, err := malakoff.rows().CountEmojis(t.Context(), mastodon.host, c.Now())
	if err != nil || all != 200 {
		t.Errorf("%d of a thousand were kept, %v; want 200", all, err)
	}
	if got := len(malakoff.found(mastodon.base + "/notes/0").Emojis); got != parvis.MaxEmojis {
		t.Errorf("a post has %d, want %d", got, parvis.MaxEmojis)
	}
}
