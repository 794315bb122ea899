package app_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// letter is a draft of a message.
func letter(text string) app.Draft { return app.Draft{Detail: &parvis.Note{}, Source: text} }

// send writes a message that must succeed.
func (w *town) send(from parvis.Viewer, subject parvis.ID, text string, to ...parvis.Viewer) *parvis.Post {
	w.t.Helper()
	var people []*parvis.Account
	for _, v := range to {
		people = append(people, v.Account)
	}
	p := must[*parvis.Post](w.t)(w.Write(w.ctx, w.node, from, people, subject, letter(text)))
	w.now = w.now.Add(1e9)
	return p
}

// read says what somebody finds in a conversation, the first message first; new ones
// end with "!".
func (w *town) read(v parvis.Viewer, id parvis.ID) string {
	w.t.Helper()
	_, list, err := w.Conversation(w.ctx, w.node, v, id, parvis.Page{})
	if err != nil {
		return err.Error()
	}
	var lines []string
	for _, m := range list {
		line := "hidden"
		if m.Post != nil {
			line = m.Post.Author.Username + ": " + m.Post.Source
		}
		if m.New {
			line += "!"
		}
		lines = append([]string{line}, lines...)
	}
	return strings.Join(lines, " / ")
}

// TestConversations: private talk about an offer, from the first question to the end.
func TestConversations(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		drill := w.publish(w.jeanne, offer())
		first := w.send(w.karim, drill.ID, "Bonjour, est-elle libre samedi ? @odile en a besoin aussi.", w.jeanne)
		if first.Audience != parvis.Named || first.ReplyTo != drill.ID || len(first.Mentions) != 1 {
			t.Errorf("the first message is for %s, answers %s and names %d", first.Audience, first.ReplyTo, len(first.Mentions))
		}
		c := must[*parvis.Conversation](t)(w.ConversationOf(w.ctx, w.node, w.jeanne, first.ID))
		if c.Subject == nil || c.Subject.ID != drill.ID || !c.Unread() {
			t.Errorf("jeanne's conversation is about %v, unread: %v", c.Subject, c.Unread())
		}
		if got := w.told(w.jeanne); got != "mention by karim; " {
			t.Errorf("jeanne was told %q", got)
		}
		if got := w.told(w.odile); got != "" {
			t.Errorf("odile, who is only spoken of, was told %q", got)
		}
		answer := must[*parvis.Post](t)(w.Answer(w.ctx, w.node, w.jeanne, c.ID, letter("Oui, passez vers dix heures.")))
		if answer.ReplyTo != first.ID || answer.Thread != drill.ID {
			t.Errorf("the answer answers %s in %s", answer.ReplyTo, answer.Thread)
		}
		w.send(w.karim, drill.ID, "Merci !", w.jeanne) // from the offer's page again
		if got := w.read(w.karim, c.ID); got != "karim: Bonjour, est-elle libre samedi ? @odile en a besoin aussi. / jeanne: Oui, passez vers dix heures. / karim: Merci !" {
			t.Errorf("karim reads %s", got)
		}
		if got := w.read(w.jeanne, c.ID); !strings.HasSuffix(got, "karim: Merci !!") {
			t.Errorf("jeanne reads %s, want the last one new", got)
		}
		for _, v := range []parvis.Viewer{w.odile, {}} { // odile is an admin
			if _, _, err := w.Conversation(w.ctx, w.node, v, c.ID, parvis.Page{}); err == nil {
				t.Errorf("%s reads it", v.ID())
			}
			if _, err := w.Post(w.ctx, w.node, v, answer.ID); !errors.Is(err, parvis.ErrNotFound) {
				t.Errorf("%s reads a message: %v", v.ID(), err)
			}
			if about := must[[]*parvis.Conversation](t)(w.ConversationsAbout(w.ctx, w.node, v, drill)); len(about) != 0 {
				t.Errorf("%s sees %d conversations about it", v.ID(), len(about))
			}
		}
		if about := must[[]*parvis.Conversation](t)(w.ConversationsAbout(w.ctx, w.node, w.jeanne, drill)); len(about) != 1 || about[0].ID != c.ID {
			t.Errorf("jeanne sees %d conversations about her offer", len(about))
		}
		w.homes()
		for _, e := range must[[]storage.HomeEntry](t)(w.Home(w.ctx, w.node, w.karim, parvis.Page{})) {
			t.Errorf("private talk is in a home: %s", e.Post.Source)
		}
	})
}

