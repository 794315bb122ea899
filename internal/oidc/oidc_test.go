package oidc_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/oauth2-proxy/mockoidc"

	"github.com/parvis-coop/parvis/internal/oidc"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// now is when the tests happen.
var now = time.Date(2026, time.October, 3, 9, 30, 0, 0, time.UTC)

const back = "https://malakoff.example/connexion/identite/retour"

func clock() time.Time { return now }

func question() oidc.Question {
	return oidc.Question{State: "état", Nonce: "une fois", Verifier: oidc.NewVerifier(), Return: back, Asked: now}
}

// visit goes where the service is to be asked, as a browser, and returns what it is
// sent back with.
func visit(t *testing.T, address string) url.Values {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	to, err := res.Location()
	if err != nil {
		body, _ := io.ReadAll(res.Body)
		t.Fatalf("the service answers %s: %s", res.Status, body)
	}
	if got := to.Scheme + "://" + to.Host + to.Path; got != back {
		t.Fatalf("the browser is sent to %s, want %s", got, back)
	}
	return to.Query()
}

// answer asks a service and takes its answer.
func answer(t *testing.T, c *oidc.Client, p *parvis.Provider, q oidc.Question) (*oidc.Person, error) {
	t.Helper()
	address, err := c.Ask(t.Context(), p, q)
	if err != nil {
		return nil, err
	}
	said := visit(t, address)
	return c.Answer(t.Context(), p, q, oidc.Answer{Code: said.Get("code"), Issuer: said.Get("iss")})
}

func TestAsk(t *testing.T) {
	t.Parallel()
	v := parvistest.NewVoucher(t, now)
	c, p, q := oidc.NewClient(clock), v.Provider(), question()
	p.ACR, q.Again = "eidas2 eidas1", true
	v.Lie(parvistest.Lies{Claims: func(c jwt.MapClaims) { c["acr"], c["auth_time"] = "eidas1", now.Unix() }})
	if _, err := answer(t, c, p, q); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(q.Verifier))
	want := url.Values{"response_type": {"code"}, "client_id": {v.ClientID}, "redirect_uri": {back}, "scope": {"openid profile email"},
		"state": {"état"}, "nonce": {"une fois"}, "acr_values": {"eidas2 eidas1"}, "prompt": {"login"}, "max_age": {"0"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(digest[:])}, "code_challenge_method": {"S256"}}
	if diff := cmp.Diff(want, v.Asked()); diff != "" {
		t.Errorf("the service is asked otherwise (-want +got):\n%s", diff)
	}
}

func TestPerson(t *testing.T) {
	t.Parallel()
	v := parvistest.NewVoucher(t, now)
	v.Knows("jeanne-1", "Jeanne@Malakoff.example", true)
	v.Lie(parvistest.Lies{Claims: func(c jwt.MapClaims) { c["given_name"], c["name"] = " Jeanne\n", "Jeanne B." }})
	who, err := answer(t, oidc.NewClient(clock), v.Provider(), question())
	if err != nil {
		t.Fatal(err)
	}
	if issuer, err := oidc.IssuerOf(who.IDToken); who.Subject != "jeanne-1" || issuer != v.Issuer() || err != nil {
		t.Errorf("subject %q of %q, %v", who.Subject, issuer, err)
	}
	got, err := who.Profile(t.Context())
	want := oidc.Profile{Name: "Jeanne", Email: "jeanne@malakoff.example", EmailVerified: true}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, profile (-want +got):\n%s", err, diff)
	}
}

