package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// published publishes something with a title and a text.
func (w *town) published(v parvis.Viewer, title, source string, change func(*app.Draft)) *parvis.Post {
	w.t.Helper()
	d := app.Draft{Detail: parvistest.Sample(parvis.KindOffer), Title: title, Source: source, Audience: parvis.Everyone}
	if change != nil {
		change(&d)
	}
	w.now = w.now.Add(time.Minute)
	return must[*parvis.Post](w.t)(w.Publish(w.ctx, w.node, v, d))
}

// searched lists the titles of what somebody finds, the best first, or the first words
// of what has none. Something with only some of the words stands in brackets.
func (w *town) searched(v parvis.Viewer, typed string) string {
	w.t.Helper()
	found := must[app.Found[*parvis.Post]](w.t)(w.SearchPosts(w.ctx, w.node, v, app.Query{Typed: typed}))
	var titles []string
	for _, p := range found.Hits {
		titles = append(titles, firstOf(p))
	}
	all := strings.Join(titles, ", ")
	if found.Some {
		return "(" + all + ")"
	}
	return all
}

func firstOf(p *parvis.Post) string {
	if p.Title != "" {
		return p.Title
	}
	return strings.TrimSuffix(strings.TrimPrefix(p.HTML, "<p>"), "</p>")
}

// people lists the names of those whom somebody finds.
func (w *town) people(v parvis.Viewer, typed string) string {
	w.t.Helper()
	w.index()
	var names []string
	for _, p := range must[app.Found[app.Listed]](w.t)(w.SearchPeople(w.ctx, w.node, v, app.Query{Typed: typed}, false)).Hits {
		names = append(names, p.Acct())
	}
	return strings.Join(names, ", ")
}

// index indexes all that waits.
func (w *town) index() {
	w.t.Helper()
	for more := true; more; {
		more = must[bool](w.t)(w.Index(w.ctx))
	}
}

var visitor parvis.Viewer

// People type without accents, in the plural, with the article, in capitals, or half
// of a word.
func TestSearchKnowsFrenchWords(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Words = func(_, key string, _ ...any) string {
			return map[string]string{"offer.category.tools": "Outils", "offer.sort.object": "Objet"}[key]
		}
		w.published(w.jeanne, "Perceuse à percussion", "Prêtée le week-end. #VeloCargo", func(d *app.Draft) { d.Place = &parvis.Place{Name: "Barbusse"} })
		w.published(w.karim, "Échelle d’Odile", "Trois mètres, à deux.", nil)
		w.published(w.karim, "Spare drills", "Two of them, for neighbours.", func(d *app.Draft) { d.Language = "en" })
		for typed, want := range map[string]string{
			"perceuses": "Perceuse à percussion", "perceuse": "Perceuse à percussion", "PERÇEUSE": "Perceuse à percussion", "perc": "Perceuse à percussion",
			"perceus": "Perceuse à percussion", "une perceuse à percussion": "Perceuse à percussion", "prêter": "Perceuse à percussion",
			"#velocargo": "Perceuse à percussion", "barbusse": "Perceuse à percussion", "l'échelle": "Échelle d’Odile", "ECHELLES": "Échelle d’Odile",
			"drill": "Spare drills", "neighbour": "Spare drills", "outil": "Perceuse à percussion, Spare drills, Échelle d’Odile",
			"tondeuse": "", "de la": "", "": "", "🪛": "", "p%_": "", "perceuse Barbusse": "Perceuse à percussion",
			"perceuse tondeuse": "(Perceuse à percussion)", "perceuse tondeuse ponceuse visseuse": "(Perceuse à percussion)", "perceuse tondeuse ponceuse visseuse scie": "", "échelle percussion": "(Perceuse à percussion, Échelle d’Odile)",
		} {
			if got := w.searched(visitor, typed); got != want {
				t.Errorf("%q finds %q, want %q", typed, got, want)
			}
		}
	})
}

