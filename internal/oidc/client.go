// Package oidc asks another service who somebody is, by OpenID Connect Core 1.0: the
// code flow with PKCE, as a client with a secret. It keeps nothing of people and
// decides nothing about them.
package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// What can go wrong with a service. Whatever else it says of that is for the log.
var (
	// ErrSilent: it cannot be reached, or its answers make no sense.
	ErrSilent = errors.New("the service does not answer")
	// ErrRefused: it answered, and what it said cannot be believed or used.
	ErrRefused = errors.New("the service's answer is refused")
	// ErrWeak: it answered for somebody who proved too little, or too long ago.
	ErrWeak = errors.New("the service is not sure enough")
)

// How much patience a service gets. Its pages and keys are small.
const (
	patience  = 8 * time.Second // for one answer
	maxAnswer = 256 << 10       // bytes of it
	maxConns  = 16              // at the same time, to one host
	// keptFor is how long what a service says of itself is believed; one that did not
	// answer is asked again after triedFor.
	keptFor  = time.Hour
	triedFor = 20 * time.Second
)

// A Client asks services. It remembers for a while what each says of itself: whoever
// waits for a slow one waits alone.
type Client struct {
	http *http.Client
	now  func() time.Time

	mu    sync.Mutex
	desks map[string]*desk // by issuer: only the team of a node adds one
}

// A desk is where those wait who need the same service; turn lets one ask it.
type desk struct {
	turn  chan struct{}
	known *service
	err   error
	until time.Time // known and err are good
}

// A service is what one says of itself.
type service struct {
	*oidc.Provider
	endpoint oauth2.Endpoint
	about    about
}

// about is what we read of its discovery document beside what the library does.
type about struct {
	JWKS        string   `json:"jwks_uri"`
	EndSession  string   `json:"end_session_endpoint"`                           // OpenID Connect RP-Initiated Logout 1.0
	NamesItself bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
}

// NewClient makes a client that tells the time by a clock.
func NewClient(now func() time.Time) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxConnsPerHost = maxConns
	return &Client{now: now, desks: make(map[string]*desk), http: &http.Client{
		Transport: bounded{transport},
		Timeout:   patience,
		// A service names its own addresses: what redirects may lead a secret astray.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// bounded cuts answers that are too long: reading on fails.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = http.MaxBytesReader(nil, res.Body, maxAnswer)
	}
	return res, err
}

// Check asks a service whether it is there and speaks what we do.
func (c *Client) Check(ctx context.Context, p *parvis.Provider) error {
	_, err := c.find(ctx, p.Issuer)
	return err
}

// find returns what a service says of itself.
func (c *Client) find(ctx context.Context, issuer string) (*service, error) {
	d := c.desk(issuer)
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	now := c.now()
	if now.Before(d.until) {
		return d.known, d.err
	}
	// Others may wait for this answer: it does not depend on who asked first.
	found, err := c.discover(context.WithoutCancel(ctx), issuer)
	switch {
	case err == nil:
		d.known, d.err, d.until = found, nil, now.Add(keptFor)
	case d.known != nil: // what it said before is better than nothing
		d.until = now.Add(triedFor)
	default:
		d.err, d.until = err, now.Add(triedFor)
	}
	return d.known, d.err
}

func (c *Client) desk(issuer string) *desk {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.desks[issuer]
	if d == nil {
		d = &desk{turn: make(chan struct{}, 1)}
		c.desks[issuer] = d
	}
	return d
}

// discover reads what a service says of itself: OpenID Connect Discovery 1.0.
func (c *Client) discover(ctx context.Context, issuer string) (*service, error) {
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, c.http), issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSilent, err)
	}
	s := &service{Provider: p, endpoint: p.Endpoint()}
	if err := p.Claims(&s.about); err != nil {
		return nil, fmt.Errorf("%w: what it says of itself: %w", ErrSilent, err)
	}
	for _, address := range []string{s.endpoint.AuthURL, s.endpoint.TokenURL, s.about.JWKS} {
		if !parvis.SafeEndpoint(address) {
			return nil, fmt.Errorf("%w: it names the address %q", ErrSilent, address)
		}
	}
	for _, address := range []string{p.UserInfoEndpoint(), s.about.EndSession} {
		if address != "" && !parvis.SafeEndpoint(address) {
			return nil, fmt.Errorf("%w: it names the address %q", ErrSilent, address)
		}
	}
	return s, s.chooseAuth()
}

// chooseAuth settles how we show our secret. Guessing, as the library would, shows a
// code twice.
func (s *service) chooseAuth() error {
	switch methods := s.about.AuthMethods; {
	case slices.Contains(methods, "client_secret_post"):
		s.endpoint.AuthStyle = oauth2.AuthStyleInParams
	case len(methods) == 0 || slices.Contains(methods, "client_secret_basic"):
		s.endpoint.AuthStyle = oauth2.AuthStyleInHeader
	default:
		return fmt.Errorf("%w: it takes no secret, only %q", ErrSilent, methods)
	}
	return nil
}
