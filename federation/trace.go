package federation

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Step is one thing that a [Server.Trace] did or found, in words for an admin.
type Step struct {
	What   string // such as "dns", "tls", "policy"
	Detail string
	Err    error // why it went wrong; nil if it did not
	// Minor says that Err decides nothing by itself: it is of an attempt that another
	// may follow, as http does https where it is permitted, or of deliveries before.
	Minor bool
}

// A Verdict is what a trace came to.
type Verdict struct {
	Trouble parvis.Trouble // NoTrouble if it would work
	Err     error
}

// Trace shows what a WebFinger, a fetch or a delivery would do, step by step: a
// handle is fingered and its actor fetched, an address is fetched, or, if it is the
// inbox of a known account, approached as a delivery would. It goes the ways of the
// real thing, by the same guarded client, but stores nothing and sends GETs only.
func (s *Server) Trace(ctx context.Context, n *parvis.Node, target string, tell func(Step)) Verdict {
	t := &tracer{server: s, node: n, tell: tell}
	defer t.end()
	err := t.run(withBudget(ctx, 0), strings.TrimSpace(target))
	return Verdict{troubleOf(err), err}
}

type tracer struct {
	server *Server
	node   *parvis.Node
	tell   func(Step)
	client *Client
	key    *Key
	mu     sync.Mutex // dials of several addresses report at once
	ended  bool       // and some after nobody waits for them any more
}

func (t *tracer) step(what string, err error, detail string, args ...any) {
	t.report(Step{What: what, Detail: fmt.Sprintf(detail, args...), Err: err})
}

// attempt reports a step that decides nothing by itself.
func (t *tracer) attempt(what string, err error, detail string, args ...any) {
	t.report(Step{What: what, Detail: fmt.Sprintf(detail, args...), Err: err, Minor: true})
}

func (t *tracer) report(s Step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		t.tell(s)
	}
}

func (t *tracer) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
}

func (t *tracer) run(ctx context.Context, target string) error {
	var err error
	if t.key, err = t.server.nodeKey(ctx, t.node); err != nil {
		return err
	}
	if isWebURL(target) {
		return t.address(ctx, target)
	}
	h, err := ParseHandle(target)
	if err != nil {
		return err
	}
	t.step("handle", nil, "%s, to be asked at %s", h, h.Host)
	if err := t.approach(ctx, "https://"+h.Host+"/"); err != nil {
		return err
	}
	identity, err := t.client.Finger(ctx, h)
	if err != nil {
		t.step("webfinger", err, "of %s", h)
		return err
	}
	t.step("webfinger", nil, "%s is the actor %s", identity.Handle, identity.Actor)
	if err := t.approach(ctx, identity.Actor); err != nil {
		return err
	}
	return t.fetch(ctx, identity.Actor)
}

func (t *tracer) address(ctx context.Context, target string) error {
	if err := t.approach(ctx, target); err != nil {
		return err
	}
	owner, err := t.server.rows(t.node).InboxOwner(ctx, target)
	if errors.Is(err, parvis.ErrNotFound) {
		return t.fetch(ctx, target)
	}
	if err != nil {
		return err
	}
	t.step("inbox", nil, "of %s", owner)
	return t.knockAt(ctx, target)
}

// approach tells what is known before anything is sent: what holds for the server,
// how deliveries to it fare, how it takes signatures.
func (t *tracer) approach(ctx context.Context, target string) error {
	host := hostOf(target)
	if err := t.policy(ctx, target); err != nil {
		return err
	}
	health, err := t.server.app.DB.Host(ctx, host)
	if err != nil {
		return err
	}
	switch {
	case health.Failures > 0:
		t.attempt("health", errors.New(health.Error), "%d deliveries in a row failed since %s, next try %s", health.Failures,
			health.DownSince.Format(time.RFC3339), health.RetryAt.Format(time.RFC3339))
	case health.LastSuccess.IsZero():
		t.step("health", nil, "nothing was delivered to %s yet", host)
	default:
		t.step("health", nil, "deliveries to %s work, last noted %s", host, health.LastSuccess.Format(time.RFC3339))
	}
	scheme, err := t.server.app.DB.Scheme(ctx, host)
	if err != nil {
		return err
	}
	if scheme.Name != "" {
		t.step("signature", nil, "%s takes %s", host, scheme.Name)
	}
	t.client = t.server.client.traced(t.attempt)
	t.client.schemes.kept.Set(host, scheme)
	return nil
}

