package server_test

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// guest is a resident who just came in.
func (p *place) guest(v parvis.Viewer) app.Guest {
	p.t.Helper()
	login, err := p.app.DB.Node(p.node.ID).Login(bg, v.ID())
	if err != nil {
		p.t.Fatal(err)
	}
	return app.Guest{Viewer: v, Login: login, Session: parvis.Session{CreatedAt: p.net.clock.Now()}}
}

// archived returns the files of a resident's archive.
func (p *place) archived(v parvis.Viewer) map[string]string {
	p.t.Helper()
	file, kept, err := p.app.OpenArchive(bg, p.node, p.guest(v))
	if err != nil {
		p.t.Fatal(err)
	}
	defer file.Close()
	r, err := zip.NewReader(file, kept.Size)
	if err != nil {
		p.t.Fatal(err)
	}
	files := make(map[string]string)
	for _, entry := range r.File {
		f, err := entry.Open()
		if err != nil {
			p.t.Fatal(err)
		}
		raw, err := io.ReadAll(f) // which checks the sum
		if err != nil {
			p.t.Fatalf("%s: %v", entry.Name, err)
		}
		files[entry.Name] = string(raw)
	}
	return files
}

// TestArchive: everything of a resident's is in it, whomever it was for, as activities and
// on a page; nothing that lets anybody in, and nothing of others that they may not see.
func TestArchive(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := newNetwork(t, e, "malakoff")
		m := net.places[0]
		m.app.Archives = t.TempDir()
		jeanne, karim := m.resident("jeanne", parvis.RoleResident), m.resident("karim", parvis.RoleResident)
		say := func(v parvis.Viewer, text string, audience parvis.Audience) *parvis.Post {
			t.Helper()
			p, err := m.app.Publish(bg, m.node, v, app.Draft{Detail: &parvis.Note{}, Source: text, Audience: audience})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		say(jeanne, "Pour tous <b>les</b> voisins", parvis.Everyone)
		say(jeanne, "Pour qui me suit", parvis.Followers)
		say(jeanne, "Seulement ici", parvis.OnNode)
		say(karim, "Entre nous, @jeanne@"+m.node.Host, parvis.Named)
		his := say(karim, "À Karim seulement", parvis.Followers)
		theirs := say(karim, "La fontaine coule de nouveau", parvis.Everyone)
		for _, do := range []error{
			m.app.Follow(bg, m.node, jeanne, karim.ID()),
			m.app.Mute(bg, m.node, jeanne, karim.ID(), app.MuteWish{}),
			func() error { _, err := m.app.Save(bg, m.node, jeanne, theirs.ID); return err }(),
			func() error { _, err := m.app.Like(bg, m.node, jeanne, theirs.ID); return err }(),
			func() error { _, err := m.app.Share(bg, m.node, jeanne, theirs.ID); return err }(),
		} {
			if do != nil {
				t.Fatal(do)
			}
		}
		net.settle()
		if _, _, err := m.app.OpenArchive(bg, m.node, m.guest(jeanne)); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("before it was asked for: %v", err)
		}
		g := m.guest(jeanne)
		if err := m.app.AskArchive(bg, m.node, g); err != nil {
			t.Fatal(err)
		}
		part, err := os.CreateTemp(m.app.Archives, jeanne.ID().String()+"-*.part") // as a killed process leaves
		if err != nil {
			t.Fatal(err)
		}
		part.Close()
		net.settle()
		files := m.archived(jeanne)
		var box struct {
			OrderedItems []struct{ Type string }
			TotalItems   int
		}
		if err := json.Unmarshal([]byte(files["outbox.json"]), &box); err != nil || box.TotalItems != 4 || len(box.OrderedItems) != 4 || box.OrderedItems[3].Type != "Announce" {
			t.Errorf("outbox: %v in %s", err, files["outbox.json"])
		}
		for _, name := range []string{"actor.json", "likes.json", "bookmarks.json", "conversations.json", "data.json"} {
			if !json.Valid([]byte(files[name])) {
				t.Errorf("%s: %s", name, files[name])
			}
		}
		for _, want := range []struct{ file, words string }{
			{"actor.json", `"preferredUsername":"jeanne"`},
			{"outbox.json", "Seulement ici"}, {"outbox.json", "Pour qui me suit"},
			{"likes.json", theirs.URI}, {"bookmarks.json", theirs.URI}, {"bookmarks.csv", theirs.URI},
			{"conversations.json", "Entre nous"}, {"data.json", `"email": "jeanne@`},
			{"following_accounts.csv", "karim@" + m.node.Host + ",true,false,"}, {"muted_accounts.csv", "karim@" + m.node.Host + ",false"},
			{"index.html", "Pour tous"}, {"index.html", "Entre nous"}, {"index.html", "Ce que vous avez écrit"},
		} {
			if !strings.Contains(files[want.file], want.words) {
				t.Errorf("%s lacks %q: %s", want.file, want.words, files[want.file])
			}
		}
		for name, raw := range files {
			for _, secret := range []string{g.Login.PasswordHash, "argon2", "PRIVATE KEY", his.URI, "À Karim seulement"} {
				if strings.Contains(raw, secret) {
					t.Errorf("%s has %q", name, secret)
				}
			}
		}
		if strings.Contains(files["index.html"], "<script") {
			t.Errorf("the page has scripts: %s", files["index.html"])
		}
		if left, _ := os.ReadDir(m.app.Archives); len(left) != 1 {
			t.Errorf("left behind: %v", left)
		}

		if err := m.app.AskArchive(bg, m.node, m.guest(jeanne)); err == nil {
			t.Error("two archives on a day")
		}
		if _, _, err := m.app.OpenArchive(bg, m.node, m.guest(karim)); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("somebody else: %v", err)
		}
		stale := m.guest(jeanne)
		stale.Session.CreatedAt = stale.Session.CreatedAt.Add(-parvis.StillFresh)
		if _, _, err := m.app.OpenArchive(bg, m.node, stale); !errors.Is(err, parvis.ErrStale) {
			t.Errorf("an old session: %v", err)
		}
		net.clock.pass(parvis.ArchiveLife + time.Second)
		if err := m.app.Sweep(bg); err != nil {
			t.Fatal(err)
		}
		if left, _ := os.ReadDir(m.app.Archives); len(left) != 0 {
			t.Errorf("kept too long: %v", left)
		}
	})
}

