package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/oidc"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// here is the browser of all.
var here = parvis.Browser{Addr: "192.0.2.1", Device: "Firefox"}

// vouched lets a service answer for the people of Malakoff, where mail can be sent.
func (w *town) vouched() *parvistest.Voucher {
	w.t.Helper()
	w.Mails, w.Identities = true, oidc.NewClient(func() time.Time { return w.now })
	v := parvistest.NewVoucher(w.t, w.now)
	v.Lie(parvistest.Lies{Claims: func(c jwt.MapClaims) { c["name"] = "Lucie" }})
	w.do(w.AddProvider(w.ctx, w.node, v.Provider()))
	return v
}

// visits sends somebody to the service, and what they bring back to us.
func (w *town) visits(v *parvistest.Voucher, g app.Guest, in app.Inquiry) (app.Recognised, error) {
	w.t.Helper()
	in.Provider = must[[]*parvis.Provider](w.t)(w.Providers(w.ctx, w.node))[0].ID
	errand, err := w.AskIdentity(w.ctx, w.node, g, in, here)
	if err != nil {
		return app.Recognised{}, err
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res := must[*http.Response](w.t)(client.Get(errand.URL))
	defer res.Body.Close()
	location, err := res.Location()
	w.do(err)
	said := location.Query()
	return w.AnswerIdentity(w.ctx, w.node, g, app.Returning{Secret: errand.Secret, State: said.Get("state"), Code: said.Get("code")}, here)
}

// changes are what the owners of accounts are told by the mails that wait.
func (w *town) changes() []string {
	w.t.Helper()
	var told []string
	for _, j := range must[[]*parvis.Job](w.t)(w.DB.TurnJobs(w.ctx, nil, storage.Claim{Kinds: []parvis.JobKind{parvis.JobMail}, Now: w.now, Until: w.now.Add(time.Minute), Limit: 50})) {
		var m parvis.MailArgs
		w.do(json.Unmarshal(j.Args, &m))
		told = append(told, fmt.Sprint(m.About, " ", m.Address, " ", m.Words))
		w.do(w.DB.SettleJobs(w.ctx, storage.Ended{Job: j}))
	}
	return told
}

func TestProviders(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		add := func(change func(*parvis.Provider)) error {
			p := &parvis.Provider{Name: " FranceConnect ", Issuer: "https://fc.example/api/v2", ClientID: "malakoff", ClientSecret: "secret",
				Scopes: " openid  email ", ACR: " eidas1 "}
			change(p)
			return w.AddProvider(w.ctx, w.node, p)
		}
		w.do(add(func(*parvis.Provider) {}))
		w.fails("the same twice", add(func(*parvis.Provider) {}), parvis.ErrConflict)
		w.invalid("no name", add(func(p *parvis.Provider) { p.Name = " " }), "name", "provider.name")
		for _, issuer := range []string{"", "fc.example", "http://fc.example", "https://fc.example?a=b", "https://jeanne@fc.example", "javascript:alert(1)"} {
			w.invalid(issuer, add(func(p *parvis.Provider) { p.Issuer = issuer }), "issuer", "provider.issuer")
		}
		w.invalid("no secret", add(func(p *parvis.Provider) { p.ClientSecret = "" }), "client", "provider.client")
		w.invalid("no openid", add(func(p *parvis.Provider) { p.Scopes = "email" }), "scopes", "provider.scopes")

		all := must[[]*parvis.Provider](t)(w.Providers(w.ctx, w.node))
		if len(all) != 1 || all[0].Name != "FranceConnect" || all[0].Scopes != "openid email" || all[0].ACR != "eidas1" || !all[0].CreatedAt.Equal(w.now) {
			t.Fatalf("providers: %+v", all)
		}
		if elsewhere := must[[]*parvis.Provider](t)(w.Providers(w.ctx, w.vanves)); len(elsewhere) != 0 {
			t.Errorf("the other node has %+v", elsewhere)
		}
		for i := 1; i < parvis.MaxProviders; i++ {
			w.do(add(func(p *parvis.Provider) { p.Issuer = fmt.Sprintf("http://localhost:%d", 8000+i) }))
		}
		w.invalid("one more", add(func(p *parvis.Provider) { p.Issuer = "https://autre.example" }), "name", "provider.many")
		w.do(w.RemoveProvider(w.ctx, w.node, "https://fc.example/api/v2"))
		w.fails("removed already", w.RemoveProvider(w.ctx, w.node, "https://fc.example/api/v2"), parvis.ErrNotFound)
		w.fails("of the other node", w.RemoveProvider(w.ctx, w.vanves, "http://localhost:8001"), parvis.ErrNotFound)
	})
}

