package e2e_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mattn/go-mastodon"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// Names below .example lead nowhere, so that whatever asks there fails at once.
const (
	farHost   = "masto.example"
	farHandle = "@luis@" + farHost
	warning   = "Accident de voiture"
)

// TestAmongOthers visits what a resident and the team do about other servers: those
// that refuse, that are away, that one comes from, or moves to.
func TestAmongOthers(t *testing.T) {
	o := &others{axe: parvistest.Axe(t)}
	o.browser = startBrowser(t)
	engine := parvistest.Engines(t)[0]
	o.database = engine.URL(t)
	binary := build(t)
	o.malakoff = newPlace(t, binary, "malakoff", o.database)
	o.atelier = newPlace(t, binary, "atelier", engine.URL(t))
	for _, p := range []*place{o.malakoff, o.atelier} {
		p.start(t)
		p.account(t, "karim", "admin")
	}
	o.malakoff.run(t, "", "node", "set", "--name", "Malakoff", "--summary", "À Malakoff, on se prête, on s’entraide.")
	o.karim = sitDown(t, o.browser, o.axe, "Karim")
	o.karim.open(t, o.malakoff.url("/connexion"), http.StatusOK)
	o.karim.logIn(t, "karim")
	for _, chapter := range []struct {
		name string
		tell func(*testing.T)
	}{
		{"he warns of a text and pins it", o.warns},
		{"somebody quotes him", o.isQuoted},
		{"the team decides about servers", o.decides},
		{"the team sees who does not answer", o.sees},
		{"the team asks partners and relays", o.asks},
		{"a stranger writes to the feed", o.isAsked},
		{"he completes what an app could not", o.completes},
		{"he takes his lists along", o.imports},
		{"he moves, and comes back", o.moves},
	} {
		t.Run(chapter.name, chapter.tell)
	}
}

type others struct {
	malakoff, atelier *place
	database          string // of Malakoff
	browser           context.Context
	axe               string
	karim             *person
	post              string // address of what he pinned
}

func (o *others) warns(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	status, err := o.malakoff.app(t, "karim").PostStatus(ctx, &mastodon.Toot{SpoilerText: warning, Language: "fr",
		Status: "Rue Béranger, à 18 h : personne n’est blessé. J’ai des photos pour qui était garé là."})
	if err != nil {
		t.Fatal(err)
	}
	k := o.karim
	o.post = status.URI
	k.open(t, o.post, http.StatusOK)
	k.press(t, "Épingler à mon profil", http.StatusOK)
	k.check(t, "post with a warning, closed")
	k.unfold(t, warning)
	k.reads(t, warning, "personne n’est blessé")
	k.check(t, "post with a warning, open")
	k.open(t, o.malakoff.url("/@karim"), http.StatusOK)
	k.reads(t, "Karim", "À lire d’abord", warning)
	k.check(t, "profile with a pinned post")
	k.open(t, o.malakoff.url("/moi/fil"), http.StatusOK)
	k.check(t, "timeline with a warning")
}

// isQuoted lets somebody quote Karim whose server is no part of the story: it is
// written where Malakoff keeps what it received. He follows Karim, too.
func (o *others) isQuoted(t *testing.T) {
	quote := o.quoted(t)
	k := o.karim
	k.open(t, o.post, http.StatusOK)
	k.reads(t, warning, "1 publication cite la vôtre", farHandle)
	k.check(t, "post that is quoted")
	k.open(t, o.malakoff.url(quote), http.StatusOK)
	k.reads(t, "Qui a vu quelque chose ?", "Cite une publication de Karim", warning)
	k.check(t, "post that quotes")
	k.open(t, o.post, http.StatusOK)
	k.press(t, "Retirer mon accord", http.StatusOK)
	k.reads(t, warning, "Votre accord est retiré.")
}

