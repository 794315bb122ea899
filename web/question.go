package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web/templates"
)

const (
	momentForm = "2006-01-02T15:04" // of a datetime-local field
	usualDays  = 7                  // that a question is open if nobody says otherwise
)

// newQuestion shows an empty form.
func newQuestion(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	form := templates.QuestionForm{Action: "/publier/sondage", Key: newKey(), Audience: parvis.Everyone,
		Ends: v.moment(v.app.Now().AddDate(0, 0, usualDays))}
	return v.showQuestion(form)
}

// moment writes a time as its field does.
func (v *visit) moment(t time.Time) string { return t.In(v.printer.Zone()).Format(momentForm) }

func (v *visit) showQuestion(form templates.QuestionForm) error {
	pg := v.questionPage(&form)
	return v.show(http.StatusOK, pg, templates.QuestionFormView(pg, form))
}

func (v *visit) questionPage(form *templates.QuestionForm) *templates.Page {
	now := v.app.Now()
	form.Min, form.Max = v.moment(now.Add(parvis.MinQuestion)), v.moment(now.Add(parvis.MaxQuestion))
	title := v.T("web.question.new")
	if form.Editing {
		title = v.T("web.question.edit")
	}
	return v.newPage(templates.Publish, title)
}

// correctQuestion shows the form as it was typed, and what must be corrected.
func (v *visit) correctQuestion(form templates.QuestionForm, problems *parvis.InvalidError) error {
	pg := v.questionPage(&form)
	return v.invalid(problems, pg, func(f templates.Form) templ.Component {
		form.Form = f
		return templates.QuestionFormView(pg, form)
	})
}

// readQuestion copies what was typed.
func readQuestion(in *sentForm) templates.QuestionForm {
	return templates.QuestionForm{Action: "/publier/sondage", Key: in.Get("key"), Title: in.Get("title"), Text: in.Get("text"),
		Options: in.Get("options"), Several: in.Get("several") != "", Hidden: in.Get("hidden") != "", Ends: in.Get("ends"),
		Audience: parvis.Audience(in.Get("audience"))}
}

// writeQuestion publishes what the form says.
func writeQuestion(v *visit) error {
	in, err := v.readForm(app.Photo)
	if err != nil {
		return err
	}
	form, problems := readQuestion(in), in.problems
	draft := v.questionDraft(form, &problems)
	if len(problems.Problems) == 0 {
		draft.Key = keyOf(in.Values)
		post, err := v.app.Publish(v.Context(), v.node, v.viewer, draft)
		if err == nil {
			return v.goTo(post.Path(), "published")
		}
		if err := problems.Join(err); err != nil {
			return err
		}
	} else if err := problems.Join(v.app.Check(v.node, v.viewer, draft)); err != nil {
		return err
	}
	return v.correctQuestion(form, &problems)
}

// questionDraft makes a draft of a form, and notes what is wrong in the form itself.
func (v *visit) questionDraft(form templates.QuestionForm, problems *parvis.InvalidError) app.Draft {
	d := app.Draft{Detail: &parvis.Question{Options: optionsOf(form.Options), Several: form.Several, Hidden: form.Hidden},
		Title: form.Title, Source: form.Text, Language: v.printer.Lang(), Audience: form.Audience}
	if strings.TrimSpace(form.Title) == "" {
		problems.Add("title", "question.title.missing")
	}
	if !residentAudiences[form.Audience] {
		problems.Add("audience", "post.audience.unknown")
	}
	if form.Ends == "" {
		return d // the domain says that it is missing
	}
	ends, err := time.ParseInLocation(momentForm, form.Ends, v.printer.Zone())
	if err != nil {
		problems.Add("ends", "web.question.ends.invalid")
	}
	d.EndsAt = ends
	return d
}

// optionsOf reads options, one on each line; empty lines are none.
func optionsOf(lines string) []parvis.Option {
	var options []parvis.Option
	for line := range strings.Lines(lines) {
		if name := strings.Join(strings.Fields(line), " "); name != "" {
			options = append(options, parvis.Option{Name: name})
		}
	}
	return options
}

// editQuestion shows the form of a question that is published. What people vote on
// stays as it is.
func editQuestion(v *visit, post *parvis.Post) error {
	return v.showQuestion(templates.QuestionForm{Action: post.Path() + "/modifier", Editing: true, Title: post.Title, Text: post.Source})
}

// saveQuestion stores a question that was changed.
func saveQuestion(v *visit, post *parvis.Post) error {
	in, err := v.readForm(app.Photo)
	if err != nil {
		return err
	}
	form, problems := readQuestion(in), in.problems
	form.Action, form.Editing = post.Path()+"/modifier", true
	_, err = v.app.Edit(v.Context(), v.node, v.viewer, post.ID, app.Draft{Detail: post.Detail, Title: form.Title, Source: form.Text,
		Warning: post.Warning, Sensitive: post.Sensitive, Language: post.Language, EndsAt: post.EndsAt, Media: draftMedia(post.Media)})
	if err == nil {
		return v.goTo(post.Path(), "saved")
	}
	if err := problems.Join(err); err != nil {
		return err
	}
	return v.correctQuestion(form, &problems)
}

// vote takes what somebody chose.
func vote(v *visit) error {
	post, err := v.post()
	if err != nil {
		return err
	}
	if err := v.resident(); err != nil {
		return err
	}
	if err := v.ParseForm(); err != nil {
		return formError(err)
	}
	form := templates.VoteForm{}
	for _, value := range v.PostForm["choice"] {
		choice, err := strconv.Atoi(value)
		if err != nil {
			choice = -1 // no option stands there
		}
		form.Chosen = append(form.Chosen, choice)
	}
	_, err = v.app.Vote(v.Context(), v.node, v.viewer, post.ID, form.Chosen)
	if err == nil {
		return v.goTo(post.Path()+"#vote", "voted")
	}
	return v.revote(err, form)
}

// revote shows a question again, as it is now, with why a vote was refused.
func (v *visit) revote(refused error, form templates.VoteForm) error {
	post, err := v.post()
	if err != nil {
		return err
	}
	page, err := v.conversation(post)
	if err != nil {
		return err
	}
	pg := v.postPage(post)
	return v.invalid(refused, pg, func(f templates.Form) templ.Component {
		form.Form = f
		page.Vote = form
		return templates.PostView(pg, page)
	})
}

// questions lists all questions that the viewer may find.
func questions(v *visit) error {
	page, err := v.paging()
	if err != nil {
		return err
	}
	posts, err := v.app.List(v.Context(), v.node, v.viewer, storage.PostFilter{Kind: parvis.KindQuestion}, page)
	if err != nil {
		return err
	}
	pg := v.newPage(templates.NoSection, v.T("web.questions.title"))
	pg.Summary = v.T("web.questions.lead", "Node", v.node.Name)
	return v.show(http.StatusOK, pg, templates.QuestionsView(pg, templates.QuestionsPage{
		Posts: posts, Pages: pages(templates.QuestionsPath, nil, page, partOf(posts, page))}))
}

// openQuestions lists the newest questions that one can vote in.
func (v *visit) openQuestions() ([]*parvis.Post, error) {
	return v.app.List(v.Context(), v.node, v.viewer, storage.PostFilter{Kind: parvis.KindQuestion, OpenAt: v.app.Now()}, parvis.Page{Limit: homeRow})
}
