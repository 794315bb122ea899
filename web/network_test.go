package web_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// file sends a form with one file, as a browser does.
func (b *browser) file(t testing.TB, path, field, content string, form url.Values) *view {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name := range form {
		if err := w.WriteField(name, form.Get(name)); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile(field, "liste.csv")
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.do(t, http.MethodPost, path, w.FormDataContentType(), &body)
}

func TestDomainsPage(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "karim", parvis.RoleResident)
	m.resident(t, "paula", parvis.RoleModerator)
	karim, paula := m.signedIn(t, "karim"), m.signedIn(t, "paula")
	const path = "/equipe/domaines"
	m.visitor(t).get(t, path).heading("Se connecter")
	karim.get(t, path).want(http.StatusForbidden)
	paula.get(t, path).want(http.StatusOK).says("L’équipe n’a rien décidé.", "Nous ne suivons aucune liste.").saysNot("Suivre cette liste")

	rule := url.Values{"domain": {"Spam.Besançon.example"}, "severity": {"suspend"}, "comment": {"Publicité"}, "reports": {"1"}}
	karim.post(t, path, rule).want(http.StatusForbidden)
	paula.post(t, path, rule).want(http.StatusOK).says("C’est décidé.", "spam.xn--besanon-yxa.example", "Bloquer · signalements ignorés · Publicité")
	paula.post(t, path, url.Values{"domain": {"images.example"}, "severity": {"noop"}, "media": {"1"}}).want(http.StatusOK).saysNot("Seulement ce qui est coché ·")
	paula.post(t, path+"/lever", url.Values{"domain": {"images.example"}}).want(http.StatusOK)
	refused := paula.post(t, path, url.Values{"domain": {"fr"}, "severity": {"silence"}}).want(http.StatusUnprocessableEntity).says("bien plus qu’un serveur")
	if got := refused.value("Domaine"); got != "fr" {
		t.Errorf("the form forgot what was written: %q", got)
	}
	csv := paula.get(t, path+".csv").want(http.StatusOK)
	if want := "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\nspam.xn--besanon-yxa.example,suspend,false,true,Publicité,false\n"; csv.body != want {
		t.Errorf("export %q, want %q", csv.body, want)
	}
	karim.get(t, path+".csv").want(http.StatusForbidden)
	karim.get(t, path+"-admis.csv").want(http.StatusForbidden)
	if got := paula.get(t, path+"-admis.csv").want(http.StatusOK).body; got != "#domain\n" {
		t.Errorf("allowed: %q", got)
	}

	karim.file(t, path+"/import", "file", "a.example\n", nil).want(http.StatusForbidden)
	paula.file(t, path+"/import", "file", "loin.example\nb.example\nspam.besançon.example\nfr\n", url.Values{"otherwise": {"silence"}}).want(http.StatusOK).
		says("2 règles importées. Déjà décidées : 1. Lignes ignorées : 1.", "loin.example", "Mettre en sourdine")
	paula.file(t, path+"/import", "file", "", nil).want(http.StatusUnprocessableEntity).says("Ce fichier ne nomme aucun domaine.")
	paula.file(t, path+"/import", "autre", "x", nil).want(http.StatusUnprocessableEntity).says("Ce fichier ne nomme aucun domaine.")

	karim.post(t, path+"/lever", url.Values{"domain": {"loin.example"}}).want(http.StatusForbidden)
	for range 2 { // a colleague may be faster
		paula.post(t, path+"/lever", url.Values{"domain": {"loin.example"}}).want(http.StatusOK).says("La règle est levée.").saysNot("loin.example")
	}
}

