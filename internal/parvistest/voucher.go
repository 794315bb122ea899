package parvistest

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Voucher is a service that answers for people by OpenID Connect: mockoidc, which
// can be made to say something else than it would. It signs in whoever is queued
// without a page.
type Voucher struct {
	*mockoidc.MockOIDC
	t    testing.TB
	exit *httptest.Server // where people sign out: mockoidc has no such page

	mu    sync.Mutex
	lies  Lies
	asked url.Values
	left  string
}

// Lies change what a Voucher says. Each may be nil.
type Lies struct {
	About    func(map[string]any)               // of itself
	Answer   func(url.Values)                   // with which it sends the browser back
	Claims   func(jwt.MapClaims)                // in the ID token
	Sign     func(jwt.MapClaims) string         // how the ID token is signed
	Tokens   func(map[string]any)               // beside the ID token
	UserInfo func(map[string]any) (string, any) // content type and body: a text, or a document
	Instead  http.HandlerFunc                   // of all of that
	At       string                             // end of the paths where Instead answers
}

// NewVoucher starts a service whose clock says now.
func NewVoucher(t testing.TB, now time.Time) *Voucher {
	t.Helper()
	m, err := mockoidc.NewServer(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &Voucher{MockOIDC: m, t: t}
	v.exit = httptest.NewServer(http.HandlerFunc(v.signOut))
	t.Cleanup(v.exit.Close)
	m.FastForward(now.Sub(mockoidc.NowFunc()))
	if err := m.AddMiddleware(v.meddle); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Start(listener, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	return v
}

// Provider is the service as a team adds it.
func (v *Voucher) Provider() *parvis.Provider {
	return &parvis.Provider{Name: "Clés de Malakoff", Issuer: v.Issuer(), ClientID: v.ClientID, ClientSecret: v.ClientSecret, Scopes: "openid profile email"}
}

// Knows makes the next to come be somebody.
func (v *Voucher) Knows(subject, email string, verified bool) {
	v.QueueUser(&mockoidc.MockUser{Subject: subject, Email: email, EmailVerified: verified})
}

// Lie makes it say something else from now on.
func (v *Voucher) Lie(lies Lies) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.lies = lies
}

// Asked is what a browser was last sent with.
func (v *Voucher) Asked() url.Values {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked
}

// Exit is the address where people sign out.
func (v *Voucher) Exit() string { return v.exit.URL + "/logout" }

// Left is whom it signed out last.
func (v *Voucher) Left() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.left
}

// signOut signs out whom an ID token of its own names, and sends the browser back:
// OpenID Connect RP-Initiated Logout 1.0.
func (v *Voucher) signOut(w http.ResponseWriter, r *http.Request) {
	token, err := v.Keypair.VerifyJWT(r.FormValue("id_token_hint"), v.Now)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	subject, err := token.Claims.GetSubject()
	if err != nil {
		v.t.Error(err)
	}
	v.mu.Lock()
	v.left = subject
	v.mu.Unlock()
	http.Redirect(w, r, r.FormValue("post_logout_redirect_uri")+"?"+url.Values{"state": {r.FormValue("state")}}.Encode(), http.StatusFound)
}

// meddle wraps every page of mockoidc.
func (v *Voucher) meddle(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.mu.Lock()
		lies := v.lies
		if r.URL.Path == mockoidc.AuthorizationEndpoint {
			v.asked = r.URL.Query()
		}
		v.mu.Unlock()
		if lies.Instead != nil && strings.HasSuffix(r.URL.Path, lies.At) {
			lies.Instead(w, r)
			return
		}
		said := httptest.NewRecorder()
		next.ServeHTTP(said, r)
		v.pass(w, r.URL.Path, said, lies)
	})
}

// pass hands on what mockoidc said, changed.
func (v *Voucher) pass(w http.ResponseWriter, path string, said *httptest.ResponseRecorder, lies Lies) {
	for name, values := range said.Header() {
		w.Header()[name] = values
	}
	if to, err := url.Parse(said.Header().Get("Location")); err == nil && to.Host != "" && lies.Answer != nil {
		query := to.Query()
		lies.Answer(query)
		to.RawQuery = query.Encode()
		w.Header().Set("Location", to.String())
	}
	body := make(map[string]any)
	if said.Code != http.StatusOK || json.Unmarshal(said.Body.Bytes(), &body) != nil {
		w.WriteHeader(said.Code)
		_, _ = w.Write(said.Body.Bytes())
		return
	}
	var document any = body
	switch path {
	case mockoidc.DiscoveryEndpoint:
		body["end_session_endpoint"] = v.Exit()
		if lies.About != nil {
			lies.About(body)
		}
	case mockoidc.TokenEndpoint:
		v.changeTokens(body, lies)
	case mockoidc.UserinfoEndpoint:
		if lies.UserInfo != nil {
			contentType, changed := lies.UserInfo(body)
			w.Header().Set("Content-Type", contentType)
			document = changed
		}
	}
	if text, ok := document.(string); ok {
		_, _ = w.Write([]byte(text))
		return
	}
	if err := json.NewEncoder(w).Encode(document); err != nil {
		v.t.Error(err)
	}
}

func (v *Voucher) changeTokens(body map[string]any, lies Lies) {
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(body["id_token"].(string), claims); err != nil {
		v.t.Error(err)
	}
	if lies.Claims != nil {
		lies.Claims(claims)
	}
	sign := v.Sign
	if lies.Sign != nil {
		sign = lies.Sign
	}
	body["id_token"] = sign(claims)
	if lies.Tokens != nil {
		lies.Tokens(body)
	}
}

// Sign signs claims as the service does.
func (v *Voucher) Sign(claims jwt.MapClaims) string {
	token, err := v.Keypair.SignJWT(claims)
	if err != nil {
		v.t.Error(err)
	}
	return token
}