// What fits best comes first: by title, then by what it is about, then by its text;
// the near before the far, the new before the old, and what is gone last.
func TestSearchRanks(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.node.Neighbourhoods = append(w.node.Neighbourhoods, parvis.Place{Name: "Loin", Lat: 48.95, Lon: 2.5, HasPoint: true})
		at := func(place string) func(*app.Draft) {
			return func(d *app.Draft) { d.Place = &parvis.Place{Name: place} }
		}
		w.published(w.jeanne, "Vieille tondeuse", "Rien d'autre.", func(d *app.Draft) { d.EndsAt, d.Place = w.now.AddDate(1, 0, 0), &parvis.Place{Name: "Barbusse"} })
		w.now = w.now.AddDate(0, 6, 0)
		done := w.published(w.jeanne, "Tondeuse donnée", "Trop tard.", at("Barbusse"))
		must[*parvis.Post](t)(w.SetState(w.ctx, w.node, w.jeanne, done.ID, parvis.Done))
		w.published(w.jeanne, "Tondeuse lointaine", "Au loin.", at("Loin"))
		w.published(w.jeanne, "Tondeuse", "Tout près.", at("Barbusse"))
		w.published(w.jeanne, "Outils de jardin", "Une pelle. #tondeuse", at("Barbusse"))
		w.published(w.jeanne, "Garage", "On y met une tondeuse.", at("Barbusse"))
		w.published(w.jeanne, "Tondeuse d'hier", "", func(d *app.Draft) { d.EndsAt, d.Place = w.now.Add(time.Hour), &parvis.Place{Name: "Barbusse"} })
		w.now = w.now.Add(24 * time.Hour)
		jeanne := w.jeanne
		near := *jeanne.Account
		near.Quarter = "Barbusse"
		jeanne.Account = &near
		if got, want := w.searched(jeanne, "tondeuse"), "Tondeuse, Tondeuse lointaine, Vieille tondeuse, Outils de jardin, Garage, Tondeuse d'hier, Tondeuse donnée"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		far := *jeanne.Account
		far.Quarter = "Loin"
		jeanne.Account = &far
		if got, want := w.searched(jeanne, "tondeuse"), "Tondeuse lointaine, Tondeuse, "; !strings.HasPrefix(got, want) {
			t.Errorf("from afar: got %s, want %s first", got, want)
		}
	})
}

// Nobody finds what they may not see, whatever they type.
func TestSearchShowsWhatOneMaySee(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		stranger := parvis.Viewer{Account: w.stranger("luis", "masto.example")}
		write := func(audience parvis.Audience, detail parvis.Detail) *parvis.Post {
			return w.published(w.jeanne, "", "Confidence "+string(audience)+" @karim", func(d *app.Draft) { d.Detail, d.Audience = detail, audience })
		}
		w.do(w.Follow(w.ctx, w.node, w.karim, w.jeanne.ID()))
		posts := make(map[parvis.Audience]*parvis.Post)
		all := []parvis.Audience{parvis.Everyone, parvis.Unlisted, parvis.Partners, parvis.OnNode, parvis.Followers, parvis.Named}
		for _, audience := range all {
			posts[audience] = write(audience, &parvis.Note{})
		}
		may := map[string]map[parvis.Audience]bool{
			"visitor": {parvis.Everyone: true}, "stranger": {parvis.Everyone: true},
			"karim":  {parvis.Everyone: true, parvis.Partners: true, parvis.OnNode: true},
			"jeanne": {parvis.Everyone: true, parvis.Unlisted: true, parvis.Partners: true, parvis.OnNode: true, parvis.Followers: true, parvis.Named: true},
			"odile":  {parvis.Everyone: true, parvis.Partners: true, parvis.OnNode: true},
		}
		who := map[string]parvis.Viewer{"visitor": visitor, "stranger": stranger, "karim": w.karim, "jeanne": w.jeanne, "odile": w.odile}
		check := func(when string) {
			t.Helper()
			for name, v := range who {
				for _, audience := range all {
					found := must[app.Found[*parvis.Post]](t)(w.SearchPosts(w.ctx, w.node, v, app.Query{Typed: "confidence"}))
					seen := false
					for _, p := range found.Hits {
						seen = seen || p.ID == posts[audience].ID
					}
					if seen != may[name][audience] {
						t.Errorf("%s: %s finds what is for %s: %v", when, name, audience, seen)
					}
				}
			}
		}
		check("at first")

		w.do(w.Block(w.ctx, w.node, w.karim, w.jeanne.ID()))
		may["karim"] = nil
		check("blocked by karim")

		w.do(w.Suspend(w.ctx, w.node, "jeanne", false))
		may = map[string]map[parvis.Audience]bool{}
		check("jeanne is suspended")
	})
}

