package web

import (
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// choose asks what to publish. Visitors may look: they sign in at the form.
func choose(v *visit) error {
	if v.viewer.Resident() && v.viewer.Account.Moved() {
		return v.goTo(templates.MovingPath, "away")
	}
	page := templates.ChoosePage{Purpose: v.filter().Purpose, Start: "/publier", Form: "/publier/annonce"}
	if v.viewer.Resident() && page.Purpose == "" {
		drafts, err := v.app.Drafts(v.Context(), v.node, v.viewer)
		if err != nil {
			return err
		}
		page.Drafts = len(drafts)
	}
	pg := v.newPage(templates.Publish, v.T("web.publish.what"))
	return v.show(http.StatusOK, pg, templates.ChooseView(pg, page))
}

// newOffer shows an empty form.
func newOffer(v *visit) error {
	if err := v.resident(); err != nil {
		return err
	}
	f := v.filter()
	if f.Purpose == "" || f.Sort == "" {
		return v.goTo("/publier", "")
	}
	form := v.emptyOffer(f.Purpose, f.Sort)
	return v.showOffer(form)
}

func (v *visit) emptyOffer(purpose parvis.Purpose, sort parvis.Sort) templates.OfferForm {
	form := templates.OfferForm{Start: "/publier", Action: "/publier/annonce", Key: newKey(), Purpose: purpose, Sort: sort, Audience: parvis.Everyone,
		Place: v.viewer.Account.QuarterFor(parvis.Viewer{})} // which everyone may know
	v.bound(&form)
	return form
}

func (v *visit) showOffer(form templates.OfferForm) error {
	pg := v.offerPage(form)
	return v.show(http.StatusOK, pg, templates.OfferFormView(pg, form))
}

func (v *visit) offerPage(form templates.OfferForm) *templates.Page {
	title := v.T("web.publish.form." + string(form.Purpose))
	if form.Editing {
		title = v.T("web.edit.title")
	}
	return v.newPage(templates.Publish, title)
}

// writeOffer takes the form: to show what it would become, to publish it, or to
// change it once more.
func writeOffer(v *visit) error { return v.writeOffer("/publier/annonce", 0) }

// writeOffer is for the form of a new offer at a path, which completes a draft if it
// is one's.
func (v *visit) writeOffer(action string, completes parvis.ID) error {
	in, err := v.readForm(app.Photo)
	if err != nil {
		return err
	}
	form := v.readOffer(in)
	form.Action = action
	if completes != 0 {
		form.Start = action
	}
	if !slices.Contains(parvis.Sorts, form.Sort) || form.Purpose != parvis.PurposeOffer && form.Purpose != parvis.PurposeRequest {
		return v.goTo(form.Start, "")
	}
	if in.Get("step") == "change" {
		return v.showOffer(form)
	}
	draft, problems := v.offerDraft(form, in.problems)
	draft.Completes = completes
	publish, write := in.Get("step") == "publish", v.app.Preview
	if publish && len(problems.Problems) == 0 {
		draft.Key, write = keyOf(in.Values), v.app.Publish
	}
	post, err := write(v.Context(), v.node, v.viewer, draft)
	if err := problems.Join(err); err != nil {
		return err
	}
	if len(problems.Problems) > 0 {
		return v.correctOffer(form, &problems)
	}
	if publish {
		return v.goTo(post.Path(), "published")
	}
	pg := v.newPage(templates.Publish, v.T("web.publish.preview"))
	return v.show(http.StatusOK, pg, templates.PreviewView(pg, templates.PreviewPage{Post: post, Form: form}))
}

// correctOffer shows the form as it was typed, and what must be corrected.
func (v *visit) correctOffer(form templates.OfferForm, problems *parvis.InvalidError) error {
	pg := v.offerPage(form)
	return v.invalid(problems, pg, func(f templates.Form) templ.Component {
		form.Form = f
		return templates.OfferFormView(pg, form)
	})
}
