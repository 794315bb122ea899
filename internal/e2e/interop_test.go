package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mattn/go-mastodon"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

// TestFedify lets Jeanne of Malakoff meet Léa, whose server is built with Fedify,
// by each scheme of signatures. Both sides must see each thing that either does.
func TestFedify(t *testing.T) {
	cavage, rfc9421 := startFedify(t, "cavage"), startFedify(t, "rfc9421")
	malakoff := newPlace(t, build(t), "malakoff", parvistest.Engines(t)[0].URL(t))
	malakoff.start(t)
	malakoff.account(t, "jeanne", "admin")
	for _, lea := range []*fedify{cavage, rfc9421} {
		t.Run(lea.scheme, func(t *testing.T) {
			m := &meeting{t: t, lea: lea, jeanne: malakoff.app(t, "jeanne"), uri: malakoff.url("/@jeanne")}
			m.theyFollow()
			m.jeanneWrites()
			m.leaReacts()
			m.leaWrites()
			m.jeanneReacts()
			m.theyDelete()
			m.theyLeave()
			lea.checkDeliveries(t)
		})
	}
	malakoff.calm(t)
}

// app is an app of somebody's.
func (p *place) app(t testing.TB, username string) *mastodon.Client {
	t.Helper()
	token := strings.TrimSpace(p.run(t, "", "token", "create", "--account", username))
	c := mastodon.NewClient(&mastodon.Config{Server: p.url(""), AccessToken: token})
	c.Client = *p.client()
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// A meeting is of Jeanne, as her app shows it, and Léa, as her server does.
type meeting struct {
	t      *testing.T
	jeanne *mastodon.Client
	uri    string // Jeanne's
	lea    *fedify

	leaID              mastodon.ID      // Léa, in Malakoff
	post, answer       *mastodon.Status // Jeanne's
	note, question     string           // Léa's
	noteID, questionID mastodon.ID      // the same, in Malakoff
}

// until waits until something has arrived.
func (m *meeting) until(what string, yes func() bool) {
	m.t.Helper()
	eventually(m.t, travelTime, yes, func() string { return "not yet: " + what })
}

// untilLea waits until Léa's server knows something.
func (m *meeting) untilLea(what string, yes func(fedifySeen) bool) {
	m.t.Helper()
	var seen fedifySeen
	eventually(m.t, travelTime, func() bool { seen = m.lea.seen(m.t); return yes(seen) },
		func() string { return fmt.Sprintf("not yet: %s; Léa's server knows %+v", what, seen) })
}

// got is for what an app is given; it is never refused here.
func got[T any](m *meeting) func(T, error) T {
	return func(answer T, err error) T {
		m.t.Helper()
		if err != nil {
			m.t.Fatal(err)
		}
		return answer
	}
}

func (m *meeting) relationship() *mastodon.Relationship {
	m.t.Helper()
	list := got[[]*mastodon.Relationship](m)(m.jeanne.GetAccountRelationships(m.t.Context(), []string{string(m.leaID)}))
	if len(list) != 1 {
		m.t.Fatalf("%d relationships with Léa", len(list))
	}
	return list[0]
}

func (m *meeting) status(id mastodon.ID) *mastodon.Status {
	m.t.Helper()
	return got[*mastodon.Status](m)(m.jeanne.GetStatus(m.t.Context(), id))
}

func (m *meeting) theyFollow() {
	m.t.Helper()
	ctx := m.t.Context()
	found := got[*mastodon.Results](m)(m.jeanne.Search(ctx, "@lea@"+m.lea.host, true))
	if len(found.Accounts) != 1 || found.Accounts[0].DisplayName != "Léa" {
		m.t.Fatalf("looking up Léa finds %+v", found.Accounts)
	}
	m.leaID = found.Accounts[0].ID
	got[*mastodon.Relationship](m)(m.jeanne.AccountFollow(ctx, m.leaID))
	m.until("Léa accepts", func() bool { return m.relationship().Following })
	m.untilLea("Jeanne follows Léa", func(s fedifySeen) bool { return slices.Equal(s.Followers, []string{m.uri}) })

	m.lea.does(m.t, "follow", map[string]string{"of": m.uri})
	m.untilLea("Jeanne accepts", func(s fedifySeen) bool { return slices.Equal(s.Following, []string{m.uri}) })
	if !m.relationship().FollowedBy {
		m.t.Error("Léa's follow is accepted, but does not show")
	}
}

func (m *meeting) jeanneWrites() {
	m.t.Helper()
	m.post = got[*mastodon.Status](m)(m.jeanne.PostStatus(m.t.Context(), &mastodon.Toot{Status: "Je prête ma perceuse à percussion."}))
	m.untilLea("Jeanne's post", func(s fedifySeen) bool {
		return strings.Contains(s.Notes[m.post.URI].Content, "perceuse à percussion")
	})
}

func (m *meeting) leaReacts() {
	m.t.Helper()
	about := map[string]string{"of": m.uri, "note": m.post.URI}
	m.lea.does(m.t, "like", about)
	m.lea.does(m.t, "share", about)
	m.until("Léa's like and share", func() bool { p := m.status(m.post.ID); return p.FavouritesCount == 1 && p.ReblogsCount == 1 })
	for _, deed := range []string{"like ", "share "} {
		m.lea.does(m.t, "undo", map[string]string{"of": m.uri, "what": deed + m.post.URI})
	}
	m.until("Léa takes both back", func() bool { p := m.status(m.post.ID); return p.FavouritesCount == 0 && p.ReblogsCount == 0 })

	m.question = m.lea.does(m.t, "write", map[string]string{"content": "<p>Dans la brique aussi ?</p>", "to": m.uri, "answers": m.post.URI})
	m.until("Léa's answer", func() bool {
		thread := got[*mastodon.Context](m)(m.jeanne.GetStatusContext(m.t.Context(), m.post.ID))
		at := slices.IndexFunc(thread.Descendants, func(s *mastodon.Status) bool { return s.URI == m.question })
		if at >= 0 {
			m.questionID = thread.Descendants[at].ID
		}
		return at >= 0
	})
	m.until("the news of Léa's answer", func() bool {
		told := got[[]*mastodon.Notification](m)(m.jeanne.GetNotifications(m.t.Context(), nil))
		return slices.ContainsFunc(told, func(n *mastodon.Notification) bool { return n.Type == "mention" && n.Status.URI == m.question })
	})
}

func (m *meeting) leaWrites() {
	m.t.Helper()
	home := func() *mastodon.Status {
		list := got[[]*mastodon.Status](m)(m.jeanne.GetTimelineHome(m.t.Context(), nil))
		if at := slices.IndexFunc(list, func(s *mastodon.Status) bool { return s.URI == m.note }); at >= 0 {
			return list[at]
		}
		return nil
	}
	m.note = m.lea.does(m.t, "write", map[string]string{"content": "<p>Je cherche une échelle.</p>"})
	m.until("Léa's post", func() bool { return home() != nil })
	m.noteID = home().ID
	m.lea.does(m.t, "rewrite", map[string]string{"note": m.note, "content": "<p>Je cherche une grande échelle.</p>"})
	m.until("Léa's edit", func() bool { return strings.Contains(home().Content, "grande échelle") })
}

func (m *meeting) jeanneReacts() {
	m.t.Helper()
	ctx := m.t.Context()
	about := []string{m.note}
	got[*mastodon.Status](m)(m.jeanne.Favourite(ctx, m.noteID))
	got[*mastodon.Status](m)(m.jeanne.Reblog(ctx, m.noteID))
	m.untilLea("Jeanne's like and share", func(s fedifySeen) bool { return slices.Equal(s.Likes, about) && slices.Equal(s.Shares, about) })
	got[*mastodon.Status](m)(m.jeanne.Unfavourite(ctx, m.noteID))
	got[*mastodon.Status](m)(m.jeanne.Unreblog(ctx, m.noteID))
	m.untilLea("Jeanne takes both back", func(s fedifySeen) bool { return len(s.Likes)+len(s.Shares) == 0 })

	m.answer = got[*mastodon.Status](m)(m.jeanne.PostStatus(ctx, &mastodon.Toot{Status: "La mienne fait trois mètres.", InReplyToID: m.noteID}))
	m.untilLea("Jeanne's answer", func(s fedifySeen) bool {
		n := s.Notes[m.answer.URI]
		return strings.Contains(n.Content, "trois mètres") && n.Answers == m.note
	})
}

func (m *meeting) theyDelete() {
	m.t.Helper()
	for _, s := range []*mastodon.Status{m.answer, m.post} {
		if err := m.jeanne.DeleteStatus(m.t.Context(), s.ID); err != nil {
			m.t.Fatal(err)
		}
	}
	m.untilLea("Jeanne deletes", func(s fedifySeen) bool { return len(s.Notes) == 0 })
	for uri, id := range map[string]mastodon.ID{m.note: m.noteID, m.question: m.questionID} {
		m.lea.does(m.t, "erase", map[string]string{"note": uri})
		m.until("Léa deletes "+uri, func() bool {
			_, err := m.jeanne.GetStatus(m.t.Context(), id)
			return err != nil && strings.Contains(err.Error(), "410 Gone")
		})
	}
}

func (m *meeting) theyLeave() {
	m.t.Helper()
	m.lea.does(m.t, "undo", map[string]string{"of": m.uri, "what": m.uri})
	m.until("Léa leaves", func() bool { return !m.relationship().FollowedBy })
	got[*mastodon.Relationship](m)(m.jeanne.AccountUnfollow(m.t.Context(), m.leaID))
	m.untilLea("Jeanne leaves", func(s fedifySeen) bool { return len(s.Followers) == 0 })
	if m.relationship().Following {
		m.t.Error("Jeanne still follows Léa")
	}
}
