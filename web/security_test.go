package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestHeaders: pages load from this node only, and hold nothing that the policy forbids.
func TestHeaders(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	post := m.publish(t, m.resident(t, "jeanne", parvis.RoleResident), drill())
	jeanne := m.signedIn(t, "jeanne")
	for _, path := range []string{"/", "/entraide", post.Path(), "/publier", "/publier?but=offer", "/publier/annonce?but=offer&sorte=gift", "/@jeanne", "/@entraide",
		"/moi", "/moi/profil", "/moi/reglages", "/moi/compte", "/moi/fil", "/moi/abonnements", "/moi/blocages", "/moi/demenagement", "/equipe", "/equipe/signalements", "/regles", "/donnees", "/accessibilite", "/nulle-part"} {
		page := jeanne.get(t, path)
		policy := page.header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: policy %q lacks %s", path, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"} {
			if got := page.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		for _, n := range page.all("", "", "") {
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: <%s %s=%q>", path, n.Data, a.Key, a.Val)
				}
				if (a.Key == "src" || n.Data == "link" && attr(n, "rel") == "stylesheet" && a.Key == "href") && !strings.HasPrefix(a.Val, "/") {
					t.Errorf("%s: loads %s from elsewhere", path, a.Val)
				}
			}
			if n.Data == "script" && n.FirstChild != nil && attr(n, "type") != "application/ld+json" {
				t.Errorf("%s: a script inside the page", path)
			}
		}
		if n := len(page.all("h1", "", "")); n != 1 {
			t.Errorf("%s: %d first headings, want 1", path, n)
		}
		for _, landmark := range []string{"header", "nav", "main", "footer"} {
			if page.one(landmark, "", "") == nil {
				t.Errorf("%s: no <%s>", path, landmark)
			}
		}
	}
}

// TestCrossOrigin: another site's page cannot make a browser act here.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	post := m.publish(t, m.resident(t, "jeanne", parvis.RoleResident), drill())
	jeanne := m.signedIn(t, "jeanne")
	r, err := http.NewRequest(http.MethodPost, m.URL+post.Path()+"/supprimer", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Origin", "https://ailleurs.example")
	res, err := jeanne.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("status %d, want 403", res.StatusCode)
	}
	jeanne.get(t, post.Path()).want(http.StatusOK)
}

func TestCookies(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	m.resident(t, "jeanne", parvis.RoleResident)
	b := m.visitor(t)
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	page := b.post(t, "/connexion", url.Values{"name": {"jeanne"}, "password": {password}}).want(http.StatusSeeOther)
	wantCookie(t, page, "parvis=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=")

	m.node.Scheme = "https"
	if err := m.app.UpdateNode(t.Context(), m.node); err != nil {
		t.Fatal(err)
	}
	page = b.post(t, "/connexion", url.Values{"name": {"jeanne"}, "password": {password}}).want(http.StatusSeeOther)
	wantCookie(t, page, "__Host-parvis=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/")
}

func wantCookie(t testing.TB, page *view, parts ...string) {
	t.Helper()
	for _, want := range parts {
		if got := page.header.Get("Set-Cookie"); !strings.Contains(got, want) {
			t.Errorf("cookie %q lacks %s", got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	b := m.visitor(t)
	b.get(t, "/nulle-part").want(http.StatusNotFound).heading("Cette page n’existe pas")
	b.get(t, "/p/pasunid").want(http.StatusNotFound)
	b.get(t, "/@personne").want(http.StatusNotFound)
	b.get(t, "/media/aa/bb.jpg").want(http.StatusNotFound)
	b.post(t, "/entraide", nil).want(http.StatusMethodNotAllowed)
	b.post(t, "/langue", url.Values{"langue": {"tlh"}}).want(http.StatusUnprocessableEntity)
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	b := m.visitor(t)
	page := b.post(t, "/langue", url.Values{"langue": {"en"}, "retour": {"/entraide"}}).want(http.StatusOK).heading("Mutual aid")
	if got := attr(page.one("html", "", ""), "lang"); got != "en" {
		t.Errorf("lang=%q", got)
	}
	b.get(t, "/regles").heading("House rules")
}

// TestManyAddresses: a client has a whole IPv6 network to choose addresses from, and
// counts as one.
func TestManyAddresses(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	signUp := func(addr, name string) int {
		form := url.Values{"username": {name}, "name": {name}, "email": {name + "@orange.example"}, "password": {password}, "age": {"1"}, "charter": {"1"}}
		r := httptest.NewRequest(http.MethodPost, m.URL+"/inscription", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = addr
		w := httptest.NewRecorder()
		m.Config.Handler.ServeHTTP(w, r)
		return w.Code
	}
	for i := range 10 {
		if got := signUp(fmt.Sprintf("[2001:db8:92:240::%d]:443", i+1), fmt.Sprintf("voisin%d", i)); got != http.StatusSeeOther {
			t.Fatalf("sign-up %d: status %d, want 303", i, got)
		}
	}
	if got := signUp("[2001:db8:92:240::ffff]:443", "encore"); got != http.StatusTooManyRequests {
		t.Errorf("from the same network: status %d, want 429", got)
	}
	if got := signUp("[2001:db8:92:241::1]:443", "voisine"); got != http.StatusSeeOther {
		t.Errorf("from another network: status %d, want 303", got)
	}
}

// A flood is a body without end that counts what is read of it.
type flood struct{ read int }

func (f *flood) Read(b []byte) (int, error) {
	f.read += len(b)
	return copy(b, strings.Repeat("a", len(b))), nil
}

// TestStrangersSendLittle: only residents have photos to send.
func TestStrangersSendLittle(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	for _, path := range []string{"/connexion", "/inscription", "/langue", "/suivre"} {
		head := "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"x\"\r\n\r\n"
		var endless flood
		body := io.MultiReader(strings.NewReader(head), io.LimitReader(&endless, 20<<20))
		r := httptest.NewRequest(http.MethodPost, m.URL+path, body)
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		w := httptest.NewRecorder()
		m.Config.Handler.ServeHTTP(w, r)
		if endless.read > 2<<20 || w.Code < 400 {
			t.Errorf("%s: read %d bytes, status %d", path, endless.read, w.Code)
		}
	}
}
