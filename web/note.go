package web

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// answerDraft makes a draft of an answer.
func (v *visit) answerDraft(post *parvis.Post, form templates.ReplyForm) app.Draft {
	return app.Draft{Detail: &parvis.Note{}, Source: form.Text, Language: v.printer.Lang(), Audience: parvis.Everyone, ReplyTo: post.ID}
}

// nothingAlike: each note stands for itself.
func nothingAlike(*visit, *parvis.Post) ([]*parvis.Post, error) { return nil, nil }

// editNote shows the form of a note.
func editNote(v *visit, post *parvis.Post) error {
	pg := v.newPage(templates.NoSection, v.T("web.edit.note"))
	form := templates.NoteForm{Action: post.Path() + "/modifier", Text: post.Source, Photos: post.Media}
	return v.show(http.StatusOK, pg, templates.NoteFormView(pg, form))
}

// saveNote stores a note that was changed.
func saveNote(v *visit, post *parvis.Post) error {
	in, err := v.readForm(app.Photo)
	if err != nil {
		return err
	}
	form := templates.NoteForm{Action: post.Path() + "/modifier", Text: in.Get("text"), Photos: in.photos}
	problems := in.problems
	if len(problems.Problems) == 0 {
		_, err = v.app.Edit(v.Context(), v.node, v.viewer, post.ID, app.Draft{Detail: &parvis.Note{}, Source: form.Text, KeepReaders: true,
			Warning: post.Warning, Sensitive: post.Sensitive, Language: post.Language, Media: draftMedia(form.Photos)})
		if err == nil {
			return v.goTo(post.Path(), "saved")
		}
	}
	if err := problems.Join(err); err != nil {
		return err
	}
	pg := v.newPage(templates.NoSection, v.T("web.edit.note"))
	return v.invalid(&problems, pg, func(f templates.Form) templ.Component {
		form.Form = f
		return templates.NoteFormView(pg, form)
	})
}
