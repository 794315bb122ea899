package server_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// ask sends a request to an address of the place as somebody without a session would.
func (p *place) ask(method, address string, form url.Values) (status int, page string) {
	p.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.NewRequest(method, p.http.URL+u.RequestURI(), strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Host = u.Host
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// A week before an offer ends its author gets a mail, from which it is renewed without a
// session: by the button of the page that it leads to, not by opening that.
func TestOffersAreRenewedFromMail(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		m := newMailingTown(t, e)
		end := func() time.Time {
			t.Helper()
			p, err := m.app.Post(bg, m.node, m.jeanne, m.drill.ID)
			if err != nil {
				t.Fatal(err)
			}
			return p.EndsAt
		}
		m.passes(172 * 24 * time.Hour)
		m.getsNothing("eight days before the end")
		m.passes(25 * time.Hour)
		m.passes(time.Hour)
		_, text, html := m.gets("a week before the end")
		if said := strings.ReplaceAll(text, "\u00A0", " "); !strings.Contains(said, "Votre annonce prend fin le dimanche 4 avril 2027 : « Perceuse à percussion »") {
			t.Errorf("the mail says\n%s", text)
		}
		address := regexp.MustCompile(`https?://\S+` + app.AskedPath + `\?cle=\S+`).FindString(text)
		if address == "" || !strings.Contains(html, app.AskedPath) {
			t.Fatalf("the mail lacks the way to answer:\n%s", text)
		}
		before := end()
		status, page := m.ask("GET", address, nil)
		if status != http.StatusOK || !strings.Contains(page, "Encore valable") || !end().Equal(before) {
			t.Errorf("opening the address: %d, the offer ends %v", status, end())
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		key := u.Query().Get("cle")
		for name, wrong := range map[string]string{"another key": key + "x", "none": "", "of another offer": strings.Replace(key, m.drill.ID.String(), m.jeanne.ID().String(), 1)} {
			if status, _ := m.ask("POST", address[:strings.Index(address, "?")], url.Values{"cle": {wrong}, "verb": {"renew"}}); status != http.StatusGone || !end().Equal(before) {
				t.Errorf("%s: %d", name, status)
			}
		}
		status, page = m.ask("POST", address, url.Values{"cle": {key}, "verb": {"renew"}})
		if want := m.net.clock.Now().Add(180 * 24 * time.Hour).Truncate(time.Second); status != http.StatusOK || !end().Equal(want) {
			t.Errorf("pressed: %d, it ends %v, want %v", status, end(), want)
		}
		if !strings.Contains(page, "C’est fait, merci") {
			t.Errorf("the page after it\n%s", page)
		}
		m.ask("POST", address, url.Values{"cle": {key}, "verb": {"done"}})
		if p, err := m.app.Post(bg, m.node, m.jeanne, m.drill.ID); err != nil || p.State != parvis.Done {
			t.Errorf("done: %v, %v", p.State, err)
		}
		if status, page := m.ask("POST", address, url.Values{"cle": {key}, "verb": {"renew"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "rouvrez-la") {
			t.Errorf("renewing what is done: %d", status)
		}
		m.passes(time.Hour)
		m.getsNothing("after the answer")
	})
}

// That somebody makes a pause is known where their offers are known, and so is its end.
func TestPausesTravel(t *testing.T) {
	net := newNetwork(t, parvistest.Engines(t)[0], "malakoff", "vanves")
	malakoff, vanves := net.places[0], net.places[1]
	jeanne, paul := malakoff.resident("jeanne", parvis.RoleResident), vanves.resident("paul", parvis.RoleResident)
	if err := vanves.app.Follow(bg, vanves.node, paul, vanves.lookUp("jeanne@"+malakoff.node.Host).ID); err != nil {
		t.Fatal(err)
	}
	net.settle()
	until := net.clock.Now().Add(20 * 24 * time.Hour).Truncate(time.Second)
	for _, until := range []time.Time{until, {}} {
		if err := malakoff.app.Pause(bg, malakoff.node, jeanne, until); err != nil {
			t.Fatal(err)
		}
		net.settle()
		if got := vanves.lookUp("jeanne@" + malakoff.node.Host).PausedUntil; !got.Equal(until) {
			t.Errorf("vanves knows of a pause until %v, want %v", got, until)
		}
		net.clock.pass(time.Minute)
	}
}