// TestPersonRefused: what is not said by the service, to us, of this visit, is not
// believed.
func TestPersonRefused(t *testing.T) {
	t.Parallel()
	claim := func(name string, value any) parvistest.Lies {
		return parvistest.Lies{Claims: func(c jwt.MapClaims) { c[name] = value }}
	}
	stranger := parvistest.NewVoucher(t, now)
	foreign, err := mockoidc.RandomKeypair(2048)
	if err != nil {
		t.Fatal(err)
	}
	stranger.Keypair = foreign
	sign := func(method jwt.SigningMethod, key any) parvistest.Lies {
		return parvistest.Lies{Sign: func(c jwt.MapClaims) string {
			text, err := jwt.NewWithClaims(method, c).SignedString(key)
			if err != nil {
				t.Error(err)
			}
			return text
		}}
	}
	v := parvistest.NewVoucher(t, now)
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the secret went elsewhere") }))
	t.Cleanup(trap.Close)
	for name, test := range map[string]struct {
		lies parvistest.Lies
		want error
	}{
		"issuer":             {claim("iss", "https://autre.example"), oidc.ErrRefused},
		"audience":           {claim("aud", "autre"), oidc.ErrRefused},
		"nonce":              {claim("nonce", "une autre fois"), oidc.ErrRefused},
		"no nonce":           {parvistest.Lies{Claims: func(c jwt.MapClaims) { delete(c, "nonce") }}, oidc.ErrRefused},
		"expired":            {claim("exp", now.Add(-time.Second).Unix()), oidc.ErrRefused},
		"not yet":            {claim("nbf", now.Add(time.Hour).Unix()), oidc.ErrRefused},
		"another party":      {claim("azp", "autre"), oidc.ErrRefused},
		"several parties":    {claim("aud", []string{v.ClientID, "autre"}), oidc.ErrRefused},
		"another access":     {claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), oidc.ErrRefused},
		"no subject":         {claim("sub", ""), oidc.ErrRefused},
		"long subject":       {claim("sub", strings.Repeat("j", 300)), oidc.ErrRefused},
		"large":              {claim("address", strings.Repeat("j", 20<<10)), oidc.ErrRefused},
		"level":              {claim("acr", "eidas0"), oidc.ErrWeak},
		"long ago":           {claim("auth_time", now.Add(-time.Hour).Unix()), oidc.ErrWeak},
		"unsigned":           {sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType), oidc.ErrRefused},
		"signed by a secret": {sign(jwt.SigningMethodHS256, []byte(v.ClientSecret)), oidc.ErrRefused},
		"signed by another":  {parvistest.Lies{Sign: stranger.Sign}, oidc.ErrRefused},
		"no token":           {parvistest.Lies{Tokens: func(b map[string]any) { delete(b, "id_token") }}, oidc.ErrRefused},
		"no text":            {parvistest.Lies{Sign: func(jwt.MapClaims) string { return "jeanne" }}, oidc.ErrRefused},
		"another service":    {parvistest.Lies{Answer: func(q url.Values) { q.Set("iss", "https://autre.example") }}, oidc.ErrRefused},
		"another code":       {parvistest.Lies{Answer: func(q url.Values) { q.Set("code", "autre") }}, oidc.ErrRefused},
		"out of order":       {parvistest.Lies{At: "/token", Instead: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }}, oidc.ErrSilent},
		"redirected": {parvistest.Lies{At: "/token", Instead: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, trap.URL, http.StatusTemporaryRedirect)
		}}, oidc.ErrRefused},
		"endless": {parvistest.Lies{At: "/jwks.json", Instead: endless}, oidc.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			p, q := v.Provider(), question()
			p.ACR, q.Again = "eidas1", true
			lies := test.lies
			lies.Claims = func(c jwt.MapClaims) {
				c["acr"], c["auth_time"] = "eidas1", now.Unix()
				if test.lies.Claims != nil {
					test.lies.Claims(c)
				}
			}
			c := oidc.NewClient(clock)
			v.Lie(parvistest.Lies{Claims: func(c jwt.MapClaims) { c["acr"], c["auth_time"] = "eidas1", now.Unix() }})
			if _, err := answer(t, c, p, q); err != nil {
				t.Fatalf("the truth is refused: %v", err)
			}
			v.Lie(lies)
			if _, err := answer(t, oidc.NewClient(clock), p, q); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

// endless never stops talking.
func endless(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		if _, err := w.Write([]byte(strings.Repeat(" ", 4096))); err != nil {
			return
		}
	}
}

