package federation_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestAttackStorage: attacks 41 to 44, on what is kept and given out. What is shown to
// readers is attacked in internal/server.
func TestAttackStorage(t *testing.T) {
	t.Run("41 JSON-LD", attackContexts)
	t.Run("42 secrets", attackSecrets)
	t.Run("43 pictures", attackPictures)
	t.Run("44 reports without end", attackFlags)
}

// attackContexts: a document says what its plain keys say. Whatever else JSON-LD could
// make of it is not done.
func attackContexts(t *testing.T) {
	s := newScene(t)
	offer := s.offer(t)
	s.evil.followedBy(s.malakoff, s.lea, "mallory")
	like := func(id string) map[string]any { return s.evil.activity("Like", id, "mallory", offer.URI) }
	with := func(doc map[string]any, more map[string]any, less ...string) map[string]any {
		maps.Copy(doc, more)
		for _, key := range less {
			delete(doc, key)
		}
		return doc
	}
	marie, as := s.mastodon.uri("marie"), "https://www.w3.org/ns/activitystreams#"
	for what, body := range map[string]map[string]any{
		"aliased id":    with(like("/l/1"), map[string]any{"@id": s.evil.base + "/l/1"}, "id"),
		"aliased type":  with(like("/l/2"), map[string]any{"@type": "Like"}, "type"),
		"aliased actor": with(like("/l/3"), map[string]any{"as:actor": s.evil.uri("mallory"), as + "actor": s.evil.uri("mallory")}, "actor"),
		"graph":         {"@context": as[:len(as)-1], "@graph": []any{like("/l/4")}},
		"a list":        with(like("/l/5"), map[string]any{"actor": map[string]any{"@list": []any{s.evil.uri("mallory")}}}),
	} {
		if got := (delivery{to: s.malakoff, from: s.evil, signer: "mallory", body: body}).send(t); got != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", what, got)
		}
	}
	// Terms that are given another meaning, nodes on the side, a signature of Marie's.
	note := s.evil.note("/notes/1", "mallory", "<p>Bonjour</p>")
	for i, trick := range []map[string]any{
		{"@context": []any{as[:len(as)-1], map[string]any{"content": "@id", "summary": as + "content", "Note": as + "Delete", "actor": as + "object"}}},
		{"@context": s.evil.base + "/context"},
		{"@included": []any{s.mastodon.activity("Like", "/l/9", "marie", offer.URI)}},
		{"@reverse": map[string]any{"object": s.mastodon.activity("Like", "/l/8", "marie", offer.URI)}},
		{"as:actor": marie, as + "actor": marie, "ACTOR": marie, "actor ": marie},
		{"signature": map[string]any{"type": "RsaSignature2017", "creator": marie + "#main-key", "created": "2026-11-21T00:00:00Z", "signatureValue": "AAAA"}},
	} {
		body := with(like(fmt.Sprintf("/l/2%d", i)), trick)
		if got := (delivery{to: s.malakoff, from: s.evil, signer: "mallory", body: body}).send(t); got != http.StatusAccepted {
			t.Errorf("trick %d: status %d, want 202", i, got)
		}
	}
	replayed := s.mastodon.activity("Create", "/a/1", "marie", s.mastodon.note("/notes/1", "marie", "<p>Faux</p>"), map[string]any{
		"signature": map[string]any{"type": "RsaSignature2017", "creator": marie + "#main-key", "created": "2026-11-21T00:00:00Z", "signatureValue": "AAAA"}})
	if got := (delivery{to: s.malakoff, from: s.evil, signer: "mallory", body: replayed}).send(t); got != http.StatusForbidden {
		t.Errorf("Marie's words with a signature inside, from Mallory: status %d, want 403", got)
	}
	s.evil.say(s.malakoff, "mallory", s.evil.activity("Create", "/a/2", "mallory", with(note, map[string]any{"@graph": []any{}, "as:content": "<p>Faux</p>", "attributedTo": []any{s.evil.uri("mallory"), marie}})))
	settle(t, s.malakoff)
	if got := s.malakoff.found(offer.URI).Likes; got != 1 {
		t.Errorf("%d likes, want Mallory's alone", got)
	}
	if got := s.malakoff.found(s.evil.base + "/notes/1"); got.HTML != "<p>Bonjour</p>" || got.Author.URI != s.evil.uri("mallory") {
		t.Errorf("the note says %q, by %s", got.HTML, got.Author.URI)
	}
	if got := s.evil.log.count("GET /context") + s.mastodon.log.total(); got != 0 {
		t.Errorf("a context or a signature's owner was asked for %d times", got)
	}
}

