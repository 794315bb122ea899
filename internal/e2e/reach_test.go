package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// things are what Karim lends: enough to fill a page of the list.
var things = []string{
	"Appareil à raclette pour huit", "Tente deux places", "Escabeau", "Scie sauteuse", "Ponceuse", "Remorque de vélo",
	"Machine à coudre", "Barnum de trois mètres", "Diable de déménagement", "Nettoyeur vapeur", "Décolleuse à papier peint",
	"Lit parapluie", "Chaise haute", "Vidéoprojecteur", "Enceinte portative", "Guitare d’étude", "Clavier pour débuter",
	"Moule à gaufres", "Marmite de vingt litres", "Déshydrateur", "Extracteur de jus", "Sécateur de force", "Broyeur de branches",
	"Brouette", "Karcher", "Perforateur", "Niveau laser", "Carrelette", "Pistolet à peinture", "Serre-joints",
	"Valise de grande taille", "Sac de couchage", "Raquettes à neige", "Table de ping-pong", "Jeu de pétanque", "Livres de cuisine",
}

// limitBytes is what a list may cost who has never been here, without photos.
const limitBytes = 60_000

// weighs fills the list and opens it with an empty cache.
func (s *story) weighs(t *testing.T) {
	s.malakoff.lend(t, "karim", things)
	someone := s.person(t, "someone new")
	someone.open(t, s.malakoff.url("/entraide"), http.StatusOK)
	if cards := ask[int](t, someone, `document.querySelectorAll(".card").length`); cards < 20 {
		t.Fatalf("the list shows %d cards, which is no full page", cards)
	}
	someone.mu.Lock()
	var total float64
	for _, l := range someone.loads {
		if !strings.Contains(l.url, "/media/") {
			total += l.bytes
			t.Logf("%6.0f bytes: %s", l.bytes, l.url)
		}
	}
	someone.mu.Unlock()
	if total == 0 || total > limitBytes {
		t.Errorf("the list costs %.0f bytes, want at most %d", total, limitBytes)
	}
	someone.check(t, "list full")
	someone.press(t, "Annonces plus anciennes", http.StatusOK)
	someone.check(t, "list, older")
	someone.press(t, "Annonces plus récentes", http.StatusOK)
	someone.reads(t, "Entraide", things[len(things)-1])
}

// lend publishes offers by the form, without a browser.
func (p *place) lend(t testing.TB, username string, titles []string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := p.client()
	client.Jar = jar
	post := func(path string, form url.Values) {
		res, err := client.PostForm(p.url(path), form)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("post to %s: %s", path, res.Status)
		}
	}
	post("/connexion", url.Values{"name": {username}, "password": {password}})
	for _, title := range titles {
		post("/publier/annonce", url.Values{"purpose": {"offer"}, "sort": {"object"}, "title": {title}, "place": {"Barbusse"},
			"audience": {"everyone"}, "step": {"publish"}})
	}
}

// withoutScripts publishes as somebody does whose browser runs no scripts.
func (s *story) withoutScripts(t *testing.T) {
	const title = "Cours d’accordéon pour débuter"
	k := s.person(t, "Karim without scripts")
	k.turn(t, scriptsOff)
	k.open(t, s.malakoff.url("/publier"), http.StatusOK)
	k.press(t, "Une demande", http.StatusOK)
	k.press(t, "Cours ou savoir-faire", http.StatusOK)
	k.reads(t, "Se connecter")
	k.logIn(t, "karim")
	k.reads(t, "Votre demande") // where the visitor wanted to go
	k.write(t, "Description", "Une heure par semaine.")
	k.attach(t, "Photos", s.photo)
	k.press(t, "Voir l’aperçu", http.StatusUnprocessableEntity)
	k.corrects(t, "Titre")
	k.holds(t, "Description", "Une heure par semaine.")
	k.checkStill(t, "publish without scripts, title missing")
	k.write(t, "Titre", title)
	k.press(t, "Voir l’aperçu", http.StatusOK)
	k.reads(t, title, "Tout est juste ?")
	k.press(t, "Publier la demande", http.StatusOK)
	k.reads(t, title, "C’est publié.")
	if ask[int](t, k, `document.querySelectorAll(".pics img").length`) != 1 {
		t.Error("the photo that came with the refused form was lost")
	}
	k.checkStill(t, "request without scripts")
	s.cropsStill(t, k)
}