// What is changed is found by its new words only, and what is deleted by none.
func TestSearchFollowsChanges(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		p := w.published(w.jeanne, "Perceuse à percussion", "Avec des mèches.", nil)
		must[*parvis.Post](t)(w.Edit(w.ctx, w.node, w.jeanne, p.ID, app.Draft{Detail: p.Detail, Title: "Visseuse", Source: "Avec des mèches.", Audience: p.Audience}))
		for typed, want := range map[string]string{"perceuse": "", "visseuse": "Visseuse", "mèche": "Visseuse"} {
			if got := w.searched(w.karim, typed); got != want {
				t.Errorf("after the edit %q finds %q, want %q", typed, got, want)
			}
		}
		w.do(w.Delete(w.ctx, w.node, w.jeanne, p.ID))
		if got := w.searched(w.jeanne, "visseuse"); got != "" {
			t.Errorf("deleted, it is still found: %q", got)
		}
	})
}

// What other servers sent is found soon after: what may be listed, not answers.
func TestSearchFindsWhatArrived(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana := w.stranger("ana", "masto.example")
		w.do(w.Follow(w.ctx, w.node, w.karim, ana.ID))
		p := w.receive("a note", w.arrive(ana, func(p *parvis.Post) { p.Title, p.HTML = "", "<p>Brocante dimanche</p>" }), app.Fetched, nil)
		w.receive("an answer", w.arrive(ana, func(p *parvis.Post) {
			p.HTML, p.ReplyToURI = "<p>Brocante annulée</p>", "https://masto.example/unknown"
		}), app.Fetched, nil)
		w.receive("for followers", w.arrive(ana, func(p *parvis.Post) { p.HTML, p.Audience = "<p>Brocante privée</p>", parvis.Followers }), app.Fetched, nil)
		w.index()
		if got := w.searched(w.karim, "brocantes"); got != "Brocante dimanche" {
			t.Errorf("found %q", got)
		}
		edited := *p
		edited.HTML, edited.EditedAt = "<p>Vide-grenier dimanche</p>", w.now.Add(time.Hour)
		must[*parvis.Post](t)(w.ReceivePost(w.ctx, w.node, &edited, app.Sent))
		w.index()
		if got := w.searched(w.karim, "brocante") + w.searched(w.karim, "grenier"); got != "Vide-grenier dimanche" {
			t.Errorf("after its edit found %q", got)
		}
		must[bool](t)(w.Index(w.ctx)) // with nothing to do
	})
}

// Residents find everybody by name; visitors those who want to be listed for
// everyone. What somebody says of themself finds them if they are listed, and only by
// those for whom it is.
func TestSearchPeople(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Words = func(_, key string, _ ...any) string { return key }
		w.stranger("jeannette", "masto.example")
		said := parvis.Presentation{Offers: []string{"Réparer un vélo"}, SkillsFor: parvis.OnNode, LinksFor: parvis.Everyone}
		w.present(w.jeanne, app.Profile{Name: "Jeanne Morel", Bio: "J’aime les accordéons.", Listed: parvis.Everyone, Presentation: said})
		w.present(w.karim, app.Profile{Name: "Karim Benali", Bio: "Accordéoniste et jardinier.", Presentation: said})
		for _, test := range []struct {
			who         string
			v           parvis.Viewer
			typed, want string
		}{
			{"a resident, by name", w.odile, "morel", "jeanne"},
			{"a resident, by both names", w.odile, "benali karim", "karim"},
			{"a resident, by the beginning", w.odile, "jean", "jeanne, jeannette@masto.example"},
			{"a resident, by a handle", w.odile, "@jeannette@masto", "jeannette@masto.example"},
			{"a resident, by a skill", w.odile, "vélos", "jeanne"},
			{"a resident, by a text", w.odile, "accordéon", "jeanne"},
			{"a visitor, by a name that is listed", visitor, "Morel", "jeanne"},
			{"a visitor, by one that is not", visitor, "Benali", ""},
			{"a visitor, by a handle", visitor, "@karim", "karim"},
			{"a visitor, by the beginning of one", visitor, "@kar", ""},
			{"a visitor, by somebody elsewhere", visitor, "@jeannette@masto.example", ""},
			{"a visitor, by a skill for residents", visitor, "vélo", ""},
			{"a visitor, by a text", visitor, "accordéons", "jeanne"},
		} {
			if got := w.people(test.v, test.typed); got != test.want {
				t.Errorf("%s: %q finds %q, want %q", test.who, test.typed, got, test.want)
			}
		}
		w.present(w.jeanne, app.Profile{Name: "Jeanne Morel", Presentation: said})
		if got := w.people(visitor, "morel"); got != "" {
			t.Errorf("who is listed no more is found: %q", got)
		}
		w.do(w.Block(w.ctx, w.node, w.karim, w.odile.ID()))
		if got := w.people(w.odile, "karim"); got != "" {
			t.Errorf("who blocked odile is found by her: %q", got)
		}
	})
}

