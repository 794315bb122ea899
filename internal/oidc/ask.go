package oidc

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Question is what we ask a service once. Nonce and Verifier are secrets that
// nobody but us and, at the end, the service knows; State comes back by the browser.
type Question struct {
	State    string
	Nonce    string
	Verifier string    // of PKCE, RFC 7636
	Return   string    // address to send the browser back to
	Again    bool      // they must prove now who they are, even if they did a while ago
	Asked    time.Time // when
}

// NewVerifier makes the secret of PKCE.
func NewVerifier() string { return oauth2.GenerateVerifier() }

func (s *service) config(p *parvis.Provider, back string) *oauth2.Config {
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: s.endpoint, RedirectURL: back, Scopes: strings.Fields(p.Scopes)}
}

// Ask returns the address where a service asks the browser who sits there.
func (c *Client) Ask(ctx context.Context, p *parvis.Provider, q Question) (string, error) {
	s, err := c.find(ctx, p.Issuer)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(q.Nonce), oauth2.S256ChallengeOption(q.Verifier)}
	if p.ACR != "" {
		options = append(options, oauth2.SetAuthURLParam("acr_values", p.ACR))
	}
	if q.Again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return s.config(p, q.Return).AuthCodeURL(q.State, options...), nil
}

// SignOut returns the address where a service signs the browser out and sends it
// back (OpenID Connect RP-Initiated Logout 1.0); empty if it has none.
func (c *Client) SignOut(ctx context.Context, p *parvis.Provider, idToken, back, state string) (string, error) {
	s, err := c.find(ctx, p.Issuer)
	if err != nil || s.about.EndSession == "" {
		return "", err
	}
	u, err := url.Parse(s.about.EndSession)
	if err != nil {
		return "", err
	}
	query := u.Query()
	query.Set("id_token_hint", idToken)
	query.Set("client_id", p.ClientID)
	query.Set("post_logout_redirect_uri", back)
	query.Set("state", state)
	u.RawQuery = query.Encode()
	return u.String(), nil
}