// TestServiceMustNameItself: who promises RFC 9207 and does not keep it may be another.
func TestServiceMustNameItself(t *testing.T) {
	t.Parallel()
	v := parvistest.NewVoucher(t, now)
	promise := func(b map[string]any) { b["authorization_response_iss_parameter_supported"] = true }
	v.Lie(parvistest.Lies{About: promise})
	if _, err := answer(t, oidc.NewClient(clock), v.Provider(), question()); !errors.Is(err, oidc.ErrRefused) {
		t.Errorf("%v, want %v", err, oidc.ErrRefused)
	}
	v.Lie(parvistest.Lies{About: promise, Answer: func(q url.Values) { q.Set("iss", v.Issuer()) }})
	if _, err := answer(t, oidc.NewClient(clock), v.Provider(), question()); err != nil {
		t.Error(err)
	}
}

// TestVerifier: the code alone is worth nothing.
func TestVerifier(t *testing.T) {
	t.Parallel()
	v := parvistest.NewVoucher(t, now)
	c, q := oidc.NewClient(clock), question()
	address, err := c.Ask(t.Context(), v.Provider(), q)
	if err != nil {
		t.Fatal(err)
	}
	said := visit(t, address)
	q.Verifier = oidc.NewVerifier()
	if _, err := c.Answer(t.Context(), v.Provider(), q, oidc.Answer{Code: said.Get("code")}); !errors.Is(err, oidc.ErrRefused) {
		t.Errorf("%v, want %v", err, oidc.ErrRefused)
	}
}

