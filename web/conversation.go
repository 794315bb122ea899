package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// talkPage is how many messages a page of a conversation shows.
const talkPage = 30

func talks(v *visit) error {
	page, err := v.paging()
	if err != nil {
		return err
	}
	list, err := v.app.Conversations(v.Context(), v.node, v.viewer, page)
	if err != nil {
		return err
	}
	var p part
	if len(list) > 0 {
		p = part{list[0].Latest, list[len(list)-1].Latest, len(list) >= page.Size()}
	}
	pg := v.newPage(templates.Me, v.T("web.talks"))
	return v.show(http.StatusOK, pg, templates.TalksView(pg, templates.TalksPage{
		Talks: list, Pages: pages(templates.TalksPath, nil, page, p)}))
}

// newTalk shows the form of a first message. Whoever has written to those people
// about that before goes on there.
func newTalk(v *visit) error {
	form := templates.LetterForm{Key: newKey(), To: v.FormValue("a")}
	if err := v.about(&form, v.FormValue("sujet")); err != nil {
		return err
	}
	people, err := v.app.KnownHere().Addressees(v.Context(), v.node, v.viewer, form.To)
	if err == nil && len(people) > 0 {
		c, err := v.app.ConversationWith(v.Context(), v.node, v.viewer, people, idOf(form.Subject))
		if err == nil {
			return v.goTo(templates.TalkPath(c.ID)+"#repondre", "")
		}
		if !errors.Is(err, parvis.ErrNotFound) {
			return err
		}
	}
	if form.Known, err = v.correspondents(); err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.talks.new"))
	return v.show(http.StatusOK, pg, templates.NewTalkView(pg, form))
}

// about reads what a message is about. What is gone, or not for the reader, is left out.
func (v *visit) about(form *templates.LetterForm, subject string) error {
	if err := v.resident(); err != nil {
		return err
	}
	id, err := parvis.ParseID(subject)
	if err != nil {
		return nil
	}
	form.Subject, err = v.app.Post(v.Context(), v.node, v.viewer, id)
	if errors.Is(err, parvis.ErrNotFound) || errors.Is(err, parvis.ErrGone) {
		return nil
	}
	return err
}

// idOf returns a post's id, 0 if there is none.
func idOf(post *parvis.Post) parvis.ID {
	if post == nil {
		return 0
	}
	return post.ID
}

// correspondents are the handles that somebody may want to write to: those whom they
// wrote with lately, and whom they follow.
func (v *visit) correspondents() ([]string, error) {
	list, err := v.app.Conversations(v.Context(), v.node, v.viewer, parvis.Page{})
	if err != nil {
		return nil, err
	}
	var handles []string
	for _, c := range list {
		for _, acc := range c.Others(v.viewer.ID()) {
			handles = append(handles, acc.Acct())
		}
	}
	follows, err := v.rows().Following(v.Context(), v.viewer.ID(), parvis.Page{Limit: parvis.MaxPage})
	for _, f := range follows {
		if !f.Account.IsFeed() {
			handles = append(handles, f.Account.Acct())
		}
	}
	slices.Sort(handles)
	return slices.Compact(handles), err
}

// readLetter copies what was typed.
func (v *visit) readLetter(in *sentForm) (templates.LetterForm, app.Draft) {
	form := templates.LetterForm{Key: in.Get("key"), To: in.Get("to"), Text: in.Get("text"), Photos: in.photos}
	return form, app.Draft{Detail: &parvis.Note{}, Source: form.Text, Language: v.printer.Lang(), Media: draftMedia(form.Photos), Key: keyOf(in.Values)}
}

func writeTalk(v *visit) error {
	in, err := v.readForm(app.Photo)
	if err != nil {
		return err
	}
	form, draft := v.readLetter(in)
	if err := v.about(&form, in.Get("sujet")); err != nil {
		return err
	}
	people, err := v.app.Addressees(v.Context(), v.node, v.viewer, form.To)
	problems := in.problems
	if len(problems.Problems) == 0 && err == nil {
		var message *parvis.Post
		if message, err = v.app.Write(v.Context(), v.node, v.viewer, people, idOf(form.Subject), draft); err == nil {
			return v.toMessage(message, "sent")
		}
	}
	if err := problems.Join(err); err != nil {
		return err
	}
	if form.Known, err = v.correspondents(); err != nil {
		return err
	}
	pg := v.newPage(templates.Me, v.T("web.talks.new"))
	return v.invalid(&problems, pg, func(f templates.Form) templ.Component {
		form.Form = f
		return templates.NewTalkView(pg, form)
	})
}