// checkStill checks a page whose scripts did not run; axe's may.
func (p *person) checkStill(t testing.TB, name string) {
	t.Helper()
	p.turn(t, scriptsOn)
	p.check(t, name)
	p.turn(t, scriptsOff)
}

// byKeyboard walks through pages with the Tab key alone, wide and narrow.
func (s *story) byKeyboard(t *testing.T) {
	for _, page := range []struct {
		who  *person
		path string
	}{{s.visitor, "/"}, {s.visitor, "/entraide?domaine=tools"}, {s.visitor, "/connexion"},
		{s.jeanne, "/publier?but=offer"}, {s.jeanne, "/publier/annonce?but=offer&sorte=object"}, {s.jeanne, "/moi"}, {s.jeanne, "/moi/reglages"}, {s.jeanne, "/moi/profil"}} {
		for _, width := range []int64{wide, narrow} {
			page.who.do(t, "turn to "+page.path, look{width, light}.apply())
			page.who.open(t, s.malakoff.url(page.path), http.StatusOK)
			page.who.walks(t, width)
		}
	}
	s.jeanne.do(t, "turn to the drill", look{wide, light}.apply())
	s.jeanne.open(t, s.drill, http.StatusOK)
	s.jeanne.walks(t, wide)
}

// findStops lists what the keyboard must reach. Of the answers to one question,
// the chosen one is reached; the arrows lead to the others.
const findStops = `(window.stops = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
	.filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && (e.type !== "radio" || e.checked))).length`

// A stop is where the focus is: which of the stops, and what one sees of it.
type stop struct {
	Index    int
	What     string
	Outlined bool
	Seen     bool
}

// findStop tells where the focus is. The outline may be drawn on the whole of
// what an element stands for: its label, or its card.
const findStop = `(() => {
	const e = document.activeElement, shown = e.closest("label.choice, .tick") || e, box = shown.getBoundingClientRect();
	const outlined = (node, part) => { const s = getComputedStyle(node, part); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2; };
	const at = (x, y) => { const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
		return !!top && (shown.contains(top) || top.contains(shown)); };
	return {index: stops.indexOf(e), what: e.outerHTML.slice(0, 120),
		outlined: [e, shown, e.closest(".card") || e].some(node => [undefined, "::before", "::after"].some(part => outlined(node, part))),
		seen: [[.5, .5], [.1, .2], [.9, .2], [.1, .8], [.9, .8]].some(([x, y]) => at(x, y))};
})()`

// walks presses Tab until everything was reached once. The link that skips the
// head comes first; each stop shows that it is one, and nothing covers it.
func (p *person) walks(t testing.TB, width int64) {
	t.Helper()
	count := ask[int](t, p, findStops)
	if count == 0 {
		t.Fatalf("%s has nothing to reach", p.at(t))
	}
	reached := make(map[int]bool)
	// Some fields take several presses: a date has a day, a month and a year.
	for presses := 0; len(reached) < count && presses < 2*count+10; presses++ {
		p.do(t, "press Tab", chromedp.KeyEvent(kb.Tab))
		now := ask[stop](t, p, findStop)
		if presses == 0 && !strings.Contains(now.What, `href="#main"`) {
			t.Errorf("%s at %d px: the first stop is %s", p.at(t), width, now.What)
		}
		if now.Index < 0 || reached[now.Index] {
			continue
		}
		reached[now.Index] = true
		if !now.Outlined {
			t.Errorf("%s at %d px: no outline shows the focus on %s", p.at(t), width, now.What)
		}
		if !now.Seen {
			t.Errorf("%s at %d px: something covers %s", p.at(t), width, now.What)
		}
	}
	for i := range count {
		if !reached[i] {
			t.Errorf("%s at %d px: the keyboard does not reach %s", p.at(t), width, ask[string](t, p, fmt.Sprintf("stops[%d].outerHTML.slice(0, 120)", i)))
		}
	}
}