// attackSecrets: whoever may not see a thing learns nothing, not even that it is there.
func attackSecrets(t *testing.T) {
	ctx, s := context.Background(), newScene(t)
	s.malakoff.resident("karim")
	mallory, err := s.malakoff.app.Lookup(ctx, s.malakoff.Node, "mallory@"+s.evil.host)
	if err != nil {
		t.Fatal(err)
	}
	open := s.offer(t)
	letter := func(audience parvis.Audience) *parvis.Post {
		return s.malakoff.publish(s.lea, app.Draft{Detail: &parvis.Note{}, Source: "@karim le code est 4521", Audience: audience})
	}
	answer := s.malakoff.publish(s.lea, app.Draft{Detail: &parvis.Note{}, Source: "Entre nous", Audience: parvis.Followers, ReplyTo: open.ID})
	hidden := []*parvis.Post{letter(parvis.Named), letter(parvis.Followers), letter(parvis.Partners), letter(parvis.OnNode), answer}
	settle(t, s.malakoff)

	get := func(path string, signed bool) (int, string, http.Header) {
		r, err := http.NewRequest(http.MethodGet, s.malakoff.URL(path), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "application/activity+json")
		if signed {
			key := federation.Key{ID: s.evil.uri("mallory") + "#main-key", Private: s.evil.keys["mallory"]}
			if err := key.Sign(r, nil, s.clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var body bytes.Buffer
		_, _ = body.ReadFrom(response.Body)
		return response.StatusCode, body.String(), response.Header
	}
	for _, signed := range []bool{false, true} {
		none, nothing, _ := get("/p/"+parvis.NewID(s.clock.Now()).String(), signed)
		for _, p := range hidden {
			for _, below := range []string{"", "/activity", "/replies", "/likes", "/shares", "/thread"} {
				status, body, header := get(p.Path()+below, signed)
				if status != none || body != nothing {
					t.Errorf("%s%s, signed %t: %d %q, where nothing is: %d %q", p.Audience, below, signed, status, body, none, nothing)
				}
				if vary := strings.Join(header.Values("Vary"), ","); !strings.Contains(vary, "Signature") || !strings.Contains(vary, "Accept") {
					t.Errorf("%s%s varies by %q", p.Audience, below, vary)
				}
			}
		}
		for _, list := range []string{"/@lea/outbox?page=true", open.Path() + "/replies", open.Path() + "/thread", "/partners"} {
			status, body, _ := get(list, signed)
			for _, p := range hidden {
				if status != http.StatusOK || strings.Contains(body, p.URI) {
					t.Errorf("%s, signed %t: %d, names %s: %s", list, signed, status, p.Audience, body)
				}
			}
		}
	}
	// Nor does somebody learn it by answering, liking or sharing what they guessed.
	for i, p := range hidden {
		for _, typ := range []string{"Like", "Announce"} {
			s.evil.say(s.malakoff, "mallory", s.evil.activity(typ, fmt.Sprintf("/%s/%d", typ, i), "mallory", p.URI))
		}
		path := fmt.Sprintf("/notes/%d", i)
		s.evil.say(s.malakoff, "mallory", s.evil.activity("Create", "/a"+path, "mallory", s.evil.note(path, "mallory", "<p>Ah ?</p>", map[string]any{"inReplyTo": p.URI, "cc": []string{s.lea.Account.URI}})))
		if got := s.malakoff.found(p.URI); got.Likes+got.Shares+got.Replies != 0 {
			t.Errorf("%s: %d likes, %d shares, %d answers by somebody who cannot have seen it", p.Audience, got.Likes, got.Shares, got.Replies)
		}
	}
	// To whom one is blocked, nothing is shown that needs a signature.
	if err := s.malakoff.app.Block(ctx, s.malakoff.Node, s.lea, mallory.ID); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := get(open.Path(), true); status != http.StatusNotFound {
		t.Errorf("her offer, to whom she blocked: status %d, want 404", status)
	}
}

// attackPictures: what is not a small picture is not kept, whatever its type says.
func attackPictures(t *testing.T) {
	s := newScene(t)
	s.evil.followedBy(s.malakoff, s.lea, "mallory")
	png := []byte("\x89PNG\r\n\x1a\n")
	for name, file := range map[string]struct {
		contentType string
		body        []byte
	}{
		"svg":       {"image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)},
		"forged":    {"image/png", []byte("<html><script>alert(1)</script>")},
		"pixels":    {"image/png", append(bytes.Clone(png), chunk("IHDR", ihdr(1<<30, 1<<30))...)},
		"playlist":  {"image/png", []byte("#EXTM3U\nfile:///etc/passwd")},
		"half":      {"image/png", append(bytes.Clone(png), chunk("IHDR", ihdr(8, 8))...)},
		"activity":  {"application/activity+json", []byte("{}")},
		"too large": {"image/png", append(bytes.Clone(png), make([]byte, 64<<20)...)},
		"nothing":   {"image/png", nil},
	} {
		path := "/files/" + name + "/..%2f..%2fetc%2fpasswd"
		s.evil.trap("/files/"+name+"/../../etc/passwd", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", file.contentType)
			_, _ = w.Write(file.body)
		})
		id := "/notes/" + strings.ReplaceAll(name, " ", "-")
		s.evil.say(s.malakoff, "mallory", s.evil.activity("Create", "/a"+id, "mallory", s.evil.note(id, "mallory", "<p>Photo</p>", map[string]any{
			"attachment": []any{map[string]any{"type": "Document", "mediaType": "image/png", "url": s.evil.base + strings.ReplaceAll(path, " ", "%20"), "name": "../../etc/passwd"}}})))
		if s.evil.log.count("GET /files/"+name+"/../../etc/passwd") == 0 {
			t.Errorf("%s was not asked for", name)
		}
		if p := s.malakoff.found(s.evil.base + id); len(p.Media) != 1 || p.Media[0].Ready() {
			t.Errorf("%s: %+v", name, p.Media)
		}
	}
}

func ihdr(width, height uint32) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return append(header, 8, 6, 0, 0, 0)
}

func chunk(name string, data []byte) []byte {
	named := append([]byte(name), data...)
	whole := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), named...)
	return binary.BigEndian.AppendUint32(whole, crc32.ChecksumIEEE(named))
}

// attackFlags: one server cannot drown the team in reports, under however many names.
func attackFlags(t *testing.T) {
	s := newScene(t)
	for _, name := range []string{"a", "b", "c"} {
		s.evil.keys[name] = strangerKey()
		s.evil.serve("/users/"+name, s.evil.person(name))
		for i := range 30 {
			id := fmt.Sprintf("/flags/%s%d", name, i)
			d := delivery{to: s.malakoff, from: s.evil, signer: name, body: s.evil.activity("Flag", id, name, s.lea.Account.URI)}
			if got := d.send(t); got != http.StatusAccepted {
				t.Fatalf("status %d", got)
			}
		}
	}
	settle(t, s.malakoff)
	s.mastodon.say(s.malakoff, "marie", s.mastodon.activity("Flag", "/flags/1", "marie", s.lea.Account.URI))
	count, err := s.malakoff.rows().CountReports(context.Background())
	if err != nil || count != 51 {
		t.Errorf("%d reports, %v; want 50 of one server and that of another", count, err)
	}
}