// toMessage leads to a message where it stands.
func (v *visit) toMessage(message *parvis.Post, flash string) error {
	id, page, err := v.app.PageWith(v.Context(), v.node, v.viewer, message.ID, talkPage)
	if err != nil {
		return err
	}
	path := templates.TalkPath(id)
	if page.Before != 0 {
		path += "?avant=" + page.Before.String()
	}
	return v.goTo(path+"#"+templates.MessageAnchor(message.ID), flash)
}

// talkPageOf reads a part of the conversation that the path names.
func (v *visit) talkPageOf() (templates.TalkPage, error) {
	id, err := v.id()
	if err != nil {
		return templates.TalkPage{}, err
	}
	page, err := v.paging()
	if err != nil {
		return templates.TalkPage{}, err
	}
	page.Limit = talkPage
	c, list, err := v.app.Conversation(v.Context(), v.node, v.viewer, id, page)
	if err != nil {
		return templates.TalkPage{}, err
	}
	var p part
	if len(list) > 0 {
		p = part{list[0].Place, list[len(list)-1].Place, len(list) >= page.Size()}
	}
	slices.Reverse(list)
	refused := new(parvis.InvalidError)
	if err := v.app.CanAnswer(v.Context(), v.node, v.viewer, c); err != nil && !errors.As(err, &refused) {
		return templates.TalkPage{}, err
	}
	return templates.TalkPage{Refused: templates.FormOf(v.newPage(templates.Me, ""), refused).Problems, Talk: c, Messages: list, Pages: pages(templates.TalkPath(c.ID), nil, page, p), Form: templates.LetterForm{Key: newKey()}}, nil
}

// showTalk shows a conversation. Who has seen its end has read it.
func showTalk(v *visit) error {
	shown, err := v.talkPageOf()
	if err != nil {
		return err
	}
	if c := shown.Talk; c.Unread() && shown.Pages.Newer == "" {
		if err := v.app.ReadConversation(v.Context(), v.node, v.viewer, c.ID, c.Latest); err != nil {
			return err
		}
	}
	pg := v.newPage(templates.Me, "")
	pg.Title = pg.With(shown.Talk)
	return v.show(http.StatusOK, pg, templates.TalkView(pg, shown))
}

func answerTalk(v *visit) error {
	in, err := v.readForm(app.Photo)
	if err != nil {
		return err
	}
	shown, err := v.talkPageOf()
	if err != nil {
		return err
	}
	form, draft := v.readLetter(in)
	problems := in.problems
	if len(problems.Problems) == 0 {
		var message *parvis.Post
		if message, err = v.app.Answer(v.Context(), v.node, v.viewer, shown.Talk.ID, draft); err == nil {
			return v.toMessage(message, "sent")
		}
	}
	if err := problems.Join(err); err != nil {
		return err
	}
	pg := v.newPage(templates.Me, "")
	pg.Title = pg.With(shown.Talk)
	return v.invalid(&problems, pg, func(f templates.Form) templ.Component {
		form.Form = f
		shown.Form = form
		return templates.TalkView(pg, shown)
	})
}

func muteTalk(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	muted := v.FormValue("verb") == "mute"
	if err := v.app.MuteConversation(v.Context(), v.node, v.viewer, id, muted); err != nil {
		return err
	}
	flash := "talk.unmuted"
	if muted {
		flash = "talk.muted"
	}
	return v.goTo(templates.TalkPath(id), flash)
}

func putTalkAway(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := v.app.PutAwayConversation(v.Context(), v.node, v.viewer, id); err != nil {
		return err
	}
	return v.goTo(templates.TalksPath, "talk.away")
}
