package federation

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

var _ app.Remote = (*Server)(nil)

// Account implements app.Remote.
func (s *Server) Account(ctx context.Context, n *parvis.Node, name string) (*parvis.Account, error) {
	acc, err := s.lookUpAccount(withBudget(ctx, 0), n, name)
	if err == nil {
		err = s.lookAtPins(ctx, n, acc)
	}
	return acc, unfound(ctx, err)
}

func (s *Server) lookUpAccount(ctx context.Context, n *parvis.Node, name string) (*parvis.Account, error) {
	if isWebURL(name) {
		o, err := s.open(ctx, n, name)
		if err != nil {
			return nil, err
		}
		return s.admitActor(ctx, n, o, "", nil)
	}
	h, err := ParseHandle(name)
	if err != nil {
		return nil, err
	}
	if err := s.welcome(ctx, n, "https://"+h.Host+"/"); err != nil {
		return nil, err
	}
	identity, err := s.client.Finger(ctx, h)
	if err != nil {
		return nil, err
	}
	return s.knownOrFetched(ctx, n, identity.Actor, &identity)
}

// Post implements app.Remote.
func (s *Server) Post(ctx context.Context, n *parvis.Node, uri string) (*parvis.Post, error) {
	p, err := s.lookUpPost(withBudget(ctx, 0), n, uri)
	return p, unfound(ctx, err)
}

func (s *Server) lookUpPost(ctx context.Context, n *parvis.Node, uri string) (*parvis.Post, error) {
	o, err := s.open(ctx, n, uri)
	if err != nil {
		return nil, err
	}
	me, err := s.rows(n).Account(ctx, n.ActorID)
	if err != nil {
		return nil, err
	}
	p, err := s.rows(n).PostByURI(ctx, o.ID("id"))
	if !errors.Is(err, parvis.ErrNotFound) {
		return p, err
	}
	return s.bringPost(ctx, n, o.ID("id"), me, 0)
}

// open fetches the object at an address that a person pasted: its id, or a page
// that links to it.
func (s *Server) open(ctx context.Context, n *parvis.Node, address string) (*vocab.Object, error) {
	if err := s.welcome(ctx, n, address); err != nil {
		return nil, err
	}
	key, err := s.nodeKey(ctx, n)
	if err != nil {
		return nil, err
	}
	o, err := s.fetch(ctx, n, address, key)
	if !errors.Is(err, ErrWrongType) && !errors.Is(err, ErrNotFound) {
		return o, err
	}
	page, _, pageErr := s.client.GetBytes(ctx, address, vocab.MaxBytes, "text/html")
	if pageErr != nil {
		return nil, err
	}
	linked := alternate(page, address)
	if linked == "" {
		return nil, err
	}
	return s.fetch(ctx, n, linked, key)
}

// alternate finds the link of a page to itself as ActivityStreams. Only the head
// is read, by a tokenizer whose time is linear.
func alternate(page []byte, address string) string {
	tokens := html.NewTokenizer(strings.NewReader(string(page)))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			switch t := tokens.Token(); t.DataAtom {
			case atom.Link:
				if href := alternateHref(t.Attr, address); href != "" {
					return href
				}
			case atom.Body:
				return ""
			}
		}
	}
}

func alternateHref(attrs []html.Attribute, address string) string {
	found := make(map[string]string, len(attrs))
	for _, a := range attrs {
		found[a.Key] = a.Val
	}
	base, err := url.Parse(address)
	if err != nil || !IsActivityType(found["type"]) {
		return ""
	}
	for _, rel := range strings.Fields(found["rel"]) {
		if strings.EqualFold(rel, "alternate") {
			if href, err := base.Parse(found["href"]); err == nil {
				return href.String()
			}
		}
	}
	return ""
}

// unfound tells the app that there is nothing, whatever the reason: that another
// server is down or answers nonsense is no error of ours.
func unfound(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || errors.Is(err, parvis.ErrGone) {
		return err
	}
	return fmt.Errorf("%w: %w", parvis.ErrNotFound, err)
}

// Relations by which a server says where its people follow and answer others.
const (
	relSubscribe    = "http://ostatus.org/schema/1.0/subscribe"
	relIntentObject = "https://w3id.org/fep/3b86/Object" // FEP-3b86
	relIntentFollow = "https://w3id.org/fep/3b86/Follow"
)

// SubscribeTemplate asks the server of a handle where its people can follow or
// answer somebody elsewhere. In the address, {uri} stands for whom or what. Servers
// that the node blocks are not asked.
func (s *Server) SubscribeTemplate(ctx context.Context, n *parvis.Node, handle string) (string, error) {
	h, err := ParseHandle(handle)
	if err != nil {
		return "", fmt.Errorf("%w: %w", parvis.ErrNotFound, err)
	}
	if err := s.welcome(ctx, n, "https://"+h.Host+"/"); err != nil {
		return "", unfound(ctx, err)
	}
	for _, base := range s.client.bases(h.Host) {
		raw, err := s.client.webfinger(ctx, base, h.Acct())
		if err != nil {
			continue
		}
		for _, rel := range []string{relSubscribe, relIntentObject} {
			template := strings.ReplaceAll(linkWith(raw, rel), "{object}", "{uri}")
			if s.mayVisit(strings.ReplaceAll(template, "{uri}", "x")) && strings.Contains(template, "{uri}") {
				return template, nil
			}
		}
	}
	return "", fmt.Errorf("%s has no page for this: %w", h.Host, parvis.ErrNotFound)
}

// mayVisit tells whether a browser may be sent to an address that another server gave.
func (s *Server) mayVisit(address string) bool {
	_, err := s.client.checkURL(address)
	return err == nil
}
