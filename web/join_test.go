package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// joining is the form as Odile fills it in.
func joining(more ...string) url.Values {
	form := url.Values{"name": {"Odile"}, "username": {"odile"}, "email": {"odile@malakoff.example"}, "password": {password}, "age": {"1"}, "charter": {"1"}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// mailed is the secret that a mail carries.
func (m *town) mailed(t testing.TB, args parvis.MailArgs) string {
	t.Helper()
	secret, err := m.app.MailTicket(context.Background(), m.node, args)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestJoinByApproval(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "claire", parvis.RoleModerator)
	m.resident(t, "jeanne", parvis.RoleResident)
	admin, claire := m.signedIn(t, "mairie_annexe"), m.signedIn(t, "claire")
	const path = "/equipe/inscriptions"
	m.signedIn(t, "jeanne").get(t, path).want(http.StatusForbidden)
	m.visitor(t).get(t, path).heading("Se connecter")
	claire.get(t, path).want(http.StatusOK).says("Tout le monde peut ouvrir un compte.", "Personne n’attend.")
	claire.post(t, path, url.Values{"signup": {"approval"}}).want(http.StatusForbidden) // an admin's to say
	admin.post(t, path, url.Values{"signup": {"parfois"}}).want(http.StatusUnprocessableEntity).says("Choisissez qui peut ouvrir un compte.")
	admin.post(t, path, url.Values{"signup": {"approval"}}).want(http.StatusOK).says("C’est enregistré.", "Chacun dit pourquoi il vient")

	odile := m.visitor(t)
	odile.get(t, "/inscription").want(http.StatusOK).says("L’équipe lit votre demande", "Dites deux mots de vous")
	missing := odile.post(t, "/inscription", joining()).want(http.StatusUnprocessableEntity).says("Dites deux mots de vous, par exemple")
	if missing.value("Prénom") != "Odile" {
		t.Error("the form comes back empty")
	}
	odile.post(t, "/inscription", joining("reason", "Je tiens la <b>ressourcerie</b>.")).want(http.StatusOK).heading("Votre demande est arrivée")
	odile.post(t, "/connexion", url.Values{"name": {"odile"}, "password": {password}}).
		want(http.StatusUnprocessableEntity).says("Votre demande attend encore l’accord de l’équipe.")

	claire.get(t, "/equipe").says("Qui voudrait un compte ici, et qui peut en ouvrir un. 1 en attente")
	claire.get(t, "/").says("Une personne voudrait s’inscrire")
	waiting := claire.get(t, path).says("Odile", "@odile · odile@malakoff.example", "Je tiens la <b>ressourcerie</b>.")
	applicant, err := m.app.DB.Node(m.node.ID).ApplicantByUsername(context.Background(), "odile")
	if err != nil {
		t.Fatal(err)
	}
	about := path + "/" + applicant.ID.String()
	if !strings.Contains(waiting.body, `action="`+about+`/accueillir"`) {
		t.Error("the page has no form to say yes")
	}
	claire.post(t, about+"/refuser", url.Values{"reason": {strings.Repeat("é", 1001)}}).
		want(http.StatusUnprocessableEntity).says("Raccourcissez ce texte à 1 000 caractères.", strings.Repeat("é", 1001))
	m.signedIn(t, "jeanne").post(t, about+"/accueillir", nil).want(http.StatusForbidden)
	claire.post(t, about+"/accueillir", nil).want(http.StatusOK).says("Le compte est ouvert.", "Personne n’attend.")
	claire.post(t, about+"/refuser", nil).want(http.StatusOK).says("C’était déjà décidé.")
	odile.post(t, "/connexion", url.Values{"name": {"odile"}, "password": {password}}).want(http.StatusOK)
}

func TestJoinByInvitation(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	admin := m.signedIn(t, "mairie_annexe")
	admin.post(t, "/equipe/inscriptions", url.Values{"signup": {"invitation"}}).want(http.StatusOK)
	m.visitor(t).get(t, "/inscription").want(http.StatusForbidden).says("On entre ici sur invitation")
	m.visitor(t).post(t, "/inscription", joining()).want(http.StatusForbidden)
	const path = "/equipe/invitations"
	m.signedIn(t, "jeanne").get(t, path).want(http.StatusForbidden)
	bad := admin.post(t, path, url.Values{"note": {"Forum"}, "uses": {"mille"}, "days": {"0"}}).
		want(http.StatusUnprocessableEntity).says("Une invitation sert de 1 à 500 fois.", "Une invitation sert de 1 à 365 jours.")
	if bad.value("Pour qui") != "Forum" || bad.value("Nombre de comptes") != "mille" {
		t.Error("the form comes back empty")
	}
	made := admin.post(t, path, url.Values{"note": {"Forum des associations"}, "uses": {"1"}, "days": {"30"}}).
		want(http.StatusOK).says("Le lien est prêt", "Forum des associations", "comptes ouverts : 0 sur 1")
	list, err := m.app.DB.Node(m.node.ID).Invitations(context.Background(), parvis.Page{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	link := "/inscription?invitation=" + list[0].Code
	if !strings.Contains(made.body, m.node.URL(link)) || !strings.Contains(made.body, "<svg") {
		t.Error("the page shows no link, or no code")
	}
	odile := m.visitor(t)
	odile.get(t, link).want(http.StatusOK).heading("Créer un compte")
	odile.post(t, "/inscription", joining("invitation", list[0].Code)).want(http.StatusOK).says("Bienvenue !")
	m.visitor(t).get(t, link).want(http.StatusGone).heading("Ce lien ne sert plus")
	m.visitor(t).get(t, "/inscription?invitation=nimporte").want(http.StatusGone)
	admin.get(t, path).says("comptes ouverts : 1 sur 1", "ne sert plus")
	admin.post(t, path+"/"+list[0].ID.String()+"/terminer", nil).want(http.StatusOK).says("L’invitation est supprimée.", "Aucune invitation")
}

// A link in a mail does nothing by being opened: programs that look at mail do so.
func TestLinksInMails(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	jeanne := m.resident(t, "jeanne", parvis.RoleResident)
	b := m.visitor(t)
	b.get(t, "/connexion/oubli").want(http.StatusOK).says("Ce lieu n’envoie pas de courriels.")
	b.post(t, "/connexion/oubli", url.Values{"email": {"jeanne@malakoff.example"}}).want(http.StatusNotFound)
	m.app.Mails = true
	b.get(t, "/connexion").says("Mot de passe oublié")
	b.post(t, "/connexion/oubli", url.Values{"email": {"jeanne"}}).want(http.StatusUnprocessableEntity).says("Indiquez une adresse e-mail")
	for _, email := range []string{"jeanne@malakoff.example", "personne@malakoff.example"} {
		b.post(t, "/connexion/oubli", url.Values{"email": {email}}).want(http.StatusOK).heading("Regardez vos courriels").says("Si un compte utilise " + email)
	}
	link := "/connexion/lien?cle=" + m.mailed(t, parvis.MailArgs{About: parvis.MailLink, To: jeanne.ID})
	for range 2 {
		b.get(t, link).want(http.StatusOK).heading("Entrer : Jeanne")
	}
	b.post(t, link, nil).want(http.StatusOK).says("Vous êtes entré.")
	b.get(t, "/moi").heading("Jeanne")
	m.visitor(t).post(t, link, nil).want(http.StatusGone).heading("Ce lien ne sert plus")
	m.visitor(t).get(t, link).want(http.StatusGone).says("En demander un autre")

	odile := m.visitor(t)
	odile.post(t, "/inscription", joining()).want(http.StatusOK).heading("Regardez vos courriels").says("odile@malakoff.example")
	odile.post(t, "/connexion", url.Values{"name": {"odile"}, "password": {password}}).want(http.StatusUnprocessableEntity).says("Confirmez d’abord votre adresse")
	applicant, err := m.app.DB.Node(m.node.ID).ApplicantByUsername(context.Background(), "odile")
	if err != nil {
		t.Fatal(err)
	}
	confirm := "/inscription/confirmer?cle=" + m.mailed(t, parvis.MailArgs{About: parvis.MailConfirm, Applicant: applicant.ID})
	odile.get(t, confirm).want(http.StatusOK).heading("Confirmez votre adresse").says("au nom de Odile (@odile), avec l’adresse odile@malakoff.example")
	if odile.get(t, confirm).one("input", "name", "password") != nil {
		t.Error("it wants the password in the browser that asked")
	}
	// On her phone she types the password that she chose.
	phone := m.visitor(t)
	if phone.get(t, confirm).one("input", "name", "password") == nil {
		t.Error("another browser is not asked for the password")
	}
	for _, wrong := range []string{"", "un autre mot de passe"} {
		phone.post(t, confirm, url.Values{"password": {wrong}}).want(http.StatusUnprocessableEntity).says("Tapez le mot de passe que vous avez choisi")
	}
	odile.post(t, confirm, nil).want(http.StatusOK).says("Bienvenue !")
	odile.post(t, confirm, nil).want(http.StatusGone)
	m.visitor(t).post(t, "/inscription", joining("username", "rose", "email", "rose@malakoff.example")).want(http.StatusOK)
	if applicant, err = m.app.DB.Node(m.node.ID).ApplicantByUsername(context.Background(), "rose"); err != nil {
		t.Fatal(err)
	}
	confirm = "/inscription/confirmer?cle=" + m.mailed(t, parvis.MailArgs{About: parvis.MailConfirm, Applicant: applicant.ID})
	phone.post(t, confirm, url.Values{"password": {password}}).want(http.StatusOK).says("Bienvenue !")
}

// Whoever opens the link of a mail that cannot do what it is for is told why.
func TestLinksThatAreRefused(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.app.Mails = true
	odile := m.visitor(t)
	odile.post(t, "/inscription", joining()).want(http.StatusOK).heading("Regardez vos courriels")
	applicant, err := m.app.DB.Node(m.node.ID).ApplicantByUsername(context.Background(), "odile")
	if err != nil {
		t.Fatal(err)
	}
	secret := m.mailed(t, parvis.MailArgs{About: parvis.MailConfirm, Applicant: applicant.ID})
	m.resident(t, "odile", parvis.RoleResident) // by the command
	odile.post(t, "/inscription/confirmer", url.Values{"cle": {secret}}).want(http.StatusUnprocessableEntity).
		says("Ce nom d’utilisateur est déjà pris.", "Recommencer")
	karim := m.resident(t, "karim", parvis.RoleResident)
	link := m.mailed(t, parvis.MailArgs{About: parvis.MailLink, To: karim.ID})
	if err := m.app.Suspend(context.Background(), m.node, "karim", false); err != nil {
		t.Fatal(err)
	}
	m.visitor(t).post(t, "/connexion/lien", url.Values{"cle": {link}}).want(http.StatusUnprocessableEntity).says("Ce compte est suspendu.")
}

func TestBrowsersAndAddress(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	jeanne := m.resident(t, "jeanne", parvis.RoleResident)
	here, library := m.signedIn(t, "jeanne"), m.signedIn(t, "jeanne")
	const path = "/moi/compte"
	page := here.get(t, path).want(http.StatusOK).says("Vos navigateurs", "celui-ci", "Déconnecter")
	button := page.one("button", "name", "navigateur")
	if button == nil {
		t.Fatal("the other browser cannot be signed out")
	}
	here.post(t, path+"/navigateurs", url.Values{"navigateur": {"nimporte"}}).want(http.StatusNotFound)
	here.post(t, path+"/navigateurs", url.Values{"navigateur": {attr(button, "value")}}).want(http.StatusOK).says("C’est déconnecté.")
	library.get(t, "/moi").heading("Se connecter")
	again := m.signedIn(t, "jeanne")
	here.post(t, path+"/navigateurs", nil).want(http.StatusOK)
	again.get(t, "/moi").heading("Se connecter")
	here.get(t, "/moi").heading("Jeanne")

	here.post(t, path+"/courriel", url.Values{"email": {"jeanne"}}).want(http.StatusUnprocessableEntity).says("Indiquez une adresse e-mail")
	here.post(t, path+"/courriel", url.Values{"email": {"jeanne@vanves.example"}}).want(http.StatusOK).says("C’est enregistré.")
	m.app.Mails = true
	here.post(t, path+"/courriel", url.Values{"email": {"jeanne@clamart.example"}}).want(http.StatusOK).says("Un lien vient de partir à la nouvelle adresse.")
	link := "/moi/compte/adresse?cle=" + m.mailed(t, parvis.MailArgs{About: parvis.MailEmail, To: jeanne.ID, Address: "jeanne@clamart.example"})
	m.visitor(t).get(t, link).want(http.StatusOK).says("Votre compte utilisera désormais l’adresse jeanne@clamart.example.")
	m.visitor(t).post(t, link, nil).want(http.StatusOK).heading("Se connecter")
	if got := here.get(t, path).value("Adresse e-mail"); got != "jeanne@clamart.example" {
		t.Errorf("the address is %q", got)
	}
	here.post(t, link, nil).want(http.StatusGone)
}

// A browser that was left open shows what guards the account only to who comes in again.
func TestComeInAgain(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "karim", parvis.RoleResident)
	b := m.signedIn(t, "jeanne")
	m.later(parvis.FreshFor)
	b.get(t, "/moi").heading("Jeanne")
	page := b.get(t, "/moi/compte").heading("Confirmez que c’est vous")
	if got := page.value("Nom d’utilisateur"); got != "jeanne" {
		t.Errorf("it asks for %q", got)
	}
	m.later(time.Hour)
	b.post(t, "/moi/mot-de-passe", url.Values{"password": {"une autre phrase"}}).heading("Confirmez que c’est vous")
	b.post(t, "/connexion", url.Values{"name": {"jeanne"}, "password": {"raté"}, "retour": {"/moi/compte"}}).
		want(http.StatusUnprocessableEntity).heading("Confirmez que c’est vous")
	b.post(t, "/connexion", url.Values{"name": {"jeanne"}, "password": {password}, "retour": {"/moi/compte"}}).
		want(http.StatusOK).says("Vos navigateurs")
	if page := b.get(t, "/moi/compte"); page.one("button", "name", "navigateur") != nil {
		t.Error("the session that was replaced is still there")
	}
}
