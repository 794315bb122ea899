package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// An Answer is what a browser brings back from a service.
type Answer struct {
	Code   string
	Issuer string // RFC 9207: who says that it answers; empty if it does not say
}

// Bounds on what a service calls people (OpenID Connect Core 1.0, section 2) and on the
// token that says so, which a session keeps.
const (
	maxSubject = 255
	maxIDToken = 16 << 10
)

// skew is how far the clock of a service may be behind ours.
const skew = 2 * time.Minute

// A Person is somebody for whom a service answers.
type Person struct {
	Subject string // what it calls them, for ever
	IDToken string // what it said and signed

	service *service
	client  *Client
	party   string // our name there
	issuer  string
	access  *oauth2.Token
	claims  claims
}

// Answer makes of a browser's answer whom the service means: it redeems the code, and
// believes the ID token if it is signed by the service, for us, for this question.
func (c *Client) Answer(ctx context.Context, p *parvis.Provider, q Question, a Answer) (*Person, error) {
	s, err := c.find(ctx, p.Issuer)
	if err != nil {
		return nil, err
	}
	if a.Issuer != p.Issuer && (a.Issuer != "" || s.about.NamesItself) {
		return nil, fmt.Errorf("%w: %q answers for %q", ErrRefused, a.Issuer, p.Issuer)
	}
	ctx = oidc.ClientContext(ctx, c.http)
	access, err := s.config(p, q.Return).Exchange(ctx, a.Code, oauth2.VerifierOption(q.Verifier))
	if err != nil {
		return nil, exchangeError(err)
	}
	raw, _ := access.Extra("id_token").(string)
	if raw == "" || len(raw) > maxIDToken {
		return nil, fmt.Errorf("%w: an ID token of %d bytes", ErrRefused, len(raw))
	}
	token, err := s.Verifier(&oidc.Config{ClientID: p.ClientID, Now: c.now}).Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	person := &Person{Subject: token.Subject, IDToken: raw, service: s, client: c, party: p.ClientID, issuer: p.Issuer, access: access}
	if err := token.Claims(&person.claims); err != nil {
		return nil, fmt.Errorf("%w: claims: %w", ErrRefused, err)
	}
	return person, person.check(token, p, q)
}

// exchangeError tells a service that is out of order from one that refuses.
func exchangeError(err error) error {
	refusal := new(oauth2.RetrieveError)
	if errors.As(err, &refusal) && refusal.Response.StatusCode < http.StatusInternalServerError {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return fmt.Errorf("%w: %w", ErrSilent, err)
}

// check does what the library leaves to us: OpenID Connect Core 1.0, section 3.1.3.7.
func (who *Person) check(token *oidc.IDToken, p *parvis.Provider, q Question) error {
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(q.Nonce)) != 1 {
		return fmt.Errorf("%w: another nonce", ErrRefused)
	}
	if token.Subject == "" || len(token.Subject) > maxSubject {
		return fmt.Errorf("%w: a subject of %d bytes", ErrRefused, len(token.Subject))
	}
	if party := who.claims.Party; party != p.ClientID && (party != "" || len(token.Audience) > 1) {
		return fmt.Errorf("%w: issued to %q", ErrRefused, party)
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(who.access.AccessToken); err != nil {
			return fmt.Errorf("%w: %w", ErrRefused, err)
		}
	}
	if !p.Enough(who.claims.ACR) {
		return fmt.Errorf("%w: level %q", ErrWeak, who.claims.ACR)
	}
	if q.Again && time.Unix(int64(who.claims.AuthTime), 0).Before(q.Asked.Add(-skew)) {
		return fmt.Errorf("%w: proven at %.0f", ErrWeak, who.claims.AuthTime)
	}
	return nil
}

// A Profile is what a service says of a person beside who they are.
type Profile struct {
	Name          string
	Email         string
	EmailVerified bool // they showed the service that they read its mail
}

// Profile returns what the service says of a person: in the ID token or, as
// FranceConnect does, only when asked for with the access token.
func (who *Person) Profile(ctx context.Context) (Profile, error) {
	said := who.claims.profile()
	if said.Name != "" && said.Email != "" || who.service.UserInfoEndpoint() == "" {
		return said, nil
	}
	info, err := who.service.UserInfo(oidc.ClientContext(ctx, who.client.http), oauth2.StaticTokenSource(who.access))
	if err != nil {
		return Profile{}, fmt.Errorf("%w: %w", ErrSilent, err)
	}
	var more claims
	if err := info.Claims(&more); err != nil {
		return Profile{}, fmt.Errorf("%w: claims: %w", ErrRefused, err)
	}
	// OpenID Connect Core 1.0, section 5.3.2: what is said of another is of no use, nor
	// what was signed for others.
	if info.Subject != who.Subject || more.Issuer != "" && more.Issuer != who.issuer || !more.For.includes(who.party) {
		return Profile{}, fmt.Errorf("%w: what it says is of somebody else", ErrRefused)
	}
	return said.with(more.profile()), nil
}

// with adds what another answer says, if this one lacks it.
func (p Profile) with(more Profile) Profile {
	if p.Name == "" {
		p.Name = more.Name
	}
	if p.Email == "" {
		p.Email, p.EmailVerified = more.Email, more.EmailVerified
	}
	return p
}

// line makes of a text one line of at most a number of characters.
func line(text string, most int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	return string(runes[:min(len(runes), most)])
}
