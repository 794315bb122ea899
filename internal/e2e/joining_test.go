package e2e_test

import (
	"io"
	"mime/quotedprintable"
	"net/http"
	netmail "net/mail"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

// A mailbox is where the mail of a place arrives.
type mailbox <-chan parvistest.Mail

var linkInMail = regexp.MustCompile(`http://\S+`)

// link waits for the next mail, which must be for an address, and returns the link in it.
func (m mailbox) link(t testing.TB, to string) string {
	t.Helper()
	select {
	case got := <-m:
		if !strings.Contains(got.To, "<"+to+">") {
			t.Fatalf("mail went to %s, want to %s", got.To, to)
		}
		message, err := netmail.ReadMessage(strings.NewReader(got.Data))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(message.Body))
		if err != nil {
			t.Fatal(err)
		}
		link := linkInMail.FindString(string(body))
		if link == "" {
			t.Fatalf("no link in %q", body)
		}
		return link
	case <-time.After(travelTime):
		t.Fatalf("no mail to %s", to)
	}
	return ""
}

// TestJoining: people come in with the team's consent, by invitation, by a link, and
// see to their account.
func TestJoining(t *testing.T) {
	engines := parvistest.Engines(t)
	axe, browser := parvistest.Axe(t), startBrowser(t)
	malakoff := newPlace(t, build(t), "malakoff", engines[len(engines)-1].URL(t))
	address, sessions := parvistest.SMTP(t)
	mails := mailbox(sessions)
	malakoff.settings = append(malakoff.settings, "--smtp", "smtp://"+address+"?from=parvis@malakoff.example")
	malakoff.start(t)
	malakoff.account(t, "claire", "admin")
	malakoff.await(t, noticeTime, "/inscription", func(status int, _ string) bool { return status == http.StatusOK })

	claire := sitDown(t, browser, axe, "Claire")
	claire.open(t, malakoff.url("/equipe/inscriptions"), http.StatusOK)
	claire.logIn(t, "claire")
	claire.check(t, "applicants none")
	claire.tick(t, "Avec l’accord de l’équipe")
	claire.press(t, "Enregistrer", http.StatusOK)
	claire.reads(t, "Claire", "Chacun dit pourquoi il vient")
	rose := sitDown(t, browser, axe, "Rose")
	rose.open(t, malakoff.url("/inscription"), http.StatusOK)
	rose.check(t, "sign-up by consent")
	rose.write(t, "Prénom ou nom affiché", "Rose")
	rose.write(t, "Nom d’utilisateur", "rose")
	rose.write(t, "Adresse e-mail", "rose@malakoff.example")
	rose.write(t, "Mot de passe", password)
	rose.write(t, "Dites deux mots de vous", "J’habite rue Gambetta, je répare des vélos.")
	rose.tick(t, "J’ai 15 ans ou plus.")
	rose.tick(t, "J’accepte les règles de ce lieu.")
	rose.press(t, "Envoyer ma demande", http.StatusOK)
	rose.reads(t, "Regardez vos courriels", "rose@malakoff.example")
	rose.check(t, "look at your mail")
	rose.open(t, mails.link(t, "rose@malakoff.example"), http.StatusOK)
	rose.reads(t, "Confirmez votre adresse")
	rose.check(t, "confirm the address")
	rose.press(t, "Confirmer", http.StatusOK)
	rose.reads(t, "Votre demande est arrivée")

	claire.open(t, mails.link(t, "claire@example.org"), http.StatusOK)
	claire.reads(t, "Claire", "Rose", "je répare des vélos")
	claire.unfold(t, "Refuser")
	claire.check(t, "applicants")
	claire.press(t, "Ouvrir le compte", http.StatusOK)
	claire.reads(t, "Claire", "Le compte est ouvert.")
	rose.open(t, mails.link(t, "rose@malakoff.example"), http.StatusOK)
	rose.reads(t, "Se connecter")
	rose.check(t, "sign-in with mail")
	rose.press(t, "Mot de passe oublié", http.StatusOK)
	rose.check(t, "ask for a link")
	rose.write(t, "Adresse e-mail", "rose@malakoff.example")
	rose.press(t, "Recevoir le lien", http.StatusOK)
	link := mails.link(t, "rose@malakoff.example")
	rose.open(t, link, http.StatusOK)
	rose.check(t, "a link in a mail")
	rose.press(t, "Entrer", http.StatusOK)
	rose.reads(t, "Bonjour Rose", "Vous êtes entré.")

	claire.open(t, malakoff.url("/equipe/invitations"), http.StatusOK)
	claire.check(t, "invitations none")
	claire.write(t, "Pour qui", "Forum des associations")
	claire.press(t, "Créer le lien", http.StatusOK)
	claire.unfold(t, "Code à photographier")
	claire.check(t, "invitations")
	invitation := ask[string](t, claire, `document.querySelector("main a[href*='invitation=']").href`)
	luis := sitDown(t, browser, axe, "Luis")
	luis.open(t, link, http.StatusGone)
	luis.reads(t, "Ce lien ne sert plus")
	luis.check(t, "a link that is good no more")
	luis.open(t, invitation, http.StatusOK)
	luis.write(t, "Nom d’utilisateur", "luis")
	luis.write(t, "Adresse e-mail", "luis@malakoff.example")
	luis.write(t, "Mot de passe", password)
	luis.tick(t, "J’ai 15 ans ou plus.")
	luis.tick(t, "J’accepte les règles de ce lieu.")
	luis.press(t, "Créer mon compte", http.StatusOK)
	luis.open(t, mails.link(t, "luis@malakoff.example"), http.StatusOK)
	luis.press(t, "Confirmer", http.StatusOK)
	luis.reads(t, "luis", "Bienvenue !")

	luis.open(t, malakoff.url("/moi/compte"), http.StatusOK)
	luis.reads(t, "luis", "Vos navigateurs", "Chrome", "celui-ci")
	luis.check(t, "account")
	luis.write(t, "Adresse e-mail", "luis@vanves.example")
	luis.press(t, "Changer d’adresse", http.StatusOK)
	luis.open(t, mails.link(t, "luis@vanves.example"), http.StatusOK)
	luis.press(t, "Confirmer", http.StatusOK)
	luis.holds(t, "Adresse e-mail", "luis@vanves.example")
	if warned := mails.link(t, "luis@malakoff.example"); !strings.HasSuffix(warned, "/connexion/oubli") {
		t.Errorf("the old address is led to %s", warned)
	}
	// Where the mail of an account is lost as well, the team prints a link.
	printed := strings.TrimSpace(malakoff.run(t, "", "account", "link", "luis"))
	rose.open(t, printed, http.StatusOK)
	rose.reads(t, "Entrer : luis")
	malakoff.calm(t)
}