func TestDomainsPageByPages(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "paula", parvis.RoleModerator)
	err := m.app.DB.Node(m.node.ID).InTx(t.Context(), func(ctx context.Context, tx *storage.Tx) error {
		for i := range 101 {
			r := parvis.DomainRule{Domain: string(rune('a'+i/26)) + string(rune('a'+i%26)) + ".example", Severity: parvis.Suspend, CreatedAt: now}
			if err := tx.SaveTeamRule(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	paula := m.signedIn(t, "paula")
	first := paula.get(t, "/equipe/domaines").says("aa.example").saysNot("dw.example")
	paula.get(t, first.link("Suite")).says("dw.example").saysNot("aa.example").link("Début")
}

func TestSharedLists(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "paula", parvis.RoleModerator)
	m.resident(t, "odile", parvis.RoleAdmin)
	paula, odile := m.signedIn(t, "paula"), m.signedIn(t, "odile")
	list := url.Values{"url": {"https://lists.example/blocks.csv"}}
	paula.post(t, "/equipe/listes", list).want(http.StatusForbidden)
	odile.post(t, "/equipe/listes", url.Values{"url": {"blocks.csv"}}).want(http.StatusUnprocessableEntity).says("n’est pas l’adresse d’une liste")
	odile.post(t, "/equipe/listes", list).want(http.StatusOK).says("La liste va être lue.", "https://lists.example/blocks.csv", "Pas encore lue.")
	lists, err := m.app.BlockLists(t.Context(), m.node)
	if err != nil || len(lists) != 1 {
		t.Fatalf("%d lists, %v", len(lists), err)
	}
	if err := m.app.ReceiveList(t.Context(), m.node, lists[0].ID, []byte("spam.example\nfr\n"), nil); err != nil {
		t.Fatal(err)
	}
	paula.get(t, "/equipe/domaines").says("1 domaine", "1 ligne ignorée").saysNot("Ne plus suivre", "spam.example")
	path := "/equipe/listes/" + lists[0].ID.String()
	paula.post(t, path+"/lire", nil).want(http.StatusForbidden)
	paula.post(t, path+"/quitter", nil).want(http.StatusForbidden)
	odile.post(t, path+"/lire", nil).want(http.StatusOK).says("La liste va être lue.")
	odile.post(t, path+"/quitter", nil).want(http.StatusOK).says("Nous ne suivons plus cette liste.", "Nous ne suivons aucune liste.")
	odile.post(t, path+"/lire", nil).want(http.StatusNotFound)
	odile.post(t, "/equipe/listes/nimporte/lire", nil).want(http.StatusNotFound)
}

func TestNetworkPage(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "paula", parvis.RoleModerator)
	m.resident(t, "odile", parvis.RoleAdmin)
	paula, odile := m.signedIn(t, "paula"), m.signedIn(t, "odile")
	const path = "/equipe/reseau"
	m.visitor(t).get(t, path).heading("Se connecter")
	paula.get(t, path).want(http.StatusForbidden)
	odile.get(t, path).want(http.StatusOK).says("Pas encore de partenaire.", "Aucun relais.")
	for _, form := range []string{path, "/equipe/voisins", "/equipe/relais", "/equipe/relais/1/quitter"} {
		paula.post(t, form, url.Values{"federation": {"listed"}, "host": {"vanves.example"}, "verb": {"ask"}}).want(http.StatusForbidden)
	}

	ask := func(verb, host string) *view {
		return odile.post(t, "/equipe/voisins", url.Values{"verb": {verb}, "host": {host}})
	}
	ask("ask", "Vanves.example/").want(http.StatusOK).says("Nous demandons à ce lieu.", "vanves.example", "Nous avons demandé")
	ask("ask", "pas un nom").want(http.StatusUnprocessableEntity).says("n’est pas un nom de serveur")
	ask("ask", m.node.Host).want(http.StatusUnprocessableEntity).says("son propre partenaire")
	ask("approve", "vanves.example").want(http.StatusConflict)
	ask("nimporte", "vanves.example").want(http.StatusNotFound)
	wish := &parvis.Partner{Host: "lyon.example", Theirs: true, CreatedAt: now}
	if err := m.app.DB.Node(m.node.ID).InTx(t.Context(), func(ctx context.Context, tx *storage.Tx) error { return tx.SavePartner(ctx, wish) }); err != nil {
		t.Fatal(err)
	}
	odile.get(t, path).says("Ils demandent à être nos partenaires.", "Accepter lyon.example", "Refuser lyon.example")
	ask("approve", "lyon.example").want(http.StatusOK).says("C’est accepté.", "Partenaires.", "Mettre fin lyon.example")
	ask("end", "lyon.example").want(http.StatusOK).says("C’est terminé.").saysNot("lyon.example")
	ask("end", "lyon.example").want(http.StatusNotFound)

	relay := url.Values{"url": {"https://relay.example/inbox"}, "style": {"mastodon"}}
	odile.post(t, "/equipe/relais", url.Values{"url": {"https://relay.example/inbox"}}).want(http.StatusUnprocessableEntity).says("Choisissez le genre du relais.")
	odile.post(t, "/equipe/relais", url.Values{"url": {"relay"}, "style": {"litepub"}}).want(http.StatusUnprocessableEntity).says("n’est pas l’adresse d’un relais")
	odile.post(t, "/equipe/relais", relay).want(http.StatusOK).says("Nous demandons à ce relais.", "https://relay.example/inbox", "demandé, pas encore de réponse")
	odile.post(t, "/equipe/relais", relay).want(http.StatusUnprocessableEntity).says("Nous avons déjà demandé à ce relais.")
	relays, err := m.app.Relays(t.Context(), m.node)
	if err != nil || len(relays) != 1 {
		t.Fatalf("%d relays, %v", len(relays), err)
	}
	odile.post(t, "/equipe/relais/"+relays[0].ID.String()+"/quitter", nil).want(http.StatusOK).says("Nous quittons ce relais.", "départ en cours")
	odile.post(t, "/equipe/relais/nimporte/quitter", nil).want(http.StatusNotFound)

	odile.post(t, path, url.Values{"federation": {"listed"}, "signed": {"1"}}).want(http.StatusOK).says("C’est enregistré.")
	n, err := m.app.DB.NodeByID(t.Context(), m.node.ID)
	if err != nil || n.Federation != parvis.FederationListed || !n.AuthorizedFetch {
		t.Errorf("the node is %+v, %v", n, err)
	}
	odile.post(t, path, url.Values{"federation": {"nimporte"}}).want(http.StatusUnprocessableEntity).says("Choisissez avec qui nous échangeons.")
}

func TestPeersPage(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "paula", parvis.RoleModerator)
	m.resident(t, "odile", parvis.RoleAdmin)
	m.elsewhere(t, "ana") // of masto.example
	paula, odile := m.signedIn(t, "paula"), m.signedIn(t, "odile")
	const path = "/equipe/serveurs"
	paula.get(t, path).want(http.StatusForbidden)
	odile.get(t, path).want(http.StatusOK).says("Rien n’a encore été envoyé.")
	for _, h := range []storage.Host{
		{Host: "masto.example", Failures: 3, DownSince: now.Add(-2 * time.Hour), RetryAt: now.Add(2 * time.Hour), LastSuccess: now.Add(-26 * time.Hour),
			LastFailure: now, Trouble: parvis.TroubleTLS, Error: "x509: expired"},
		{Host: "elsewhere.example", Failures: 1, LastFailure: now}, // whom this node does not know
	} {
		if err := m.app.DB.SaveHost(t.Context(), h); err != nil {
			t.Fatal(err)
		}
	}
	odile.get(t, path).says("masto.example ne répond pas", "Son certificat n’est pas valable.", "3 échecs de suite", "Premier échec il y a 2 h", "Dernier envoi réussi hier", "x509: expired").
		saysNot("elsewhere.example")
	paula.post(t, path+"/essayer", url.Values{"host": {"masto.example"}}).want(http.StatusForbidden)
	odile.post(t, path+"/essayer", url.Values{"host": {"masto.example"}}).want(http.StatusOK).says("Nous essayons maintenant.", "essai en cours")
	odile.post(t, path+"/essayer", url.Values{"host": {"elsewhere.example"}}).want(http.StatusNotFound)
	if h, err := m.app.DB.Host(t.Context(), "masto.example"); err != nil || h.RetryAt.After(m.app.Now()) {
		t.Errorf("it is tried at %v, %v; want now", h.RetryAt, err)
	}
}