func (t *tracer) policy(ctx context.Context, target string) error {
	p, err := t.server.policy(ctx, t.node, target)
	if err != nil {
		return err
	}
	why := "no rule is about it"
	if p.Rule != nil {
		why = fmt.Sprintf("%q is said of %s by the team", p.Rule.Severity, p.Rule.Domain)
		if p.Rule.List != 0 {
			why = fmt.Sprintf("%q is said of %s by a shared list", p.Rule.Severity, p.Rule.Domain)
		}
	} else if p.Refused {
		why = "this node takes only partners and allowed domains"
	}
	err = t.server.welcome(ctx, t.node, target)
	t.step("policy", err, "%s: %s", hostOf(target), why)
	return err
}

// fetch does what bringing an actor or post here would do, up to storing it.
func (t *tracer) fetch(ctx context.Context, id string) error {
	o, err := t.open(ctx, id)
	if err != nil {
		return err
	}
	if vocab.IsActor(o.Type()) {
		return t.actor(ctx, o)
	}
	return t.post(ctx, o)
}

// open fetches an object and reads it.
func (t *tracer) open(ctx context.Context, id string) (*vocab.Object, error) {
	raw, at, err := t.client.GetObject(ctx, id, t.key)
	if err != nil {
		t.step("fetch", err, "%s", id)
		return nil, err
	}
	t.step("fetch", nil, "%d bytes at %s, said by their own origin", len(raw), at)
	o, err := vocab.Parse(raw)
	if err == nil {
		err = o.Validate()
	}
	if err != nil {
		t.step("object", err, "%s", id)
		return nil, err
	}
	t.step("object", nil, "%s %s", o.Type(), o.ID("id"))
	if !SameOrigin(o.ID("id"), id) {
		return o, t.policy(ctx, o.ID("id")) // a redirect led to another server
	}
	return o, nil
}

func (t *tracer) actor(ctx context.Context, o *vocab.Object) error {
	a, _, err := readActor(o, "")
	if err != nil {
		t.step("actor", err, "%s", o.ID("id"))
		return err
	}
	t.step("actor", nil, "%s named %s, inbox %s", a.Type, a.Username, a.Inbox)
	if a.KeyID == "" && a.MultikeyID == "" {
		t.attempt("key", ErrKey, "it lists none that is its own and strong enough: what it signs is refused")
	} else {
		t.step("key", nil, "%s", strings.Join(strings.Fields(a.KeyID+" "+a.MultikeyID), ", "))
	}
	identity, err := t.client.Finger(ctx, Handle{User: a.Username, Host: a.Host()})
	if err == nil && identity.Actor != a.URI {
		err = fmt.Errorf("%w: %s is not %s", errBadActor, a.URI, identity.Handle)
	}
	if err != nil {
		t.step("webfinger", err, "back from the actor")
		return err
	}
	t.step("webfinger", nil, "leads back to the actor as %s", identity.Handle)
	return t.policy(ctx, "https://"+identity.Handle.Host)
}

func (t *tracer) post(ctx context.Context, o *vocab.Object) error {
	if !isPost(o.Type()) {
		err := fmt.Errorf("%w: a %s is neither an actor nor a post", errBadPost, o.Type())
		t.step("post", err, "%s", o.ID("id"))
		return err
	}
	for _, uri := range o.IDs("attributedTo") {
		if !SameOrigin(uri, o.ID("id")) {
			continue
		}
		t.step("post", nil, "by %s, of the same origin", uri)
		author, err := t.open(ctx, uri)
		if err != nil {
			return err
		}
		if author.ID("id") != uri {
			err := fmt.Errorf("%w: %s answers for %q", ErrWrongOrigin, uri, author.ID("id"))
			t.step("actor", err, "%s", uri)
			return err
		}
		return t.actor(ctx, author)
	}
	err := fmt.Errorf("%w: %s has no author of its origin", errBadPost, o.ID("id"))
	t.step("post", err, "by %s", strings.Join(o.IDs("attributedTo"), ", "))
	return err
}