// TestLeavingIsFederated: while somebody may change their mind other servers are told
// nothing; then that the account is gone, and their copies go.
func TestLeavingIsFederated(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		net := newNetwork(t, e, "malakoff", "vanves")
		malakoff, vanves := net.places[0], net.places[1]
		malakoff.app.Archives = t.TempDir()
		jeanne, paul := malakoff.resident("jeanne", parvis.RoleResident), vanves.resident("paul", parvis.RoleResident)
		copied := vanves.lookUp("jeanne@" + malakoff.node.Host)
		if err := vanves.app.Follow(bg, vanves.node, paul, copied.ID); err != nil {
			t.Fatal(err)
		}
		net.settle()
		written, err := malakoff.app.Publish(bg, malakoff.node, jeanne, app.Draft{Detail: &parvis.Note{}, Source: "Je déménage", Audience: parvis.Everyone})
		if err != nil {
			t.Fatal(err)
		}
		if err := malakoff.app.AskArchive(bg, malakoff.node, malakoff.guest(jeanne)); err != nil {
			t.Fatal(err)
		}
		net.settle()
		rows := func() (*parvis.Account, *parvis.Post) {
			t.Helper()
			acc, err := vanves.app.DB.Node(vanves.node.ID).Account(bg, copied.ID)
			if err != nil {
				t.Fatal(err)
			}
			p, err := vanves.app.DB.Node(vanves.node.ID).PostByURI(bg, written.URI)
			if err != nil {
				t.Fatal(err)
			}
			return acc, p
		}
		if _, err := malakoff.app.CloseAccount(bg, malakoff.node, malakoff.guest(jeanne)); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if acc, p := rows(); !acc.Active() || !p.DeletedAt.IsZero() {
			t.Errorf("told at once: %+v, %+v", acc, p)
		}
		net.clock.pass(parvis.LeaveAfter + time.Second)
		net.settle()
		if acc, p := rows(); acc.DeletedAt.IsZero() || p.DeletedAt.IsZero() {
			t.Errorf("still there: %+v, %+v", acc, p)
		}
		if left, _ := os.ReadDir(malakoff.app.Archives); len(left) != 0 {
			t.Errorf("the archive outlives the account: %v", left)
		}
	})
}
