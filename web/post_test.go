package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestStates(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	post := m.publish(t, author, drill())
	jeanne, visitor := m.signedIn(t, "jeanne"), m.visitor(t)

	jeanne.post(t, post.Path()+"/etat", url.Values{"state": {"reserved"}}).want(http.StatusOK).says("L’annonce est marquée réservée.")
	visitor.get(t, "/entraide").says("Réservé")
	jeanne.post(t, post.Path()+"/etat", url.Values{"state": {"done"}}).want(http.StatusOK)
	visitor.get(t, "/entraide").saysNot("Perceuse")
	visitor.get(t, "/entraide?etat=all").says("Perceuse", "Terminé")
	jeanne.post(t, post.Path()+"/etat", url.Values{"state": {"reserved"}}).want(http.StatusUnprocessableEntity)
	jeanne.post(t, post.Path()+"/etat", url.Values{"state": {"open"}}).want(http.StatusOK)
	visitor.get(t, "/entraide").says("Perceuse").saysNot("Terminé")

	m.signedIn(t, "karim").post(t, post.Path()+"/etat", url.Values{"state": {"done"}}).want(http.StatusForbidden).
		heading("Vous ne pouvez pas faire cela")
	visitor.post(t, post.Path()+"/etat", url.Values{"state": {"done"}}).heading("Se connecter")
}

func TestDelete(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	post := m.publish(t, m.resident(t, "jeanne", parvis.RoleResident), drill())
	m.resident(t, "karim", parvis.RoleResident)
	m.signedIn(t, "karim").get(t, post.Path()+"/supprimer").want(http.StatusForbidden)
	jeanne := m.signedIn(t, "jeanne")
	jeanne.get(t, post.Path()+"/supprimer").want(http.StatusOK).heading("Supprimer « Perceuse à percussion et ses mèches » ?")
	jeanne.get(t, post.Path()).want(http.StatusOK) // asking changes nothing
	jeanne.post(t, post.Path()+"/supprimer", nil).want(http.StatusOK).says("C’est supprimé.")
	jeanne.get(t, post.Path()).want(http.StatusGone).heading("Ceci a été supprimé")
}

func TestReply(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	post := m.publish(t, m.resident(t, "jeanne", parvis.RoleResident), drill())
	m.resident(t, "karim", parvis.RoleResident)
	karim, jeanne := m.signedIn(t, "karim"), m.signedIn(t, "jeanne")

	m.visitor(t).get(t, post.Path()).says("Pas encore de réponse", "Connectez-vous pour répondre")
	karim.post(t, post.Path()+"/repondre", url.Values{"text": {" "}}).want(http.StatusUnprocessableEntity).
		heading("Perceuse à percussion et ses mèches").says("Écrivez quelque chose.")
	page := karim.post(t, post.Path()+"/repondre", url.Values{"text": {"Elle passe dans la brique ?"}}).want(http.StatusOK).
		says("Votre réponse est partie.", "1 réponse", "Elle passe dans la brique ?")
	answer := page.one("", "class", "answer")
	if answer == nil || !strings.HasPrefix(attr(answer, "id"), "r-") {
		t.Fatal("the answer has no place to link to")
	}
	jeanne.get(t, "/").says("Cela vous attend", "Karim vous a répondu ou vous mentionne")
}