func (o *others) quoted(t *testing.T) (path string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	db, err := storage.Open(ctx, o.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n, err := db.NodeByHost(ctx, o.malakoff.host)
	if err != nil {
		t.Fatal(err)
	}
	rows, now := db.Node(n.ID), time.Now()
	post, err := rows.PostByURI(ctx, o.post)
	if err != nil {
		t.Fatal(err)
	}
	luis := parvistest.Stranger("luis", farHost)
	luis.Name, luis.FetchedAt = "Luis", now
	var quote *parvis.Post
	err = rows.InTx(ctx, func(ctx context.Context, tx *storage.Tx) error {
		if err := tx.AddAccount(ctx, luis); err != nil {
			return err
		}
		quote = parvistest.Post(n, luis, &parvis.Note{}, "", now)
		quote.HTML, quote.QuoteURI = "<p>Qui a vu quelque chose ?</p>", post.URI
		stamp := &parvis.Stamp{ID: parvis.NewID(now), PostID: post.ID, QuoterID: luis.ID, QuoteURI: quote.URI}
		quote.QuoteStamp = n.URL(stamp.Path())
		if err := tx.AddPost(ctx, quote, nil); err != nil {
			return err
		}
		if err := tx.AddFollow(ctx, &parvis.Follow{FollowerID: luis.ID, FollowedID: post.AuthorID, URI: luis.URI + "/follows/1", Accepted: true, CreatedAt: now}); err != nil {
			return err
		}
		return tx.AddStamp(ctx, stamp)
	})
	if err != nil {
		t.Fatal(err)
	}
	return quote.Path()
}

func (o *others) decides(t *testing.T) {
	k, domains := o.karim, o.malakoff.url("/equipe/domaines")
	k.open(t, domains, http.StatusOK)
	k.write(t, "Domaine", o.malakoff.host)
	k.write(t, "Commentaire", "Publicité pour des paris.")
	k.press(t, "Décider", http.StatusUnprocessableEntity)
	k.corrects(t, "Domaine")
	k.holds(t, "Commentaire", "Publicité pour des paris.")
	k.check(t, "rules, one refused")
	k.write(t, "Domaine", "paris.example")
	k.press(t, "Décider", http.StatusOK)
	k.write(t, "Domaine", "images.example")
	k.tick(t, "Seulement ce qui est coché")
	k.tick(t, "Ne pas copier ses images")
	k.press(t, "Décider", http.StatusOK)
	k.reads(t, "Karim", "paris.example", "Publicité pour des paris.", "sans images")
	k.press(t, "Importer", http.StatusUnprocessableEntity)
	k.corrects(t, "Fichier CSV")
	k.attach(t, "Fichier CSV", o.file(t, "regles.csv", "#domain,#severity\nreclame.example,silence\nparis.example,suspend\npas un domaine,suspend\n"))
	k.press(t, "Importer", http.StatusOK)
	k.reads(t, "Karim", "1 règle importée. Déjà décidées : 1. Lignes ignorées : 1.", "reclame.example")
	k.write(t, "Adresse de la liste (CSV)", "listes.example")
	k.press(t, "Suivre cette liste", http.StatusUnprocessableEntity)
	k.corrects(t, "Adresse de la liste (CSV)")
	k.write(t, "Adresse de la liste (CSV)", "https://listes.example/sobre.csv")
	k.press(t, "Suivre cette liste", http.StatusOK)
	k.awaits(t, domains, "https://listes.example/sobre.csv", "La dernière lecture a échoué")
	k.check(t, "rules and a list that is away")
}

// file writes a file that a person could choose.
func (o *others) file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sees needs a server that is away: Luis follows Karim, who writes something.
func (o *others) sees(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	if _, err := o.malakoff.app(t, "karim").PostStatus(ctx, &mastodon.Toot{Status: "Merci à tous, tout est rangé.", Language: "fr"}); err != nil {
		t.Fatal(err)
	}
	k := o.karim
	k.awaits(t, o.malakoff.url("/equipe/serveurs"), farHost, "ne répond pas", "le plus ancien écrit") // and maybe what the feed shared of Luis
	k.check(t, "health, a server is away")
	k.unfold(t, "Détail technique")
	k.check(t, "health, in the words of the machine")
	k.press(t, "Essayer maintenant", http.StatusOK)
	k.reads(t, "Karim", "Nous essayons maintenant.")
}

func (o *others) asks(t *testing.T) {
	k, network := o.karim, o.malakoff.url("/equipe/reseau")
	k.open(t, network, http.StatusOK)
	k.write(t, "Adresse de l’autre lieu", "Vanves, mairie")
	k.press(t, "Proposer un partenariat", http.StatusUnprocessableEntity)
	k.corrects(t, "Adresse de l’autre lieu")
	k.holds(t, "Adresse de l’autre lieu", "Vanves, mairie")
	k.check(t, "partner refused")
	k.write(t, "Adresse de l’autre lieu", "vanves.example")
	k.press(t, "Proposer un partenariat", http.StatusOK)
	k.write(t, "Adresse du relais", "relais")
	k.press(t, "Demander à ce relais", http.StatusUnprocessableEntity)
	k.corrects(t, "Adresse du relais")
	k.holds(t, "Adresse du relais", "relais")
	k.write(t, "Adresse du relais", "https://relais.example/actor")
	k.tick(t, "LitePub")
	k.press(t, "Demander à ce relais", http.StatusOK)
	k.awaits(t, network, "vanves.example", "relais.example")
	k.check(t, "partner and relay that are away")
}

func (o *others) imports(t *testing.T) {
	k, moving := o.karim, o.malakoff.url("/moi/demenagement")
	k.open(t, moving, http.StatusOK)
	k.press(t, "Reprendre", http.StatusUnprocessableEntity)
	k.corrects(t, "Liste rapportée d’un autre serveur")
	k.attach(t, "Liste rapportée d’un autre serveur", o.file(t, "following_accounts.csv",
		"Account address,Show boosts\nkarim@"+o.atelier.host+",true\npersonne@"+o.atelier.host+",true\nceci n’est personne,true\n"))
	k.press(t, "Reprendre", http.StatusOK)
	k.reads(t, "Karim", "La liste est reçue.")
	k.awaits(t, moving, "1 compte suivi", "1 compte n’a pas pu être repris", "1 ligne ne nomme aucun compte")
	k.unfold(t, "1 compte n’a pas pu être repris")
	k.reads(t, "Karim", "personne@"+o.atelier.host+" : introuvable")
	k.check(t, "list taken along")
}

func (o *others) moves(t *testing.T) {
	k, there := o.karim, sitDown(t, o.browser, o.axe, "Karim at the workshop")
	there.open(t, o.atelier.url("/connexion"), http.StatusOK)
	there.logIn(t, "karim")
	there.open(t, o.atelier.url("/moi/demenagement"), http.StatusOK)
	there.write(t, "Adresse de l’ancien compte", "personne")
	there.press(t, "C’est aussi moi", http.StatusUnprocessableEntity)
	there.corrects(t, "Adresse de l’ancien compte")
	there.holds(t, "Adresse de l’ancien compte", "personne")
	there.write(t, "Adresse de l’ancien compte", "@karim@"+o.malakoff.host)
	there.press(t, "C’est aussi moi", http.StatusOK)
	there.reads(t, "Karim", "Vos autres adresses", "@karim@"+o.malakoff.host)
	there.check(t, "moving in")

	moving := o.malakoff.url("/moi/demenagement")
	k.open(t, moving, http.StatusOK)
	k.write(t, "Adresse du nouveau compte", "@personne@"+o.atelier.host)
	k.press(t, "Déménager", http.StatusUnprocessableEntity)
	k.corrects(t, "Adresse du nouveau compte")
	k.holds(t, "Adresse du nouveau compte", "@personne@"+o.atelier.host)
	k.check(t, "moving out, refused")
	k.write(t, "Adresse du nouveau compte", "@karim@"+o.atelier.host)
	k.press(t, "Déménager", http.StatusOK)
	k.reads(t, "Karim", "Vous avez déménagé.", "@karim@"+o.atelier.host)
	k.check(t, "moved")
	k.open(t, o.malakoff.url("/@karim"), http.StatusOK)
	k.reads(t, "Karim", "Ce compte a déménagé.")
	k.check(t, "profile that moved")
	k.open(t, moving, http.StatusOK)
	k.press(t, "Annuler le déménagement", http.StatusOK)
	k.reads(t, "Karim", "Le déménagement est annulé.")
}