// knockAt goes the way of a delivery to an inbox as far as one can without
// delivering: by a GET, to which most inboxes say 404 or 405.
func (t *tracer) knockAt(ctx context.Context, inbox string) error {
	_, err := t.client.get(ctx, inbox, want{accept: vocab.AcceptHeader, key: t.key, max: vocab.MaxBytes, isType: func(string) bool { return true }})
	if answer := new(StatusError); errors.As(err, &answer) {
		switch answer.Status {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusBadRequest, http.StatusNotAcceptable:
			t.step("inbox", nil, "answers %d to a GET, as inboxes do: whether it takes a delivery only a delivery shows", answer.Status)
			return nil
		}
	}
	t.step("inbox", err, "%s", inbox)
	return err
}

// traced is a client that tells what its requests do and keeps nothing that it
// learns. It is the same client in all else, and sends nothing but GETs.
func (c *Client) traced(step func(what string, err error, detail string, args ...any)) *Client {
	own, inner := *c, *c.http
	inner.Transport = tracing{c.http.Transport, step}
	own.http, own.schemes = &inner, newSchemes(c.now)
	return &own
}

type tracing struct {
	next http.RoundTripper
	step func(what string, err error, detail string, args ...any)
}

// RoundTrip implements http.RoundTripper.
func (t tracing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return nil, fmt.Errorf("%w: a trace sends no %s", ErrRefusedAddress, r.Method)
	}
	t.step("get", nil, "%s, %s", r.URL, signedHow(r))
	response, err := t.next.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), t.hooks())))
	if err != nil {
		t.step("answer", err, "none")
		return nil, err
	}
	detail := fmt.Sprintf("%s, %s", response.Status, response.Header.Get("Content-Type"))
	if to := response.Header.Get("Location"); to != "" {
		detail += ", leads to " + to
	}
	if wait := response.Header.Get("Retry-After"); wait != "" {
		detail += ", asks to wait " + wait
	}
	t.step("answer", nil, "%s", detail)
	response.Body = &countedBody{ReadCloser: response.Body, done: func(n int64) { t.step("body", nil, "%d bytes", n) }}
	return response, nil
}

func signedHow(r *http.Request) string {
	switch {
	case r.Header.Get("Signature-Input") != "":
		return "signed by RFC 9421"
	case r.Header.Get("Signature") != "":
		return "signed by draft-cavage-12"
	}
	return "not signed"
}

func (t tracing) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSDone: func(d httptrace.DNSDoneInfo) {
			var found []string
			for _, a := range d.Addrs {
				found = append(found, a.String())
			}
			t.step("dns", d.Err, "%s", strings.Join(found, ", "))
		},
		ConnectDone: func(network, address string, err error) { t.step("connect", err, "%s %s", network, address) },
		GotConn: func(c httptrace.GotConnInfo) {
			if c.Reused {
				t.step("connect", nil, "kept from before, %s", addressOf(c.Conn))
			}
		},
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			if err != nil {
				t.step("tls", err, "not agreed")
				return
			}
			t.step("tls", nil, "%s, %s", tls.VersionName(s.Version), s.NegotiatedProtocol)
		},
	}
}

func addressOf(c net.Conn) string {
	if c == nil {
		return "unknown"
	}
	return c.RemoteAddr().String()
}

// countedBody tells how many bytes were read when it is closed.
type countedBody struct {
	io.ReadCloser
	n    int64
	done func(int64)
}

// Read implements io.Reader.
func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	return n, err
}

// Close implements io.Closer.
func (b *countedBody) Close() error {
	if b.done != nil {
		b.done(b.n)
		b.done = nil
	}
	return b.ReadCloser.Close()
}