// What people do to a conversation for themselves.
func TestConversationsAreMutedAndPutAway(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		c := must[*parvis.Conversation](t)(w.ConversationOf(w.ctx, w.node, w.jeanne, w.send(w.karim, 0, "Réunion jeudi ?", w.jeanne, w.odile).ID))
		w.do(w.MuteConversation(w.ctx, w.node, w.jeanne, c.ID, true))
		w.do(w.PutAwayConversation(w.ctx, w.node, w.jeanne, c.ID))
		must[*parvis.Post](t)(w.Answer(w.ctx, w.node, w.odile, c.ID, letter("Plutôt vendredi.")))
		if got := w.told(w.jeanne); got != "mention by karim; " {
			t.Errorf("jeanne, who muted it, was told %q", got)
		}
		if n := must[int](t)(w.UnreadConversations(w.ctx, w.node, w.jeanne)); n != 0 {
			t.Errorf("it counts as unread: %d", n)
		}
		if n := must[int](t)(w.UnreadConversations(w.ctx, w.node, w.karim)); n != 1 {
			t.Errorf("karim has %d to read, want 1", n)
		}
		karims := must[*parvis.Conversation](t)(w.ConversationOf(w.ctx, w.node, w.karim, c.Last.ID))
		w.do(w.ReadConversation(w.ctx, w.node, w.karim, c.ID, karims.Latest))
		if n := must[int](t)(w.UnreadConversations(w.ctx, w.node, w.karim)); n != 0 {
			t.Errorf("karim has %d to read after reading", n)
		}
		for name, err := range map[string]error{
			"read": w.ReadConversation(w.ctx, w.node, parvis.Viewer{}, c.ID, 1),
			"mute": w.MuteConversation(w.ctx, w.node, parvis.Viewer{}, c.ID, true),
		} {
			if !errors.Is(err, parvis.ErrSignIn) {
				t.Errorf("a visitor may %s: %v", name, err)
			}
		}
	})
}

// Whom one cannot write to, and why.
func TestMessagesAreRefused(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		feed := must[*parvis.Account](t)(w.rows().Feed(w.ctx, parvis.KindOffer))
		secret := w.publish(w.jeanne, app.Draft{Detail: &parvis.Note{}, Source: "Entre nous", Audience: parvis.Followers})
		group := must[*parvis.Conversation](t)(w.ConversationOf(w.ctx, w.node, w.jeanne, w.send(w.karim, 0, "À trois", w.jeanne, w.odile).ID))
		pair := must[*parvis.Conversation](t)(w.ConversationOf(w.ctx, w.node, w.jeanne, w.send(w.karim, 0, "À deux", w.jeanne).ID))
		w.do(w.Block(w.ctx, w.node, w.jeanne, w.karim.ID()))
		write := func(v parvis.Viewer, subject parvis.ID, to ...*parvis.Account) error {
			_, err := w.Write(w.ctx, w.node, v, to, subject, letter("Bonjour"))
			return err
		}
		answer := func(v parvis.Viewer, id parvis.ID) error {
			_, err := w.Answer(w.ctx, w.node, v, id, letter("Bonjour"))
			return err
		}
		for name, c := range map[string]struct {
			err  error
			want string
		}{
			"a visitor":                    {write(parvis.Viewer{}, 0, w.jeanne.Account), "sign in"},
			"nobody":                       {write(w.odile, 0), "conversation.to.missing"},
			"oneself":                      {write(w.odile, 0, w.odile.Account), "conversation.to.self"},
			"a feed":                       {write(w.odile, 0, feed), "conversation.to.nobody"},
			"whom one blocked":             {write(w.jeanne, 0, w.karim.Account), "conversation.to.blocked"},
			"who blocked one":              {write(w.karim, 0, w.jeanne.Account), "conversation.to.blocked"},
			"a group with them":            {answer(w.karim, group.ID), "conversation.to.blocked"},
			"a conversation of two, after": {answer(w.karim, pair.ID), "not found"},
			"about what one may not see":   {write(w.odile, secret.ID, w.jeanne.Account), "not found"},
			"somebody else's conversation": {answer(w.odile, pair.ID), "not found"},
			"nothing":                      {func() error { _, err := w.Answer(w.ctx, w.node, w.odile, group.ID, letter(" ")); return err }(), "post.text.missing"},
		} {
			if c.err == nil || !strings.Contains(keysOf(c.err), c.want) {
				t.Errorf("%s: %v, want %s", name, keysOf(c.err), c.want)
			}
		}
		if got := w.read(w.odile, group.ID); got != "karim: À trois!" {
			t.Errorf("odile reads %s", got)
		}
		if got := w.read(w.jeanne, group.ID); got != "hidden!" {
			t.Errorf("jeanne reads %s, want what karim wrote hidden", got)
		}
	})
}

