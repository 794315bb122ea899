package federation

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/federation/vocab"
)

// GetObject fetches an object, actor, activity or collection by its id, signed if
// key is not nil. What it returns has passed [vocab.Scan] and was said by its own
// origin: its id is the URL where it was found. A document found under another URL
// of the same origin (a permalink, a key) is fetched once more by its id; one whose
// id belongs to another origin is discarded with [ErrWrongOrigin], because the
// server that answered has no say about it (CVE-2024-52590 in Misskey).
func (c *Client) GetObject(ctx context.Context, id string, key *Key) (raw []byte, finalURL string, err error) {
	for range 2 {
		found, err := c.get(ctx, id, want{accept: vocab.AcceptHeader, key: key, max: vocab.MaxBytes, isType: IsActivityType})
		if err != nil {
			return nil, "", err
		}
		envelope, err := vocab.Scan(found.body)
		if err != nil {
			return nil, "", fmt.Errorf("get %s: %w", id, err)
		}
		if !SameOrigin(envelope.ID, found.url) {
			return nil, "", fmt.Errorf("get %s: %w: %q at %s", id, ErrWrongOrigin, envelope.ID, found.url)
		}
		if sameURL(envelope.ID, found.url) || sameURL(envelope.ID, id) {
			return found.body, found.url, nil
		}
		id = envelope.ID
	}
	return nil, "", fmt.Errorf("get %s: %w: it has yet another id", id, ErrWrongOrigin)
}

// GetJSON fetches a JSON document that is no ActivityStreams object, such as
// WebFinger's or NodeInfo's. Its content type must be one of those accepted, or
// application/json.
func (c *Client) GetJSON(ctx context.Context, address string, accept ...string) ([]byte, error) {
	accept = append(accept, "application/json")
	found, err := c.get(ctx, address, want{accept: strings.Join(accept, ", "), max: vocab.MaxBytes, isType: oneOf(accept)})
	return found.body, err
}

// GetBytes fetches a file such as a picture, of at most max bytes. A type may end
// in "/" to stand for all that begin so: "image/".
func (c *Client) GetBytes(ctx context.Context, address string, max int64, types ...string) (body []byte, contentType string, err error) {
	accepts := make([]string, len(types))
	for i, t := range types {
		accepts[i] = t
		if strings.HasSuffix(t, "/") {
			accepts[i] = t + "*"
		}
	}
	found, err := c.get(ctx, address, want{accept: strings.Join(accepts, ", "), max: max, isType: oneOf(types)})
	return found.body, found.contentType, err
}

// An Answer is what a server said to a delivery.
type Answer struct {
	Status     int
	RetryAfter time.Duration // zero if it did not say
}

// Accepted tells whether the delivery is done: any 2xx.
func (a Answer) Accepted() bool { return a.Status/100 == 2 }

// A Header is sent with a delivery beside those that each carries.
type Header struct{ Name, Value string }

// Post delivers an activity to an inbox. Whatever the server answers is an
// [Answer]; an error says that there was none. Redirects are not followed: the
// signature is for this inbox alone. A refused signature is made again by another
// scheme, see [Client.knock].
func (c *Client) Post(ctx context.Context, inbox string, body []byte, key Key, more ...Header) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	u, err := c.checkURL(inbox)
	if err != nil {
		return Answer{}, err
	}
	response, err := c.knock(ctx, u, key, body, func() (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", vocab.MediaType)
		r.Header.Set("User-Agent", c.agent)
		for _, h := range more {
			r.Header.Set(h.Name, h.Value)
		}
		return r, nil
	})
	if err != nil {
		return Answer{}, fmt.Errorf("post to %s: %w", inbox, err)
	}
	defer drain(response)
	return Answer{response.StatusCode, c.retryAfter(response)}, nil
}

// Send posts something that is no activity, unsigned, to an address that a stranger named.
// Its answers are like those of [Client.Post].
func (c *Client) Send(ctx context.Context, address string, body []byte, headers http.Header) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	u, err := c.checkURL(address)
	if err != nil {
		return Answer{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	r.Header = headers.Clone()
	r.Header.Set("User-Agent", c.agent)
	response, err := c.http.Do(r)
	if err != nil {
		return Answer{}, fmt.Errorf("send to %s: %w", u.Host, err)
	}
	defer drain(response)
	return Answer{response.StatusCode, c.retryAfter(response)}, nil
}

// retryAfter reads the header of that name (RFC 9110 §10.2.3), seconds or a date.
func (c *Client) retryAfter(response *http.Response) time.Duration {
	value := response.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(0, date.Sub(c.now()))
}

// IsActivityType tells whether a content type is that of an ActivityStreams
// document: application/activity+json, or JSON-LD with the profile. Without the
// profile it may be a file that somebody uploaded (CVE-2024-25623 in Mastodon).
func IsActivityType(contentType string) bool {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	if mediaType == vocab.MediaType {
		return true
	}
	if mediaType != "application/ld+json" {
		return false
	}
	for profile := range strings.FieldsSeq(params["profile"]) {
		if profile == vocab.NS {
			return true
		}
	}
	return false
}

// oneOf gives the test whether a content type is among the given ones.
func oneOf(types []string) func(string) bool {
	return func(contentType string) bool {
		mediaType, _, err := mime.ParseMediaType(contentType)
		if err != nil {
			return false
		}
		for _, t := range types {
			if mediaType == t || strings.HasSuffix(t, "/") && strings.HasPrefix(mediaType, t) {
				return true
			}
		}
		return false
	}
}

// SameOrigin tells whether two URLs have the same scheme, host and port (FEP-fe34).
// What is no http(s) URL has no origin.
func SameOrigin(a, b string) bool {
	originA, okA := origin(a)
	originB, okB := origin(b)
	return okA && okB && originA == originB
}

// origin writes the scheme, host and port of a URL in one normal form.
func origin(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Opaque != "" {
		return "", false
	}
	host, err := normalHost(u.Host)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return "", false
	}
	host = strings.TrimSuffix(host, map[string]string{"https": ":443", "http": ":80"}[u.Scheme])
	return u.Scheme + "://" + host, true
}

// sameURL tells whether two URLs name the same document: the same origin, path and
// query, whatever their fragments.
func sameURL(a, b string) bool {
	urlA, errA := url.Parse(a)
	urlB, errB := url.Parse(b)
	return errA == nil && errB == nil && SameOrigin(a, b) && urlA.RequestURI() == urlB.RequestURI()
}
