package federation

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/parvis-coop/parvis/federation/vocab"
)

// Media types of discovery documents.
const (
	typeJRD = "application/jrd+json" // RFC 7033
	typeXRD = "application/xrd+xml"  // host-meta, RFC 6415
)

// ErrFinger is wrapped by refusals of what a server says about a handle.
var ErrFinger = errors.New("webfinger answer refused")

// An Identity is an account as its server vouches for it.
type Identity struct {
	Handle Handle // the canonical one, which may differ from the one asked for
	Actor  string // the id of its actor
}

// Finger finds the actor of a handle by WebFinger (RFC 7033), and its canonical
// handle. Whoever answers must vouch for the very handle: the subject is the one
// asked for, or, once, a handle that is then asked for at its own host. An actor on
// another host than its handle is believed only if that host names the same handle.
//
// To find the handle of an actor, finger its username at its host and compare
// Identity.Actor with its id.
func (c *Client) Finger(ctx context.Context, h Handle) (Identity, error) {
	doc, err := c.lookUp(ctx, h.Host, h.Acct())
	if err != nil {
		return Identity{}, fmt.Errorf("finger %s: %w", h, err)
	}
	if !doc.subject.Equal(h) {
		h = doc.subject
		if doc, err = c.lookUp(ctx, h.Host, h.Acct()); err != nil {
			return Identity{}, fmt.Errorf("finger %s: %w", h, err)
		}
	}
	if !doc.subject.Equal(h) {
		return Identity{}, fmt.Errorf("finger %s: %w: it is about %s", h, ErrFinger, doc.subject)
	}
	if err := c.confirm(ctx, h, doc.actor); err != nil {
		return Identity{}, fmt.Errorf("finger %s: %w", h, err)
	}
	return Identity{Handle: doc.subject, Actor: doc.actor}, nil
}

// confirm asks the host of an actor, if it is another than the handle's, whether
// the handle is the actor's: anybody may claim anybody as theirs.
func (c *Client) confirm(ctx context.Context, h Handle, actor string) error {
	u, err := c.checkURL(actor)
	if err != nil {
		return err
	}
	if u.Host == h.Host {
		return nil
	}
	doc, err := c.lookUp(ctx, u.Host, actor)
	if err != nil {
		return err
	}
	if doc.actor != actor || !doc.subject.Equal(h) {
		return fmt.Errorf("%w: %s does not know it", ErrFinger, u.Host)
	}
	return nil
}

// A descriptor is the part of a JSON Resource Descriptor that matters here.
type descriptor struct {
	subject Handle
	actor   string
}

// lookUp asks a host about a resource. A host answers over https; where http is
// permitted and https does not work, over http.
func (c *Client) lookUp(ctx context.Context, host, resource string) (descriptor, error) {
	raw, err := c.webfinger(ctx, "https://"+host, resource)
	if noAnswer := new(url.Error); err != nil && c.insecure && errors.As(err, &noAnswer) && ctx.Err() == nil {
		raw, err = c.webfinger(ctx, "http://"+host, resource)
	}
	if err != nil {
		return descriptor{}, err
	}
	return parseDescriptor(raw)
}

// webfinger asks at the well-known place, or, if there is nothing, where host-meta
// says that the answers are.
func (c *Client) webfinger(ctx context.Context, base, resource string) ([]byte, error) {
	escaped := url.QueryEscape(resource)
	raw, err := c.GetJSON(ctx, base+"/.well-known/webfinger?resource="+escaped, typeJRD)
	if !errors.Is(err, ErrNotFound) {
		return raw, err
	}
	template, metaErr := c.hostMeta(ctx, base)
	if metaErr != nil {
		return nil, err
	}
	return c.GetJSON(ctx, strings.ReplaceAll(template, "{uri}", escaped), typeJRD)
}

// hostMeta gives the lrdd template of a host (RFC 6415 §3.1.1).
func (c *Client) hostMeta(ctx context.Context, base string) (string, error) {
	found, err := c.get(ctx, base+"/.well-known/host-meta", want{
		accept: typeXRD, max: vocab.MaxBytes, isType: oneOf([]string{typeXRD, "application/xml", "text/xml"}),
	})
	if err != nil {
		return "", err
	}
	return parseHostMeta(found.body)
}

func parseHostMeta(raw []byte) (template string, err error) {
	var xrd struct {
		Links []struct {
			Rel      string `xml:"rel,attr"`
			Template string `xml:"template,attr"`
		} `xml:"Link"`
	}
	if err := xml.Unmarshal(raw, &xrd); err != nil {
		return "", fmt.Errorf("%w: %w", ErrFinger, err)
	}
	for _, link := range xrd.Links {
		if link.Rel == "lrdd" && strings.Contains(link.Template, "{uri}") {
			return link.Template, nil
		}
	}
	return "", fmt.Errorf("%w: host-meta without template", ErrFinger)
}

// parseDescriptor reads a JRD that names one account and one actor.
func parseDescriptor(raw []byte) (descriptor, error) {
	var jrd struct {
		Subject string `json:"subject"`
		Links   []struct {
			Rel  string `json:"rel"`
			Type string `json:"type"`
			Href string `json:"href"`
		} `json:"links"`
	}
	if err := json.Unmarshal(raw, &jrd); err != nil {
		return descriptor{}, fmt.Errorf("%w: %w", ErrFinger, err)
	}
	subject, err := ParseHandle(jrd.Subject)
	if err != nil {
		return descriptor{}, fmt.Errorf("%w: %w", ErrFinger, err)
	}
	doc := descriptor{subject: subject}
	for _, link := range jrd.Links {
		if link.Rel != "self" || !IsActivityType(link.Type) || link.Href == doc.actor {
			continue
		}
		if doc.actor != "" {
			return descriptor{}, fmt.Errorf("%w: two actors for %s", ErrFinger, subject)
		}
		doc.actor = link.Href
	}
	if doc.actor == "" {
		return descriptor{}, fmt.Errorf("%w: no actor for %s", ErrFinger, subject)
	}
	return doc, nil
}