// keysOf says an error by its keys.
func keysOf(err error) string {
	var invalid *parvis.InvalidError
	if !errors.As(err, &invalid) {
		return fmt.Sprint(err)
	}
	var keys []string
	for _, p := range invalid.Problems {
		keys = append(keys, p.Key)
	}
	return strings.Join(keys, " ")
}

// Messages of others: a conversation of three servers stays one, and an edit does not
// show it to more people.
func TestMessagesFromElsewhere(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		luis, ana := w.stranger("luis", "masto.example"), w.stranger("ana", "autre.example")
		drill := w.publish(w.jeanne, offer())
		named := func(to ...*parvis.Account) func(*parvis.Post) {
			return func(p *parvis.Post) {
				p.Detail, p.Title, p.Audience, p.HTML = &parvis.Note{}, "", parvis.Named, "<p>Bonjour</p>"
				p.ReplyToURI = drill.URI
				for _, acc := range to {
					p.Mentions = append(p.Mentions, parvis.Mention{AccountID: acc.ID, Acct: acc.Acct(), URI: acc.URI})
				}
			}
		}
		asks := must[*parvis.Post](t)(w.ReceivePost(w.ctx, w.node, w.arrive(luis, named(w.jeanne.Account, ana)), app.Sent))
		c := must[*parvis.Conversation](t)(w.ConversationOf(w.ctx, w.node, w.jeanne, asks.ID))
		if got := fmt.Sprint(c.Hosts(), c.Subject.Title); got != "[autre.example masto.example]Perceuse à percussion" {
			t.Errorf("it is %s", got)
		}
		answer := must[*parvis.Post](t)(w.Answer(w.ctx, w.node, w.jeanne, c.ID, letter("Oui")))
		if len(answer.Mentions) != 2 {
			t.Errorf("the answer is for %d, want luis and ana", len(answer.Mentions))
		}
		edited := w.arrive(luis, named(w.jeanne.Account, ana, w.karim.Account))
		edited.URI, edited.PublishedAt, edited.EditedAt = asks.URI, asks.PublishedAt, w.now
		must[*parvis.Post](t)(w.ReceivePost(w.ctx, w.node, edited, app.Sent))
		if _, err := w.Post(w.ctx, w.node, w.karim, asks.ID); !errors.Is(err, parvis.ErrNotFound) {
			t.Errorf("the edit shows the message to karim: %v", err)
		}
		changed := must[*parvis.Post](t)(w.Edit(w.ctx, w.node, w.jeanne, answer.ID, letter("Oui, @karim aussi")))
		if len(changed.Mentions) != 2 {
			t.Errorf("an edit makes it for %d", len(changed.Mentions))
		}
		both := must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, app.Draft{Detail: &parvis.Note{}, Source: "@karim et @odile, à jeudi", Audience: parvis.Named}))
		if changed = must[*parvis.Post](t)(w.Edit(w.ctx, w.node, w.jeanne, both.ID, letter("@karim et @luis@masto.example, à jeudi"))); len(changed.Mentions) != 1 || changed.Mentions[0].Acct != "karim" {
			t.Errorf("without odile's name it is for %v", changed.Mentions)
		}
		w.do(w.Delete(w.ctx, w.node, w.jeanne, answer.ID))
		if got := w.read(w.jeanne, c.ID); got != "luis: " {
			t.Errorf("jeanne reads %q", got)
		}
	})
}

