package federation

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/storage"
)

// Bounds on what is kept in memory of other servers. Other processes learn of them
// too, so nothing is kept for long.
const (
	schemesKept = 10_000
	schemesFor  = time.Minute
)

// redeclared is how long what a server taught us by its answers outweighs what it
// declares of itself.
const redeclared = 24 * time.Hour

// schemes remembers by which scheme servers take signatures, so that a request need
// not ask the database.
type schemes struct {
	db   *storage.DB // nil remembers in memory only
	now  func() time.Time
	kept *otter.Cache[string, storage.Scheme]
}

func newSchemes(now func() time.Time) *schemes {
	return &schemes{now: now, kept: newCache[string, storage.Scheme](schemesKept, schemesFor)}
}

// of returns what is known of a host; nothing is the zero Scheme.
func (m *schemes) of(ctx context.Context, host string) (storage.Scheme, error) {
	return m.kept.Get(ctx, host, otter.LoaderFunc[string, storage.Scheme](
		func(ctx context.Context, host string) (storage.Scheme, error) {
			if m.db == nil {
				return storage.Scheme{}, nil
			}
			return m.db.Scheme(ctx, host)
		}))
}

// learn remembers the scheme by which a server takes signatures. What could not be
// kept is learnt again, so an error is told to the log only.
func (m *schemes) learn(ctx context.Context, host string, scheme Scheme) {
	learnt := storage.Scheme{Name: string(scheme), LearntAt: m.now()}
	m.kept.Set(host, learnt)
	if m.db == nil {
		return
	}
	if err := m.db.SaveScheme(ctx, host, learnt); err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Str("host", host).Msg("signature scheme cannot be kept")
	}
}

// declared notes that a server says that it takes RFC 9421 with Ed25519. Its answers
// weigh more, for a day.
func (m *schemes) declared(ctx context.Context, host string) {
	known, err := m.of(ctx, host)
	if err != nil || known.Name == string(SchemeEd25519) || known.Name != "" && m.now().Sub(known.LearntAt) < redeclared {
		return
	}
	m.learn(ctx, host, SchemeEd25519)
}

// knocks are the schemes to try at a server, of which the first is known to work or
// else what everyone reads.
func (k Key) knocks(known Scheme) []Scheme {
	switch {
	case known == SchemeEd25519 && k.Ed25519 != nil:
		return []Scheme{SchemeEd25519, SchemeCavage, SchemeRSA}
	case known == SchemeRSA, known == SchemeEd25519:
		return []Scheme{SchemeRSA, SchemeCavage}
	}
	return []Scheme{SchemeCavage, SchemeRSA}
}

// knock sends a request signed by the scheme that its server is known to take and,
// if the signature is refused, by the others: "double knocking", as Mastodon and
// Fedify do. Whatever else it answers is its answer, so what was accepted is never
// sent again. When every knock is refused, the first refusal is the answer.
//
// fresh makes the request anew each time.
func (c *Client) knock(ctx context.Context, u *url.URL, key Key, body []byte, fresh func() (*http.Request, error)) (*http.Response, error) {
	known, err := c.schemes.of(ctx, u.Host)
	if err != nil {
		return nil, err
	}
	var refused *http.Response
	for _, scheme := range key.knocks(Scheme(known.Name)) {
		r, err := fresh()
		if err != nil {
			return nil, err
		}
		if err := key.SignAs(scheme, r, body, c.now()); err != nil {
			return nil, err
		}
		response, err := c.http.Do(r)
		if err != nil {
			return nil, err
		}
		if !refusesSignature(response.StatusCode) {
			if refused != nil && response.StatusCode/100 == 2 {
				c.schemes.learn(ctx, u.Host, scheme)
			}
			return response, nil
		}
		drain(response)
		if refused == nil {
			refused = response
		}
	}
	return refused, nil
}

// refusesSignature tells the answers that may mean that a signature of another
// scheme is wanted.
func refusesSignature(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusBadRequest
}
