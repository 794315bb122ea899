package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web/templates"
)

const dateForm = "2006-01-02"

// readOffer copies what was typed.
func (v *visit) readOffer(in *sentForm) templates.OfferForm {
	form := templates.OfferForm{
		Start: "/publier", Action: "/publier/annonce", Key: in.Get("key"),
		Purpose: parvis.Purpose(in.Get("purpose")), Sort: parvis.Sort(in.Get("sort")), Category: parvis.Category(in.Get("category")),
		Title: in.Get("title"), Text: in.Get("text"), Place: in.Get("place"), Lat: in.Get("lat"), Lon: in.Get("lon"),
		Ends: in.Get("ends"), Audience: parvis.Audience(in.Get("audience")), Photos: in.photos,
	}
	v.bound(&form)
	return form
}

// bound sets the first and last day that a deadline may have.
func (v *visit) bound(form *templates.OfferForm) {
	today := v.app.Now().In(v.printer.Zone())
	form.Min, form.Max = today.Format(dateForm), today.AddDate(1, 11, 0).Format(dateForm)
}

// offerDraft makes a draft of a form, with what is wrong in the form itself.
func (v *visit) offerDraft(form templates.OfferForm, problems parvis.InvalidError) (app.Draft, parvis.InvalidError) {
	d := app.Draft{
		Detail: &parvis.Offer{Purpose: form.Purpose, Sort: form.Sort, Category: form.Category},
		Title:  form.Title, Source: form.Text, Language: v.printer.Lang(), Audience: form.Audience,
		Place: v.placeOf(form), Media: draftMedia(form.Photos),
	}
	if !residentAudiences[form.Audience] {
		problems.Add("audience", "post.audience.unknown")
	}
	if form.Ends != "" {
		day, err := time.ParseInLocation(dateForm, form.Ends, v.printer.Zone())
		if err != nil {
			problems.Add("ends", "web.ends.invalid")
		}
		d.EndsAt = endOf(day)
	}
	return d, problems
}

// residentAudiences are those that the form offers.
var residentAudiences = map[parvis.Audience]bool{parvis.Everyone: true, parvis.Partners: true, parvis.OnNode: true}

// endOf returns the last second of a day.
func endOf(day time.Time) time.Time {
	if day.IsZero() {
		return day
	}
	return day.AddDate(0, 0, 1).Add(-time.Second)
}

// placeOf is where the form says: the browser's position, or a neighbourhood
// that the node knows, or just a name.
func (v *visit) placeOf(form templates.OfferForm) *parvis.Place {
	place := &parvis.Place{Name: strings.TrimSpace(form.Place)}
	lat, errLat := strconv.ParseFloat(form.Lat, 64)
	lon, errLon := strconv.ParseFloat(form.Lon, 64)
	if errLat == nil && errLon == nil {
		place.Lat, place.Lon, place.HasPoint = lat, lon, true
		return place
	}
	for _, known := range v.node.Neighbourhoods {
		if text.Fold(known.Name) == text.Fold(place.Name) {
			found := known
			return &found
		}
	}
	return place
}

const (
	alikeShown  = 3  // offers below another
	alikeRead   = 12 // to choose them from
	alikeMonths = 3  // bounds how far the search goes back
)

// alikeOffers lists other open offers of the same sort or category: those of the
// same category first, then the newest.
func alikeOffers(v *visit, post *parvis.Post) ([]*parvis.Post, error) {
	offer, now := post.Detail.(*parvis.Offer), v.app.Now()
	posts, err := v.app.List(v.Context(), v.node, v.viewer, storage.PostFilter{
		Kind: parvis.KindOffer, States: []parvis.State{parvis.Open}, OpenAt: now,
		Offer: &storage.OfferFilter{Purpose: offer.Purpose, Alike: offer},
	}, parvis.Page{After: parvis.FirstID(now.AddDate(0, -alikeMonths, 0)), Limit: alikeRead})
	posts = slices.DeleteFunc(posts, func(p *parvis.Post) bool { return p.ID == post.ID })
	slices.SortStableFunc(posts, func(p, q *parvis.Post) int { return apart(offer, p) - apart(offer, q) })
	return posts[:min(len(posts), alikeShown)], err
}

// apart is 0 for a post of the offer's category and 1 for others.
func apart(offer *parvis.Offer, p *parvis.Post) int {
	if other, ok := p.Detail.(*parvis.Offer); ok && other.Category == offer.Category {
		return 0
	}
	return 1
}

// editOffer shows the form of an offer that is published.
func editOffer(v *visit, post *parvis.Post) error {
	offer := post.Detail.(*parvis.Offer)
	form := templates.OfferForm{Action: post.Path() + "/modifier", Editing: true,
		Purpose: offer.Purpose, Sort: offer.Sort, Category: offer.Category,
		Title: post.Title, Text: post.Source, Audience: post.Audience, Photos: post.Media}
	if post.Place != nil {
		form.Place = post.Place.Name
	}
	if !post.EndsAt.IsZero() && !post.Expired(v.app.Now()) { // what has ended and is changed is offered anew
		form.Ends = post.EndsAt.In(v.printer.Zone()).Format(dateForm)
	}
	v.bound(&form)
	return v.showOffer(form)
}

// saveOffer stores an offer that was changed.
func saveOffer(v *visit, post *parvis.Post) error {
	in, err := v.readForm(app.Photo)
	if err != nil {
		return err
	}
	form := v.readOffer(in)
	form.Action, form.Editing, form.Audience = post.Path()+"/modifier", true, post.Audience
	draft, problems := v.offerDraft(form, in.problems)
	draft.Language, draft.Warning, draft.Sensitive = post.Language, post.Warning, post.Sensitive
	if post.Place != nil && post.Place.Name == draft.Place.Name && !draft.Place.HasPoint {
		draft.Place = post.Place // the form shows the name only
	}
	if len(problems.Problems) == 0 {
		_, err := v.app.Edit(v.Context(), v.node, v.viewer, post.ID, draft)
		if err == nil {
			return v.goTo(post.Path(), "saved")
		}
		if err := problems.Join(err); err != nil {
			return err
		}
	}
	return v.correctOffer(form, &problems)
}