func TestJoinByIdentity(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		v := w.vouched()
		v.Knows("lucie-1", "lucie@malakoff.example", true)
		r := must[app.Recognised](t)(w.visits(v, app.Guest{}, app.Inquiry{Back: "/moi", Invitation: "un-code"}))
		if r.Join == "" || r.Back != "/moi" || r.Invitation != "un-code" || r.Entrance != (parvis.Entrance{}) {
			t.Fatalf("%+v", r)
		}
		in := app.Joining{NewAccount: app.NewAccount{Username: "lucie", Email: "autre@malakoff.example"}, OfAge: true, Charter: true, Identity: r.Join}
		if step, _, err := w.Join(w.ctx, w.node, in, here); step != app.JoinedConfirm || err != nil {
			t.Errorf("with an address that nobody vouches for: %s, %v", step, err)
		}
		_, _, err := w.Join(w.ctx, w.node, in, here)
		w.invalid("the same answer again", err, "identity", "join.identity.over")

		v.Knows("lucie-1", "lucie@malakoff.example", true)
		r = must[app.Recognised](t)(w.visits(v, app.Guest{}, app.Inquiry{}))
		in.Username, in.Email, in.Identity = "lucie2", "Lucie@malakoff.example", r.Join
		step, e, err := w.Join(w.ctx, w.node, in, here)
		if step != app.JoinedIn || err != nil {
			t.Fatalf("with the address that the service vouches for: %s, %v", step, err)
		}
		g := w.guest(e.Secret)
		if g.Login.ConfirmedAt.IsZero() || g.Login.PasswordHash != "" || g.Session.IDToken == "" || g.Session.Way != parvis.ByJoining {
			t.Errorf("%+v, %+v", g.Login, g.Session)
		}
		there := must[string](t)(w.SignOutThere(w.ctx, w.node, g.Session))
		if there == "" {
			t.Error("who joined by a service cannot sign out there")
		}
		v.Knows("lucie-1", "", false)
		r = must[app.Recognised](t)(w.visits(v, app.Guest{}, app.Inquiry{}))
		if again := w.guest(r.Entrance.Secret); again.Viewer.ID() != g.Viewer.ID() || again.Session.Way != parvis.ByIdentity || again.Session.IDToken == "" {
			t.Errorf("who comes again is %+v", again.Session)
		}
		w.do(w.Suspend(w.ctx, w.node, "lucie2", false))
		v.Knows("lucie-1", "", false)
		w.invalid("suspended", second(w.visits(v, app.Guest{}, app.Inquiry{})), "name", "signin.suspended")
		w.do(w.DeleteAccount(w.ctx, w.node, "lucie2"))
		v.Knows("lucie-1", "lucie@malakoff.example", true)
		if r := must[app.Recognised](t)(w.visits(v, app.Guest{}, app.Inquiry{})); r.Join == "" {
			t.Errorf("after the account is deleted: %+v", r)
		}
	})
}

// TestRemovedService: a service that the team removed answers for nobody, not even who
// is on the way; when it comes back, they can come in again.
func TestRemovedService(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		v := w.vouched()
		g := w.guest(w.enter("jeanne"))
		v.Knows("jeanne-1", "", false)
		must[app.Recognised](t)(w.visits(v, g, app.Inquiry{Link: true}))
		provider := must[[]*parvis.Provider](t)(w.Providers(w.ctx, w.node))[0]
		errand := must[app.Errand](t)(w.AskIdentity(w.ctx, w.node, app.Guest{}, app.Inquiry{Provider: provider.ID}, here))
		w.do(w.RemoveProvider(w.ctx, w.node, v.Issuer()))
		w.fails("on the way", second(w.AnswerIdentity(w.ctx, w.node, app.Guest{}, app.Returning{Secret: errand.Secret, State: errand.Secret, Code: "code"}, here)), parvis.ErrNotFound)
		w.fails("asked then", second(w.AskIdentity(w.ctx, w.node, app.Guest{}, app.Inquiry{Provider: provider.ID}, here)), parvis.ErrNotFound)
		if there := must[string](t)(w.SignOutThere(w.ctx, w.node, parvis.Session{IDToken: v.Sign(jwt.MapClaims{"iss": v.Issuer()})})); there != "" {
			t.Errorf("who came in by it is signed out at %s", there)
		}
		w.do(w.AddProvider(w.ctx, w.node, v.Provider()))
		v.Knows("jeanne-1", "", false)
		if r := must[app.Recognised](t)(w.visits(v, app.Guest{}, app.Inquiry{})); w.guest(r.Entrance.Secret).Viewer.ID() != w.jeanne.ID() {
			t.Errorf("when it is back: %+v", r)
		}
	})
}

func TestLinkedIdentities(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		v := w.vouched()
		g := w.guest(w.enter("jeanne"))
		v.Knows("jeanne-1", "", false)
		if r := must[app.Recognised](t)(w.visits(v, g, app.Inquiry{Link: true})); !r.Linked {
			t.Errorf("%+v", r)
		}
		v.Knows("jeanne-1", "", false)
		must[app.Recognised](t)(w.visits(v, g, app.Inquiry{Link: true})) // again: nothing happens
		if got, want := w.changes(), []string{"changed jeanne@malakoff.example identity"}; !slices.Equal(got, want) {
			t.Errorf("Jeanne is told %q, want %q", got, want)
		}
		v.Knows("jeanne-2", "", false)
		w.invalid("a second of that service", second(w.visits(v, g, app.Inquiry{Link: true})), "identity", "identity.another")
		all := must[[]parvis.Identity](t)(w.IdentitiesOf(w.ctx, w.node, g))
		if len(all) != 1 || all[0].Subject != "jeanne-1" || all[0].Issuer != v.Issuer() || all[0].AccountID != w.jeanne.ID() {
			t.Errorf("identities: %+v", all)
		}

		elsewhere, here := w.enter("jeanne"), w.enter("jeanne")
		w.now = w.now.Add(2 * parvis.StillFresh)
		w.fails("linked too late", second(w.visits(v, w.guest(here), app.Inquiry{Link: true})), parvis.ErrStale)
		w.fails("unlinked too late", w.Unlink(w.ctx, w.node, w.guest(here), v.Issuer()), parvis.ErrStale)
		here = w.enter("jeanne")
		w.do(w.Unlink(w.ctx, w.node, w.guest(here), v.Issuer()))
		w.fails("the other browser", second(w.GuestBySession(w.ctx, w.node, elsewhere)), parvis.ErrNotFound)
		if got, want := w.changes(), []string{"changed jeanne@malakoff.example noidentity"}; !slices.Equal(got, want) {
			t.Errorf("Jeanne is told %q, want %q", got, want)
		}
		w.fails("unlinked twice", w.Unlink(w.ctx, w.node, w.guest(here), v.Issuer()), parvis.ErrNotFound)
	})
}
