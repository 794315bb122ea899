package federation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
)

// Relations by which a server names its own actor.
const (
	relService     = "https://www.w3.org/ns/activitystreams#Service"     // WebFinger of https://host/ (FEP-d556)
	relApplication = "https://www.w3.org/ns/activitystreams#Application" // NodeInfo (FEP-2677)
)

// errNoNode says that a host has no actor of its own.
var errNoNode = errors.New("no node found")

// partner runs a JobPartner: it finds the actor of another node and lets the app
// follow it, or ends what was between the two.
func (s *Server) partner(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.PartnerArgs](ctx, s, j)
	if err != nil {
		return err
	}
	if args.Remove {
		return s.leavePartner(ctx, n, args)
	}
	actor, err := s.findNode(ctx, n, args.Host)
	if err == nil {
		return s.app.MeetPartner(ctx, n, args.Host, actor, "")
	}
	// An admin waits for this: tell now, and go on trying if it may still work.
	if noted := s.app.MeetPartner(ctx, n, args.Host, nil, err.Error()); noted != nil {
		return noted
	}
	if errors.Is(err, errNoNode) {
		return work.Drop(err)
	}
	return settle(err)
}

// leavePartner ends what was between our node and another, which is found by its
// usual handle if the partnership was made anew before it was met.
func (s *Server) leavePartner(ctx context.Context, n *parvis.Node, args parvis.PartnerArgs) error {
	actor, err := s.rows(n).Account(ctx, args.Actor)
	if errors.Is(err, parvis.ErrNotFound) {
		actor, err = s.rows(n).AccountByAcct(ctx, nodeHandle(args.Host).String()[1:])
	}
	if errors.Is(err, parvis.ErrNotFound) {
		return nil // never met
	}
	if err != nil {
		return err
	}
	return s.app.LeavePartner(ctx, n, actor)
}

// nodeHandle is the handle of a Parvis node's own actor.
func nodeHandle(host string) Handle {
	u := url.URL{Host: host}
	return Handle{User: u.Hostname(), Host: host}
}

// findNode finds the actor of the node of a host: by its handle, by the two ways in
// which others name theirs. It must be an Application of that host.
func (s *Server) findNode(ctx context.Context, n *parvis.Node, host string) (*parvis.Account, error) {
	if err := s.welcome(ctx, n, "https://"+host+"/"); err != nil {
		return nil, err
	}
	var actor *parvis.Account
	identity, err := s.client.Finger(ctx, nodeHandle(host))
	if err == nil {
		actor, err = s.knownOrFetched(ctx, n, identity.Actor, &identity)
	} else if uri := s.findService(ctx, host); uri != "" {
		actor, err = s.knownOrFetched(ctx, n, uri, nil)
	}
	switch {
	case err != nil:
		return nil, err
	case actor.Type != parvis.Application || actor.Host() != host:
		return nil, fmt.Errorf("%w: %s is a %s", errNoNode, actor.URI, actor.Type)
	}
	return actor, nil
}

// knownOrFetched returns the account of an actor, fetching it if it is unknown.
func (s *Server) knownOrFetched(ctx context.Context, n *parvis.Node, uri string, identity *Identity) (*parvis.Account, error) {
	acc, err := s.rows(n).AccountByURI(ctx, uri)
	if errors.Is(err, parvis.ErrNotFound) {
		return s.fetchActor(ctx, n, uri, "", identity)
	}
	return acc, err
}

// findService asks a host for its actor by FEP-d556 and FEP-2677; "" if it names none.
func (s *Server) findService(ctx context.Context, host string) string {
	for _, base := range s.client.bases(host) {
		for _, ask := range []struct{ address, rel string }{
			{base + "/.well-known/webfinger?resource=" + url.QueryEscape(base+"/"), relService},
			{base + "/.well-known/nodeinfo", relApplication},
		} {
			raw, err := s.client.GetJSON(ctx, ask.address, typeJRD)
			if err != nil {
				continue
			}
			if uri := linkWith(raw, ask.rel); SameOrigin(uri, base) {
				return uri
			}
		}
	}
	return ""
}

// bases are the origins under which a host may answer.
func (c *Client) bases(host string) []string {
	if c.insecure {
		return []string{"https://" + host, "http://" + host}
	}
	return []string{"https://" + host}
}

// linkWith gives the first address that a document of links has for a relation.
func linkWith(raw []byte, rel string) string {
	var doc struct {
		Links []struct {
			Rel      string `json:"rel"`
			Href     string `json:"href"`
			Template string `json:"template"`
		} `json:"links"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return ""
	}
	for _, l := range doc.Links {
		if strings.EqualFold(l.Rel, rel) {
			if l.Template != "" {
				return l.Template
			}
			return l.Href
		}
	}
	return ""
}