// TestConversationThatBeginsElsewhere: what is not known here is not passed over.
func TestConversationThatBeginsElsewhere(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	const begins, words = "https://vanves.example/p/1", "Le début de la conversation se lit ailleurs"
	ana := m.elsewhere(t, "ana")
	receive := func(path, to string) *parvis.Post {
		t.Helper()
		p, err := m.app.ReceivePost(t.Context(), m.node, &parvis.Post{Author: ana, AuthorID: ana.ID, Detail: &parvis.Note{}, URI: ana.URI + path, URL: ana.URI + path,
			ReplyToURI: to, HTML: "<p>Oui, samedi.</p>", Audience: parvis.Everyone, State: parvis.Open, PublishedAt: m.app.Now()}, app.Fetched)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := receive("/2", begins)
	second := receive("/3", first.URI)
	visitor := m.visitor(t)
	for _, p := range []*parvis.Post{first, second} {
		if got := visitor.get(t, p.Path()).want(http.StatusOK).link(words); got != begins {
			t.Errorf("%s leads to %q, want %q", p.URI, got, begins)
		}
	}
	visitor.get(t, receive("/4", "").Path()).want(http.StatusOK).saysNot(words)
}

// TestAlike: an offer's page leads to three others of its category or sort, no
// more, and to none that is over or that the reader may not see.
func TestAlike(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	post := m.publish(t, author, drill())
	alike := func() string {
		section := m.visitor(t).get(t, post.Path()).want(http.StatusOK).one("section", "aria-labelledby", "alike")
		if section == nil {
			return ""
		}
		var titles []string
		for _, title := range find(section, "h3", "", "") {
			titles = append(titles, text(title))
		}
		return strings.Join(titles, ", ")
	}
	publish := func(purpose parvis.Purpose, sort parvis.Sort, category parvis.Category, title string, change func(*app.Draft)) *parvis.Post {
		d := app.Draft{Detail: &parvis.Offer{Purpose: purpose, Sort: sort, Category: category}, Title: title}
		if change != nil {
			change(&d)
		}
		return m.publish(t, author, d)
	}
	const offer = parvis.PurposeOffer
	publish(parvis.PurposeRequest, parvis.SortObject, "tools", "Une ponceuse", nil)
	publish(offer, parvis.SortRide, "mobility", "Rennes vendredi", nil)
	publish(offer, parvis.SortObject, "tools", "Scie, pour ici", func(d *app.Draft) { d.Audience = parvis.OnNode })
	publish(offer, parvis.SortObject, "tools", "Scie, hier", func(d *app.Draft) { d.EndsAt = now.Add(time.Minute) })
	given := publish(offer, parvis.SortObject, "tools", "Scie, rendue", nil)
	if _, err := m.app.SetState(t.Context(), m.node, parvis.Viewer{Account: author, Role: parvis.RoleResident}, given.ID, parvis.Done); err != nil {
		t.Fatal(err)
	}
	m.later(time.Hour)
	if got := alike(); got != "" {
		t.Errorf("before there is any: %s", got)
	}
	publish(offer, parvis.SortLesson, "tools", "Apprendre à percer", nil)
	if got, want := alike(), "Apprendre à percer"; got != want {
		t.Errorf("alike: %s, want %s", got, want)
	}
	for _, title := range []string{"Tente", "Raclette", "Valise"} {
		publish(offer, parvis.SortObject, "", title, nil)
	}
	if got, want := alike(), "Apprendre à percer, Valise, Raclette"; got != want {
		t.Errorf("alike: %s, want %s", got, want)
	}
}

func TestAudiences(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	draft := drill()
	draft.Audience = parvis.OnNode
	post := m.publish(t, author, draft)
	m.visitor(t).get(t, post.Path()).want(http.StatusNotFound).heading("Cette page n’existe pas")
	m.visitor(t).get(t, "/entraide").saysNot("Perceuse")
	m.visitor(t).get(t, "/entraide.atom").want(http.StatusOK)
	m.signedIn(t, "jeanne").get(t, post.Path()).want(http.StatusOK).says("Seulement ici")
}

// TestHead checks what machines read: links, previews, schema.org.
func TestHead(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	offer := drill()
	offer.Title = `Perceuse </script><script>alert("1")</script>`
	request := app.Draft{Detail: &parvis.Offer{Purpose: parvis.PurposeRequest, Sort: parvis.SortRide}, Title: "Aller à l’hôpital"}
	for want, draft := range map[string]app.Draft{"Offer": offer, "Demand": request} {
		post := m.publish(t, author, draft)
		page := m.visitor(t).get(t, post.Path()).want(http.StatusOK)
		if link := page.one("link", "type", "application/activity+json"); link == nil || attr(link, "href") != post.URI {
			t.Error("no link to the post's ActivityPub object")
		}
		if meta := page.one("meta", "name", "fediverse:creator"); attr(meta, "content") != "@jeanne@"+m.node.Host {
			t.Errorf("fediverse:creator is %q", attr(meta, "content"))
		}
		if meta := page.one("meta", "property", "og:title"); attr(meta, "content") != draft.Title {
			t.Errorf("og:title is %q", attr(meta, "content"))
		}
		script := page.one("script", "type", "application/ld+json")
		var thing map[string]any
		if err := json.Unmarshal([]byte(script.FirstChild.Data), &thing); err != nil {
			t.Fatal(err)
		}
		if thing["@type"] != want || thing["name"] != draft.Title || thing["url"] != post.URL {
			t.Errorf("schema.org says %v, want an %s", thing, want)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	post := m.publish(t, m.resident(t, "jeanne", parvis.RoleResident), drill())
	m.resident(t, "karim", parvis.RoleResident)
	karim := m.signedIn(t, "karim")
	karim.get(t, post.Path()+"/signaler").want(http.StatusOK).heading("Signaler à l’équipe")
	karim.post(t, post.Path()+"/signaler", url.Values{"comment": {""}}).want(http.StatusUnprocessableEntity).says("Dites en une phrase ce qui ne va pas.")
	karim.post(t, post.Path()+"/signaler", url.Values{"comment": {"Objet volé."}}).want(http.StatusOK).says("Merci. L’équipe va regarder.")
	karim.post(t, "/@jeanne/signaler", url.Values{"comment": {"Usurpation."}}).want(http.StatusOK).says("Merci.")
	m.visitor(t).get(t, post.Path()+"/signaler").heading("Se connecter")
}
