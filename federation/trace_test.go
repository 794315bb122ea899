package federation_test

import (
	"context"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// traced is what a trace told.
type traced struct {
	federation.Verdict
	steps []federation.Step
}

func trace(ctx context.Context, s *federation.Server, n *parvis.Node, target string) traced {
	var t traced
	t.Verdict = s.Trace(ctx, n, target, func(step federation.Step) { t.steps = append(t.steps, step) })
	return t
}

// failed are the steps that ended a trace.
func (t traced) failed() (names []string) {
	for _, s := range t.steps {
		if s.Err != nil && !s.Minor {
			names = append(names, s.What)
		}
	}
	return names
}

func (t traced) last() string {
	if len(t.steps) == 0 {
		return ""
	}
	return t.steps[len(t.steps)-1].What
}

// TestTrace: a good address is followed to its end without a failure on the way, and
// a bad one to where it fails, which is told in words of either language.
func TestTrace(t *testing.T) {
	c := newClock()
	malakoff, mastodon, other := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie", "paul"), newStranger(t, c, "ana")
	jeanne := malakoff.resident("jeanne")
	mastodon.followedBy(malakoff, jeanne, "marie") // so that her inbox is known
	mastodon.serve("/notes/1", mastodon.note("/notes/1", "marie", "<p>Libre samedi ?</p>"))
	mastodon.serve("/notes/of-ana", mastodon.note("/notes/of-ana", "marie", "<p>Bonjour</p>", map[string]any{"attributedTo": other.uri("ana")}))
	mastodon.serve("/notes/by-note", mastodon.note("/notes/by-note", "marie", "<p>Bonjour</p>", map[string]any{"attributedTo": mastodon.base + "/notes/1"}))
	other.serve("/notes/1", other.note("/notes/1", "ana", "<p>Olá</p>"))
	mastodon.serve("/lent", mastodon.note("/lent", "marie", "<p>Bonjour</p>", map[string]any{"id": other.base + "/notes/1"}))
	leads := func(path, to string) {
		mastodon.trap(path, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) })
	}
	answers := func(path string, status int) {
		mastodon.trap(path, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "désolé", status) })
	}
	closed := newStranger(t, c, "x").called("closed.localhost", "x")
	malakoff.blockDomain("closed.localhost")
	leads("/leads/ana", other.base+"/notes/1")
	leads("/leads/closed", closed.uri("x"))
	leads("/leads/private", "http://10.1.2.3/secret")
	leads("/leads/round", mastodon.base+"/leads/round")
	answers("/notes/closed", http.StatusUnauthorized)
	answers("/notes/forbidden", http.StatusForbidden)
	answers("/notes/gone", http.StatusGone)
	answers("/notes/broken", http.StatusInternalServerError)
	answers("/users/marie/inbox", http.StatusMethodNotAllowed)
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	mastodon.trap("/notes/slow", func(http.ResponseWriter, *http.Request) { <-hang })
	hurried := federation.New(federation.Config{App: malakoff.app, Words: words(t), Client: federation.NewClient(federation.ClientConfig{
		AllowNets: []netip.Prefix{loopbackNet}, InsecureHTTP: true, Now: c.Now, Patience: 50 * time.Millisecond})})

	catalogue, err := i18n.Load(federation.Locales, os.DirFS("../web"))
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]struct {
		trouble         parvis.Trouble
		last            string // the step at which it ends
		french, english string
	}{
		mastodon.uri("marie"):              {last: "policy"},
		mastodon.base + "/notes/1":         {last: "policy"},
		"@marie@" + mastodon.host:          {last: "policy"},
		mastodon.uri("/users/marie/inbox"): {last: "inbox"},
		mastodon.base + "/leads/ana":       {last: "policy"},

		"@personne@" + mastodon.host:    {parvis.TroubleMissing, "webfinger", "Il n’y a rien à cette adresse.", "There is nothing at that address."},
		mastodon.base + "/notes/none":   {parvis.TroubleMissing, "fetch", "Il n’y a rien à cette adresse.", "There is nothing at that address."},
		mastodon.base + "/notes/gone":   {parvis.TroubleGone, "fetch", "Ce qui était à cette adresse a été supprimé.", "What was at that address was deleted."},
		mastodon.base + "/notes/broken": {parvis.TroubleBroken, "fetch", "Il est en panne.", "It is out of order."},
		mastodon.base + "/notes/closed": {parvis.TroubleSignature, "fetch",
			"Il n’accepte pas notre signature. Il ne nous connaît pas encore, ou son horloge ou la nôtre est fausse.",
			"It does not accept our signature. It does not know us yet, or its clock or ours is wrong."},
		mastodon.base + "/notes/forbidden": {parvis.TroubleForbidden, "fetch", "Il refuse ce que nous envoyons. Il nous a peut-être bloqués.",
			"It refuses what we send. It may have blocked us."},
		"http://10.1.2.3/users/lea": {parvis.TroubleAddress, "fetch", "Son adresse est de celles où nous n’allons pas (réseau privé, autre port).",
			"Its address is one that we do not visit (private network, another port)."},
		mastodon.base + "/leads/private": {parvis.TroubleAddress, "fetch", "Son adresse est de celles où nous n’allons pas (réseau privé, autre port).",
			"Its address is one that we do not visit (private network, another port)."},
		mastodon.base + "/leads/round":   {parvis.TroubleRedirect, "fetch", "Il renvoie ailleurs, là où nous n’allons pas.", "It sends us elsewhere, where we do not go."},
		mastodon.base + "/leads/closed":  {parvis.TroublePolicy, "policy", "Ce lieu n’échange pas avec lui.", "This place does not exchange with it."},
		closed.uri("x"):                  {parvis.TroublePolicy, "policy", "Ce lieu n’échange pas avec lui.", "This place does not exchange with it."},
		"@x@" + closed.host:              {parvis.TroublePolicy, "policy", "Ce lieu n’échange pas avec lui.", "This place does not exchange with it."},
		mastodon.base + "/lent":          {parvis.TroubleOrigin, "fetch", "Il parle au nom d’un autre serveur.", "It speaks for another server."},
		mastodon.base + "/notes/of-ana":  {parvis.TroubleAnswer, "post", "Il répond autre chose que ce qui est attendu.", "It answers something else than expected."},
		mastodon.base + "/notes/by-note": {parvis.TroubleAnswer, "actor", "Il répond autre chose que ce qui est attendu.", "It answers something else than expected."},
		mastodon.base + "/notes/slow":    {parvis.TroubleTimeout, "fetch", "Il met trop longtemps à répondre.", "It takes too long to answer."},
		"http://nobody.localhost:1/":     {parvis.TroubleConnection, "fetch", "Personne ne répond à cette adresse.", "Nobody answers at that address."},
	} {
		server := malakoff.fed
		if want.trouble == parvis.TroubleTimeout {
			server = hurried
		}
		got := trace(t.Context(), server, malakoff.Node, target)
		if got.Trouble != want.trouble || got.last() != want.last {
			t.Errorf("%s: %q (%v) after the step %q; want %q after %q", target, got.Trouble, got.Err, got.last(), want.trouble, want.last)
		}
		if want.trouble == parvis.NoTrouble {
			if failed := got.failed(); len(failed) > 0 || got.Err != nil {
				t.Errorf("%s works, but %q failed on the way: %v", target, failed, got.Err)
			}
			continue
		}
		if failed := got.failed(); !slices.Equal(failed, []string{want.last}) {
			t.Errorf("%s: the steps %q failed, want the last one only", target, failed)
		}
		for lang, sentence := range map[string]string{"fr": want.french, "en": want.english} {
			if said := catalogue.For(lang).T("web.trouble." + string(got.Trouble)); said != sentence {
				t.Errorf("%s: in %s one reads %q, want %q", target, lang, said, sentence)
			}
		}
	}
	for _, never := range []string{other.uri("ana"), mastodon.uri("paul")} {
		if _, err := malakoff.rows().AccountByURI(t.Context(), never); err == nil {
			t.Errorf("a trace stored %s", never)
		}
	}
}

// TestTraceOfKeys: an actor whose key is not its own can be followed, but what it
// signs is refused. A trace says so.
func TestTraceOfKeys(t *testing.T) {
	c := newClock()
	malakoff, mastodon := newPeer(t, c, "Malakoff"), newStranger(t, c, "marie", "paul")
	stolen := mastodon.person("paul")
	stolen["publicKey"].(map[string]any)["owner"] = mastodon.uri("marie")
	mastodon.serve("/users/paul", stolen)
	for name, want := range map[string]bool{"marie": true, "paul": false} {
		got := trace(t.Context(), malakoff.fed, malakoff.Node, mastodon.uri(name))
		i := slices.IndexFunc(got.steps, func(s federation.Step) bool { return s.What == "key" })
		if i < 0 || (got.steps[i].Err == nil) != want || got.Err != nil {
			t.Errorf("%s: %+v, %v; want a key: %t", name, got.steps, got.Err, want)
		}
	}
}