// Whom one muted, or whose server is silenced, is found by whoever asks for them: by
// their whole handle, or among their own posts.
func TestSearchLeavesOutWhomOneMutes(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana := w.stranger("ana", "masto.example")
		w.published(w.jeanne, "Perceuse", "À prêter.", nil)
		w.published(w.odile, "Perceuse d'Odile", "À prêter.", nil)
		w.do(w.Mute(w.ctx, w.node, w.karim, w.jeanne.ID(), app.MuteWish{}))
		w.do(w.Mute(w.ctx, w.node, w.karim, ana.ID, app.MuteWish{}))
		if got := w.searched(w.karim, "perceuse"); got != "Perceuse d'Odile" {
			t.Errorf("karim finds %q", got)
		}
		if got := w.searched(w.odile, "perceuse"); got != "Perceuse d'Odile, Perceuse" {
			t.Errorf("odile finds %q", got)
		}
		found := must[app.Found[*parvis.Post]](t)(w.SearchPosts(w.ctx, w.node, w.karim,
			app.Query{Typed: "perceuse", Filter: storage.PostFilter{Author: w.jeanne.ID()}}))
		if len(found.Hits) != 1 {
			t.Errorf("among jeanne's posts karim finds %d", len(found.Hits))
		}
		for typed, want := range map[string]string{"jean": "", "jeanne": "jeanne", "@jeanne": "jeanne", "an": "", "ana": "", "@ana@masto.example": "ana@masto.example"} {
			if got := w.people(w.karim, typed); got != want {
				t.Errorf("karim types %q and finds %q, want %q", typed, got, want)
			}
		}
		w.stranger("zoe", "loin.example")
		w.rule("loin.example", parvis.Silence)
		for typed, want := range map[string]string{"zo": "", "@zoe@loin.example": "zoe@loin.example"} {
			if got := w.people(w.karim, typed); got != want {
				t.Errorf("of a silenced server %q finds %q, want %q", typed, got, want)
			}
		}
	})
}

// What cannot be indexed stops nothing else, and is not tried for ever.
func TestIndexGoesOnPastWhatBreaksIt(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ana := w.stranger("ana", "masto.example")
		for _, title := range []string{"Brocante samedi", "Brocante cassée", "Brocante dimanche"} {
			must[*parvis.Post](t)(w.ReceivePost(w.ctx, w.node, w.arrive(ana, func(p *parvis.Post) {
				o := &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortObject}
				if title == "Brocante cassée" {
					o.Category = "tools"
				}
				p.Title, p.Detail = title, o
			}), app.Fetched))
		}
		w.Words = func(_, key string, _ ...any) string {
			if key == "offer.category.tools" {
				panic("a word that breaks")
			}
			return key
		}
		w.index()
		left := must[[]storage.Waiting](t)(w.DB.Unindexed(w.ctx, storage.FindablePost, 9))
		if len(left) > 0 {
			t.Errorf("%d posts wait on", len(left))
		}
		if got := w.searched(w.karim, "brocante"); got != "Brocante dimanche, Brocante samedi" && got != "Brocante samedi, Brocante dimanche" {
			t.Errorf("found: %q", got)
		}
	})
}

func TestSearchHashtags(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.published(w.jeanne, "Perceuse", "#Bricolage #Été", nil)
		w.published(w.jeanne, "Scie", "#BricoleurDuDimanche", func(d *app.Draft) { d.Audience = parvis.OnNode })
		for _, test := range []struct {
			v           parvis.Viewer
			typed, want string
		}{
			{w.karim, "brico", "bricolage bricoleurdudimanche"}, {visitor, "#Brico", "bricolage"}, {visitor, "ETE", "ete"}, {visitor, "deux mots", ""}, {visitor, "#", ""},
		} {
			if got := strings.Join(must[[]string](t)(w.SearchHashtags(w.ctx, w.node, test.v, test.typed)), " "); got != test.want {
				t.Errorf("%q finds %q, want %q", test.typed, got, test.want)
			}
		}
	})
}
