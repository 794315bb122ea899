package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

func showPost(v *visit) error {
	post, err := v.post()
	if err != nil {
		return err
	}
	if post.Audience == parvis.Named && post.Kind() == parvis.KindNote {
		// Of a conversation that a block ended one still finds what one wrote.
		if err := v.toMessage(post, ""); !errors.Is(err, parvis.ErrNotFound) {
			return err
		}
	}
	if err := v.app.MarkPinned(v.Context(), v.node, v.viewer, post); err != nil {
		return err
	}
	pg := v.postPage(post)
	page, err := v.conversation(post)
	if err != nil {
		return err
	}
	return v.showSame(pg, func(i imprint) {
		i.posts(post)
		i.posts(page.Before...)
		i.posts(page.Alike...)
		for _, answer := range page.Answers {
			i.posts(answer.Post)
		}
	}, templates.PostView(pg, page))
}

func (v *visit) postPage(post *parvis.Post) *templates.Page {
	section := templates.NoSection
	if post.Kind() == parvis.KindOffer {
		section = templates.Mutual
	}
	pg := v.newPage(section, templates.Title(post))
	pg.Path, pg.Summary = post.Path(), templates.Summary(post)
	pg.Head = templates.PostHead(pg, post)
	return pg
}

// conversation gathers what a post's page shows.
func (v *visit) conversation(post *parvis.Post) (templates.PostPage, error) {
	before, after, err := v.app.Thread(v.Context(), v.node, v.viewer, post)
	if err != nil {
		return templates.PostPage{}, err
	}
	alike, err := kindOf(post.Kind()).alike(v, post)
	if err != nil {
		return templates.PostPage{}, err
	}
	if err := v.app.FillQuotes(v.Context(), v.node, v.viewer, slices.Concat([]*parvis.Post{post}, before, after)...); err != nil {
		return templates.PostPage{}, err
	}
	quotes, err := v.app.Quotes(v.Context(), v.node, v.viewer, post)
	if err != nil {
		return templates.PostPage{}, err
	}
	talks, err := v.app.ConversationsAbout(v.Context(), v.node, v.viewer, post)
	if err != nil {
		return templates.PostPage{}, err
	}
	if post.Audience != parvis.Named { // private talk about it has pages of its own
		after = slices.DeleteFunc(after, func(p *parvis.Post) bool { return p.Audience == parvis.Named })
	}
	return templates.PostPage{Post: post, Before: before, Talks: talks, Answers: threaded(post.ID, after), Alike: alike, Quotes: quotes, QR: qrCode(post.URL),
		Reply: templates.ReplyForm{Key: newKey()}}, nil
}

// threaded puts each answer below what it answers.
func threaded(root parvis.ID, posts []*parvis.Post) []templates.AnswerView {
	children := make(map[parvis.ID][]*parvis.Post)
	for _, p := range posts {
		children[p.ReplyTo] = append(children[p.ReplyTo], p)
	}
	var out []templates.AnswerView
	var walk func(parent parvis.ID, depth int)
	walk = func(parent parvis.ID, depth int) {
		list := children[parent]
		delete(children, parent) // each answer once, even in a ring
		for _, p := range list {
			out = append(out, templates.AnswerView{Post: p, Depth: depth})
			walk(p.ID, depth+1)
		}
	}
	walk(root, 0)
	return out
}

func setState(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	next, err := parvis.ParseState(v.FormValue("state"))
	if err != nil {
		return err
	}
	post, err := v.app.SetState(v.Context(), v.node, v.viewer, id, next)
	if err != nil {
		return err
	}
	return v.goTo(v.back(post.Path()), "state."+string(next))
}

func askDelete(v *visit) error {
	post, err := v.post()
	if err != nil {
		return err
	}
	if err := v.resident(); err != nil {
		return err
	}
	if !v.viewer.CanDelete(post) {
		return parvis.ErrForbidden
	}
	text := "web.delete.text"
	switch {
	case !post.Author.Local():
		text = "web.delete.text.elsewhere"
	case v.viewer.CanEdit(post) && post.Kind().Stages():
		text = "web.delete.text.done"
	}
	pg := v.newPage(templates.NoSection, v.T("web.delete.title"))
	return v.show(http.StatusOK, pg, templates.ConfirmView(pg, templates.ConfirmPage{
		Question: v.T("web.delete.question", "Title", templates.Title(post)), Text: v.T(text),
		Action: post.Path() + "/supprimer", Icon: "trash", Verb: v.T("web.delete.send"), Back: v.back(post.Path()), Return: v.back(""),
	}))
}

func deletePost(v *visit) error {
	post, err := v.post()
	if err != nil {
		return err
	}
	if err := v.app.Delete(v.Context(), v.node, v.viewer, post.ID); err != nil {
		return err
	}
	next := templates.ListPath(post.Kind())
	switch {
	case post.Audience == parvis.Named:
		next = templates.TalksPath
	case post.ReplyTo != 0:
		next = "/p/" + post.ReplyTo.String() + "#reponses"
	}
	return v.goTo(v.back(next), "deleted")
}

func reply(v *visit) error {
	post, err := v.post()
	if err != nil {
		return err
	}
	if err := v.resident(); err != nil {
		return err
	}
	form := templates.ReplyForm{Key: v.FormValue("key"), Text: v.FormValue("text")}
	draft := v.answerDraft(post, form)
	draft.Key = keyOf(v.PostForm)
	answer, err := v.app.Publish(v.Context(), v.node, v.viewer, draft)
	if err != nil {
		page, readErr := v.conversation(post)
		if readErr != nil {
			return readErr
		}
		pg := v.postPage(post)
		return v.invalid(err, pg, func(f templates.Form) templ.Component {
			form.Form = f
			page.Reply = form
			return templates.PostView(pg, page)
		})
	}
	return v.goTo(post.Path()+"#r-"+answer.ID.String(), "replied")
}
