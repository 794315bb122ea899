package web_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

func TestChoosingWhatOneHearsOf(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne, path := m.signedIn(t, "jeanne"), "/moi/nouvelles"
	jeanne.get(t, path).want(http.StatusOK).says("On vous écrit en privé", "Ce lieu n’envoie pas d’e-mails pour l’instant.").saysNot("Quelque chose attend l’équipe")
	m.app.Mails = true
	page := jeanne.get(t, path).saysNot("n’envoie pas d’e-mails")
	ticked := func(v *view, topic, way string) bool {
		for _, box := range v.all("input", "name", topic) {
			if attr(box, "value") == way {
				return has(box, "checked")
			}
		}
		t.Errorf("no box for %s by %s", topic, way)
		return false
	}
	if !ticked(page, "answer", "mail") || ticked(page, "like", "mail") || !ticked(page, "like", "page") {
		t.Error("the form does not say what everybody gets")
	}
	page = jeanne.post(t, path, url.Values{"message": {"page", "mail"}, "like": {"push"}, "team": {"mail"}}).want(http.StatusOK).says("C’est enregistré.")
	for box, want := range map[[2]string]bool{{"message", "mail"}: true, {"message", "push"}: false, {"like", "push"}: true, {"like", "page"}: true,
		{"answer", "page"}: false, {"answer", "mail"}: false, {"request", "page"}: true} {
		if got := ticked(page, box[0], box[1]); got != want {
			t.Errorf("%v is ticked: %v", box, got)
		}
	}
	if page := jeanne.post(t, path, url.Values{"weekly": {"5"}, "message": {"page", "mail"}}); page.value("Lettre de la semaine") != "5" {
		t.Errorf("the weekly letter comes on %q", page.value("Lettre de la semaine"))
	}
	m.app.Mails = false
	jeanne.post(t, path, url.Values{"message": {"page"}})
	m.app.Mails = true
	if !ticked(jeanne.get(t, path), "message", "mail") {
		t.Error("mail was turned off by a form that did not ask")
	}
	m.signedIn(t, "mairie_annexe").get(t, path).says("Quelque chose attend l’équipe")
}

// An address in a mail asks before it does anything, in the language of who opens it, and
// says what else can be set.
func TestLeavingAMailing(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.app.Mails = true
	jeanne, karim := m.resident(t, "jeanne", parvis.RoleResident), m.resident(t, "karim", parvis.RoleResident)
	offer := m.publish(t, jeanne, drill())
	m.publish(t, karim, app.Draft{Detail: &parvis.Note{}, Source: "Libre samedi ?", ReplyTo: offer.ID})
	ctx := context.Background()
	jobs, err := m.app.DB.TurnJobs(ctx, nil, storage.Claim{Kinds: []parvis.JobKind{parvis.JobTell}, Now: m.later(time.Second), Until: m.later(time.Minute), Limit: 5})
	if err != nil || len(jobs) != 1 {
		t.Fatalf("jobs: %v, %v", jobs, err)
	}
	if err := m.app.Tell(ctx, jobs[0]); err != nil {
		t.Fatal(err)
	}
	key, err := m.app.LeaveKey(ctx, m.node, jeanne.ID, parvis.MailingNews)
	if err != nil {
		t.Fatal(err)
	}
	visitor, address := m.visitor(t), app.LeavePath+"?cle="+key
	page := visitor.get(t, address).want(http.StatusOK).heading("Ne plus recevoir ces e-mails ?")
	if form := page.one("form", "action", app.LeavePath); form == nil {
		t.Fatal("nothing can be pressed")
	}
	visitor.post(t, app.LeavePath, url.Values{"cle": {key}}).want(http.StatusOK).heading("C’est fait").says("Choisir autrement")
	visitor.get(t, app.LeavePath+"?cle="+key+"x").want(http.StatusGone)
	visitor.get(t, app.LeavePath+"?cle=0.news.").want(http.StatusGone)
	for _, box := range m.signedIn(t, "jeanne").get(t, "/moi/nouvelles").all("input", "value", "mail") {
		if has(box, "checked") {
			t.Errorf("mail about %s is still ticked", attr(box, "name"))
		}
	}
}

// A browser joins by the form that the script fills in; it is listed by name, and leaves.
func TestDevices(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	jeanne, karim, path := m.signedIn(t, "jeanne"), m.signedIn(t, "mairie_annexe"), "/moi/nouvelles"
	form := jeanne.get(t, path).says("Sur vos appareils", "il faut un navigateur récent et JavaScript").one("form", "action", path+"/appareils")
	if !has(form, "hidden") || attr(form, "data-worker") != "/worker.js" {
		t.Error("the form is shown before the script knows whether it can help")
	}
	if worker := jeanne.get(t, "/worker.js").want(http.StatusOK); !strings.Contains(worker.header.Get("Content-Type"), "javascript") || worker.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("the worker is served with %v", worker.header)
	}
	service := parvistest.NewPushService(t, m.app.Now)
	key, auth := service.Keys()
	if raw, err := base64.RawURLEncoding.DecodeString(attr(form, "data-push")); err != nil || len(raw) != 65 {
		t.Errorf("the node's key has %d bytes, %v", len(raw), err)
	}
	jeanne.post(t, path+"/appareils", url.Values{"endpoint": {"http://push.example"}, "p256dh": {key}, "auth": {auth}}).want(http.StatusUnprocessableEntity).
		says("Ce navigateur donne une adresse où rien ne peut être envoyé.")
	page := jeanne.post(t, path+"/appareils", url.Values{"endpoint": {service.Endpoint}, "p256dh": {key}, "auth": {auth}}).want(http.StatusOK).
		says("Ce navigateur vous le signalera.", "Navigateur inconnu").saysNot("Me le signaler dans ce navigateur")
	button := page.one("button", "name", "appareil")
	karim.post(t, path+"/appareils/retirer", url.Values{"appareil": {attr(button, "value")}})
	jeanne.get(t, path).says("Navigateur inconnu")
	jeanne.post(t, path+"/appareils/retirer", url.Values{"appareil": {attr(button, "value")}}).says("ne vous signalera plus rien", "Me le signaler dans ce navigateur").saysNot("Navigateur inconnu")
	jeanne.post(t, path+"/appareils/retirer", url.Values{"appareil": {"x"}}).want(http.StatusNotFound)
}

// Who does not get our mail reads it on their page, and says that it works again there.
func TestMailThatDoesNotArrive(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.app.Mails = true
	jeanne := parvis.Viewer{Account: m.resident(t, "jeanne", parvis.RoleResident), Role: parvis.RoleResident}
	b, claire, ctx := m.signedIn(t, "jeanne"), m.signedIn(t, "mairie_annexe"), context.Background()
	b.post(t, "/moi/nouvelles", url.Values{"weekly": {"1"}}) // which opens her mailbox
	b.get(t, "/moi").saysNot("n’arrivent pas")
	claire.get(t, "/equipe").saysNot("ils nous reviennent")
	for range 3 {
		name, err := m.app.MailName(ctx, m.node, jeanne.ID())
		if err != nil {
			t.Fatal(err)
		}
		if err := m.app.MailReturned(ctx, m.node, name, "5.1.1"); err != nil {
			t.Fatal(err)
		}
		m.later(time.Hour)
	}
	b.get(t, "/moi").says("Nos e-mails n’arrivent pas", "jeanne@malakoff.example", "Changer d’adresse")
	claire.get(t, "/equipe").says("1 habitant ne reçoit pas nos e-mails")
	b.post(t, "/moi/nouvelles/reprendre", nil).says("Nous vous écrivons de nouveau.").saysNot("n’arrivent pas")
}