// TestUserInfo: FranceConnect says who people are only when asked, and signs that.
func TestUserInfo(t *testing.T) {
	t.Parallel()
	v, stranger := parvistest.NewVoucher(t, now), parvistest.NewVoucher(t, now)
	foreign, err := mockoidc.RandomKeypair(2048)
	if err != nil {
		t.Fatal(err)
	}
	stranger.Keypair = foreign
	signed := func(by *parvistest.Voucher, change func(jwt.MapClaims)) func(map[string]any) (string, any) {
		return func(map[string]any) (string, any) {
			c := jwt.MapClaims{"iss": v.Issuer(), "aud": v.ClientID, "sub": "jeanne-1", "given_name": "Jeanne", "email": "jeanne@malakoff.example", "email_verified": "true"}
			if change != nil {
				change(c)
			}
			return "application/jwt", by.Sign(c)
		}
	}
	jeanne := oidc.Profile{Name: "Jeanne", Email: "jeanne@malakoff.example", EmailVerified: true}
	for name, test := range map[string]struct {
		says func(map[string]any) (string, any)
		want oidc.Profile
		err  error
	}{
		"signed": {says: signed(v, nil), want: jeanne},
		"plain": {says: func(map[string]any) (string, any) {
			return "application/json", map[string]any{"sub": "jeanne-1", "name": "Jeanne", "email": "pas une adresse", "email_verified": true}
		}, want: oidc.Profile{Name: "Jeanne"}},
		"of somebody else":     {says: signed(v, func(c jwt.MapClaims) { c["sub"] = "karim-1" }), err: oidc.ErrRefused},
		"of nobody":            {says: signed(v, func(c jwt.MapClaims) { delete(c, "sub") }), err: oidc.ErrRefused},
		"for another client":   {says: signed(v, func(c jwt.MapClaims) { c["aud"] = []string{"autre"} }), err: oidc.ErrRefused},
		"of another service":   {says: signed(v, func(c jwt.MapClaims) { c["iss"] = "https://autre.example" }), err: oidc.ErrRefused},
		"signed by a stranger": {says: signed(stranger, nil), err: oidc.ErrSilent},
		"not at all":           {says: func(map[string]any) (string, any) { return "application/json", "<html>" }, err: oidc.ErrSilent},
	} {
		t.Run(name, func(t *testing.T) {
			v.Knows("jeanne-1", "", false)
			v.Lie(parvistest.Lies{UserInfo: test.says})
			who, err := answer(t, oidc.NewClient(clock), v.Provider(), question())
			if err != nil {
				t.Fatal(err)
			}
			got, err := who.Profile(t.Context())
			if !errors.Is(err, test.err) {
				t.Errorf("%v, want %v", err, test.err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("profile (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	v := parvistest.NewVoucher(t, now)
	got, err := oidc.NewClient(clock).SignOut(t.Context(), v.Provider(), "jeton", "https://malakoff.example/deconnexion/retour", "état")
	if err != nil {
		t.Fatal(err)
	}
	want := v.Exit() + "?" + url.Values{"id_token_hint": {"jeton"}, "client_id": {v.ClientID},
		"post_logout_redirect_uri": {"https://malakoff.example/deconnexion/retour"}, "state": {"état"}}.Encode()
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
	v.Lie(parvistest.Lies{About: func(b map[string]any) { delete(b, "end_session_endpoint") }})
	if got, err := oidc.NewClient(clock).SignOut(t.Context(), v.Provider(), "jeton", back, "état"); got != "" || err != nil {
		t.Errorf("without an address: %q, %v", got, err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	v := parvistest.NewVoucher(t, now)
	about := func(name string, value any) parvistest.Lies {
		return parvistest.Lies{About: func(b map[string]any) { b[name] = value }}
	}
	for name, lies := range map[string]parvistest.Lies{
		"another issuer":     about("issuer", "https://autre.example"),
		"a script":           about("authorization_endpoint", "javascript:alert(1)"),
		"no encryption":      about("token_endpoint", "http://autre.example/token"),
		"keys in the clear":  about("jwks_uri", "http://autre.example/keys"),
		"a file":             about("userinfo_endpoint", "file:///etc/passwd"),
		"a name in the way":  about("end_session_endpoint", "https://jeanne@autre.example/"),
		"no secret is taken": about("token_endpoint_auth_methods_supported", []string{"private_key_jwt"}),
		"endless":            {Instead: endless},
		"elsewhere": {Instead: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://autre.example", http.StatusFound)
		}},
		"no document": {Instead: func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }},
	} {
		t.Run(name, func(t *testing.T) {
			if v.Lie(parvistest.Lies{}); oidc.NewClient(clock).Check(t.Context(), v.Provider()) != nil {
				t.Fatal("the truth is refused")
			}
			v.Lie(lies)
			if err := oidc.NewClient(clock).Check(t.Context(), v.Provider()); !errors.Is(err, oidc.ErrSilent) {
				t.Errorf("%v, want %v", err, oidc.ErrSilent)
			}
		})
	}
}

// TestAskedSeldom: what a service says of itself is remembered for a while, and that
// it does not answer for a moment; what it said is better than nothing.
func TestAskedSeldom(t *testing.T) {
	t.Parallel()
	v := parvistest.NewVoucher(t, now)
	var asked atomic.Int64
	at := now
	broken := parvistest.Lies{Instead: func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	}}
	c := oidc.NewClient(func() time.Time { return at })
	check := func(want error, times int64) {
		t.Helper()
		if err := c.Check(t.Context(), v.Provider()); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
		if got := asked.Load(); got != times {
			t.Errorf("it was asked %d times, want %d", got, times)
		}
	}
	v.Lie(broken)
	check(oidc.ErrSilent, 1)
	check(oidc.ErrSilent, 1)
	at = at.Add(time.Minute)
	check(oidc.ErrSilent, 2)
	at = at.Add(time.Minute)
	v.Lie(parvistest.Lies{})
	check(nil, 2)
	v.Lie(broken)
	check(nil, 2)
	at = at.Add(24 * time.Hour)
	check(nil, 3)
	check(nil, 3)
}

// TestSlowService: who waits for a service that does not answer waits alone.
func TestSlowService(t *testing.T) {
	t.Parallel()
	slow, quick := parvistest.NewVoucher(t, now), parvistest.NewVoucher(t, now)
	reached, release := make(chan struct{}), make(chan struct{})
	slow.Lie(parvistest.Lies{Instead: func(w http.ResponseWriter, _ *http.Request) {
		close(reached)
		<-release
		w.WriteHeader(http.StatusBadGateway)
	}})
	c, done := oidc.NewClient(clock), make(chan error)
	go func() { done <- c.Check(context.WithoutCancel(t.Context()), slow.Provider()) }()
	<-reached
	if err := c.Check(t.Context(), quick.Provider()); err != nil {
		t.Errorf("the other service: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Check(ctx, slow.Provider()); !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up waiting: %v, want %v", err, context.Canceled)
	}
	close(release)
	if err := <-done; !errors.Is(err, oidc.ErrSilent) {
		t.Errorf("who waited: %v, want %v", err, oidc.ErrSilent)
	}
}