// Nobody begins conversations by the hundred; those that there are go on.
func TestBeginningConversationsIsBounded(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		var many *parvis.TooManyError
		for i := range 41 {
			drill := w.publish(w.jeanne, offer())
			_, err := w.Write(w.ctx, w.node, w.karim, []*parvis.Account{w.jeanne.Account}, drill.ID, letter("Bonjour"))
			if i < 40 && err != nil || i == 40 && !errors.As(err, &many) {
				t.Fatalf("conversation %d: %v", i+1, err)
			}
			if i == 0 {
				w.send(w.karim, drill.ID, "Et dimanche ?", w.jeanne)
			}
		}
	})
}

func TestAddressees(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.stranger("luis", "masto.example")
		people := must[[]*parvis.Account](t)(w.Addressees(w.ctx, w.node, w.karim, " jeanne, @odile@malakoff.example\n@luis@masto.example ;"))
		if len(people) != 3 || people[2].Domain != "masto.example" {
			t.Errorf("found %d", len(people))
		}
		if _, err := w.Addressees(w.ctx, w.node, w.karim, "jeanne personne"); keysOf(err) != "conversation.to.unknown" {
			t.Errorf("an unknown name: %v", err)
		}
		if _, err := w.Addressees(w.ctx, w.node, w.karim, strings.Repeat("jeanne ", 31)); keysOf(err) != "conversation.to.many" {
			t.Errorf("too many names: %v", err)
		}
	})
}

// What the pages for conversations rest on: a report shows the messages before it, an
// answer that names nobody reaches all, and nobody who was left out is told.
func TestMessagesReachWhomTheyShould(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		first := w.send(w.karim, 0, "Premier", w.jeanne)
		second := w.send(w.karim, 0, "Deuxième", w.jeanne)
		w.send(w.karim, 0, "Troisième", w.jeanne)
		earlier := must[[]parvis.ID](t)(w.EarlierMessages(w.ctx, w.node, w.jeanne, second))
		if len(earlier) != 1 || earlier[0] != first.ID {
			t.Errorf("with the second %v are reported, want the first", earlier)
		}
		if got := must[*parvis.Post](t)(w.Post(w.ctx, w.node, w.karim, first.ID)); got.Replies != 0 {
			t.Errorf("answers among named people are counted: %d", got.Replies)
		}
		answer := must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, app.Draft{Detail: &parvis.Note{}, Source: "Reçu", Audience: parvis.Named, ReplyTo: first.ID}))
		if len(answer.Mentions) != 1 || answer.Mentions[0].AccountID != w.karim.ID() {
			t.Errorf("an answer that names nobody is for %v", answer.Mentions)
		}
		both := must[*parvis.Post](t)(w.Publish(w.ctx, w.node, w.jeanne, app.Draft{Detail: &parvis.Note{}, Source: "@karim et @odile, à jeudi", Audience: parvis.Named}))
		w.now = w.now.Add(2e9)
		must[*parvis.Post](t)(w.Edit(w.ctx, w.node, w.jeanne, both.ID, letter("@karim, entre nous")))
		if got := w.told(w.odile); got != "" {
			t.Errorf("odile, who was left out, is told %q", got)
		}
		keeps := letter("Sans nom")
		keeps.KeepReaders = true
		w.now = w.now.Add(2e9)
		if p := must[*parvis.Post](t)(w.Edit(w.ctx, w.node, w.jeanne, both.ID, keeps)); len(p.Mentions) != 1 {
			t.Errorf("it is for %d, want karim still", len(p.Mentions))
		}
	})
}

// Apps begin conversations too.
func TestBeginningConversationsIsBoundedForApps(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		for i := range 41 {
			luis := w.stranger(fmt.Sprintf("luis%d", i), "masto.example")
			_, err := w.Publish(w.ctx, w.node, w.karim, app.Draft{Detail: &parvis.Note{}, Source: "@" + luis.Acct() + " bonjour", Audience: parvis.Named})
			if i < 40 && err != nil || i == 40 && keysOf(err) != "conversation.begin.many" {
				t.Fatalf("conversation %d: %v", i+1, err)
			}
		}
	})
}
