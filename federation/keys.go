package federation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// errUnknownKey says that the owner of a key is not known here.
var errUnknownKey = errors.New("unknown key")

// checkSender verifies a signed request and returns the stored account whose key
// it is. A key that is not known, or no longer the right one, is fetched from its
// server, at most once in a while.
func (s *Server) checkSender(ctx context.Context, n *parvis.Node, r *http.Request, body []byte, p SignatureParams) (*parvis.Account, error) {
	owner, err := s.rows(n).KeyOwner(ctx, p.KeyID)
	known := err == nil
	if errors.Is(err, parvis.ErrNotFound) {
		owner, err = s.fetchKeyOwner(ctx, n, p.KeyID, s.strangers)
	}
	if err != nil {
		return nil, err
	}
	err = s.verify(n, r, body, p, owner)
	if err == nil || !known {
		return owner, err
	}
	// Perhaps its owner has a new key under the old name.
	fresh, fetchErr := s.fetchKeyOwner(ctx, n, p.KeyID, s.refreshes)
	if fetchErr != nil {
		return nil, err
	}
	return fresh, s.verify(n, r, body, p, fresh)
}

func (s *Server) verify(n *parvis.Node, r *http.Request, body []byte, p SignatureParams, owner *parvis.Account) error {
	key, err := s.publicKey(r.Context(), owner, p.KeyID)
	if err != nil {
		return err
	}
	return Verify(r, body, p, Against{Key: key, Base: n.Base(), Now: s.now()})
}

// A keyOwner is what asking for a key led to.
type keyOwner struct {
	account parvis.ID
	err     error
	until   time.Time // if it failed: when to ask again, by the server's clock
}

// fetchKeyOwner finds the actor of a key and stores it. Requests that arrive while
// it is being asked for wait for the answer, and storms of requests with one false
// key cost one fetch. Storms with many keys of one server, which may be the victim,
// cost no more than the limit lets through (CVE-2026-34148 in Fedify).
func (s *Server) fetchKeyOwner(ctx context.Context, n *parvis.Node, keyID string, limit *hostLimit) (*parvis.Account, error) {
	if err := s.welcome(ctx, n, keyID); err != nil {
		return nil, err
	}
	name := n.ID.String() + " " + keyID
	if last, ok := s.asked.GetIfPresent(name); ok && last.err != nil && !s.now().Before(last.until) {
		s.asked.Invalidate(name)
	}
	found, err := s.asked.Get(ctx, name, otter.LoaderFunc[string, keyOwner](
		func(ctx context.Context, _ string) (keyOwner, error) {
			if !limit.allow(hostOf(keyID), s.now()) {
				return keyOwner{}, fmt.Errorf("%w: %s was asked for too many keys", errUnknownKey, hostOf(keyID))
			}
			// Others wait for this answer: it must not end with the first request.
			owner, err := s.askForKey(context.WithoutCancel(ctx), n, keyID)
			if err != nil {
				return keyOwner{err: fmt.Errorf("%w: %w", errUnknownKey, err), until: s.now().Add(failedFor)}, nil
			}
			return keyOwner{account: owner.ID}, nil
		}))
	if err == nil {
		err = found.err
	}
	if err != nil {
		return nil, err
	}
	return s.rows(n).Account(ctx, found.account)
}

// How many keys a server is asked for, and then how often: a large one has many people
// whom we meet for the first time, and few who replace their keys.
const (
	strangersBurst = 100
	strangersEvery = 200 * time.Millisecond
	refreshesBurst = 20
	refreshesEvery = 5 * time.Second
)

// A hostLimit bounds how often each server is asked for keys: strangers decide which.
type hostLimit struct {
	every time.Duration
	burst int
	hosts *otter.Cache[string, *rate.Limiter]
}

func newHostLimit(every time.Duration, burst int) *hostLimit {
	// A limit that nobody met for so long is full again.
	return &hostLimit{every, burst, newCache[string, *rate.Limiter](askedKept, every*time.Duration(burst))}
}

func (l *hostLimit) allow(host string, now time.Time) bool {
	limiter, ok := l.hosts.GetIfPresent(host)
	if !ok {
		limiter, _ = l.hosts.SetIfAbsent(host, rate.NewLimiter(rate.Every(l.every), l.burst))
	}
	return limiter.AllowN(now, 1)
}

// askForKey fetches what lies at a key's address. A key's own document, or an
// actor's stub as GoToSocial serves under its key, only tells where to ask: it is
// the actor's whole document, at the same origin, that must list the key.
func (s *Server) askForKey(ctx context.Context, n *parvis.Node, keyID string) (*parvis.Account, error) {
	key, err := s.nodeKey(ctx, n)
	if err != nil {
		return nil, err
	}
	raw, _, err := s.client.GetObject(ctx, keyID, key)
	if err != nil {
		return nil, err
	}
	o, err := vocab.Parse(raw)
	if err != nil {
		return nil, err
	}
	owner, err := s.ownerOf(ctx, n, o, keyID)
	if err != nil {
		return nil, err
	}
	if owner.KeyID != keyID && owner.MultikeyID != keyID {
		return nil, fmt.Errorf("%w: %s does not list it", ErrKey, owner.URI)
	}
	return owner, nil
}

// ownerOf stores the actor that a key's document is or names.
func (s *Server) ownerOf(ctx context.Context, n *parvis.Node, o *vocab.Object, keyID string) (*parvis.Account, error) {
	if vocab.IsActor(o.Type()) {
		return s.admitActor(ctx, n, o, keyID, nil)
	}
	owner := o.ID("owner")
	if owner == "" {
		owner = o.ID("controller")
	}
	if !SameOrigin(owner, keyID) {
		return nil, fmt.Errorf("%w: %s names %q as owner", ErrWrongOrigin, keyID, owner)
	}
	return s.fetchActor(ctx, n, owner, keyID, nil)
}

// ignore returns nil for an error that is an answer too.
func ignore(err, harmless error) error {
	if errors.Is(err, harmless) {
		return nil
	}
	return err
}
