package federation

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// Bounds on what another server may cost us. Mastodon's are the same or wider.
const (
	connectTimeout  = 5 * time.Second
	requestTimeout  = 15 * time.Second // all of it: redirects and body included
	maxRedirects    = 3
	maxHeaderBytes  = 64 << 10
	maxDrainBytes   = 64 << 10 // of an answer that nobody reads, to keep its connection
	connsPerHost    = 8
	idlePerHost     = connsPerHost // else a burst to one server would close what it opened
	idleConnections = 512
	tlsSessions     = 1024
	idleTimeout     = 90 * time.Second
)

// Errors of the client, to be told apart with errors.Is.
var (
	// ErrRefusedAddress says that a URL or the address behind its name is not to be
	// visited: a private network, another scheme, another port.
	ErrRefusedAddress = errors.New("address refused")
	// ErrRedirect says that redirects were too many, or led to another scheme.
	ErrRedirect = errors.New("redirect refused")
	// ErrTooLarge says that an answer exceeded its bound.
	ErrTooLarge = errors.New("answer too large")
	// ErrWrongType says that an answer had a content type that was not asked for.
	ErrWrongType = errors.New("wrong content type")
	// ErrWrongOrigin says that a server answered for an object of another's.
	ErrWrongOrigin = errors.New("object from another origin")
	// ErrNotFound says 404; [StatusError] has the details.
	ErrNotFound = errors.New("not found")
	// ErrGone says 410: it existed, and was deleted.
	ErrGone = errors.New("gone")
)

// A StatusError is an answer to a GET other than 200.
type StatusError struct {
	URL        string
	Status     int
	RetryAfter time.Duration
}

func (e *StatusError) Error() string { return fmt.Sprintf("%s answered %d", e.URL, e.Status) }

// Is makes 404 an [ErrNotFound] and 410 an [ErrGone].
func (e *StatusError) Is(target error) bool {
	return target == ErrNotFound && e.Status == http.StatusNotFound ||
		target == ErrGone && e.Status == http.StatusGone
}

// ClientConfig says what a [Client] may do.
type ClientConfig struct {
	// AllowNets are networks that may be dialled besides public addresses, on any
	// port. Tests and private networks need them; others leave it empty.
	AllowNets []netip.Prefix
	// InsecureHTTP permits http beside https.
	InsecureHTTP bool
	// RootCAs replaces the system's certificate authorities.
	RootCAs   *x509.CertPool
	UserAgent string
	// Patience bounds a request, redirects and body included; 0 means 15 seconds.
	Patience time.Duration
	// Now is the clock of signatures and Retry-After; nil means time.Now.
	Now func() time.Time
}

// A Client talks to servers that strangers name: it is how Parvis fetches objects
// and delivers activities. It dials no address that is not public (unless allowed),
// whatever a name resolves to and wherever a redirect leads, and bounds the time and
// bytes of every answer.
//
// Names under ".localhost" lead to 127.0.0.1 without asking DNS (RFC 6761 §6.3),
// which is of use only where AllowNets permits it.
type Client struct {
	http     *http.Client
	insecure bool
	agent    string
	patience time.Duration
	now      func() time.Time
	schemes  *schemes
}

// NewClient makes a client. It holds idle connections, so one serves the process.
func NewClient(config ClientConfig) *Client {
	dialer := &net.Dialer{Timeout: connectTimeout, Control: guard(config.AllowNets)}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, loopback(address))
		},
		// Proxy stays nil: a proxy would dial for us what we refuse to.
		TLSClientConfig:        &tls.Config{RootCAs: config.RootCAs, MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(tlsSessions)},
		TLSHandshakeTimeout:    connectTimeout,
		ForceAttemptHTTP2:      true,
		MaxConnsPerHost:        connsPerHost,
		MaxIdleConnsPerHost:    idlePerHost,
		MaxIdleConns:           idleConnections,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Client{
		http: &http.Client{
			Transport: transport,
			// Each hop is checked and signed anew, see Client.get.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		insecure: config.InsecureHTTP,
		agent:    config.UserAgent,
		patience: cmp.Or(config.Patience, requestTimeout),
		now:      config.Now,
		schemes:  newSchemes(config.Now),
	}
}

// guard gives the check that runs on every address after DNS, right before the
// connection is made, so that no name can change its mind in between.
func guard(allowed []netip.Prefix) func(network, address string, _ syscall.RawConn) error {
	public := ssrf.New() // tcp to public addresses on ports 80 and 443
	return func(network, address string, conn syscall.RawConn) error {
		if dialled, err := netip.ParseAddrPort(address); err == nil {
			ip := dialled.Addr().Unmap()
			if slices.ContainsFunc(allowed, func(p netip.Prefix) bool { return p.Contains(ip) }) {
				return nil
			}
		}
		if err := public.Safe(network, address, conn); err != nil {
			return fmt.Errorf("%w: %w", ErrRefusedAddress, err)
		}
		return nil
	}
}

// loopback replaces a name under .localhost by its address.
func loopback(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

// checkURL refuses what no server of the fediverse needs: other schemes, user
// names, names that some resolvers take for numbers.
func (c *Client) checkURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefusedAddress, err)
	}
	switch {
	case u.Scheme != "https" && !(u.Scheme == "http" && c.insecure):
		return nil, fmt.Errorf("%w: scheme of %q", ErrRefusedAddress, address)
	case u.User != nil, u.Opaque != "":
		return nil, fmt.Errorf("%w: %q", ErrRefusedAddress, address)
	}
	// What is signed as host must be what net/http will send.
	if u.Host, err = normalHost(u.Host); err != nil || looksNumeric(u.Hostname()) {
		return nil, fmt.Errorf("%w: host of %q", ErrRefusedAddress, address)
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// looksNumeric tells whether a host ends in a number but is no plain address, such
// as 2130706433 or 0x7f.1 for 127.0.0.1 (WHATWG URL, "ends in a number").
func looksNumeric(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := strings.ToLower(labels[len(labels)-1])
	digits := strings.Trim(last, "0123456789") == ""
	return digits || strings.HasPrefix(last, "0x")
}

// A page is an answer that was read.
type page struct {
	body        []byte
	contentType string
	url         string // where it was, after redirects
}

// A want says what an answer must be.
type want struct {
	accept string
	key    *Key // signs the request, if not nil
	max    int64
	isType func(contentType string) bool
}

// get fetches a page, following redirects itself: at most three, to the same scheme,
// each checked and signed like the first.
func (c *Client) get(ctx context.Context, address string, want want) (page, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	u, err := c.checkURL(address)
	if err != nil {
		return page{}, err
	}
	for range maxRedirects + 1 {
		response, err := c.getOnce(ctx, u, want)
		if err != nil {
			return page{}, fmt.Errorf("get %s: %w", u, err)
		}
		next, err := c.follow(u, response)
		if err != nil {
			drain(response)
			return page{}, fmt.Errorf("get %s: %w", u, err)
		}
		if next == nil {
			defer drain(response)
			return c.read(u, response, want)
		}
		drain(response)
		u = next
	}
	return page{}, fmt.Errorf("get %s: %w: more than %d", address, ErrRedirect, maxRedirects)
}

func (c *Client) getOnce(ctx context.Context, u *url.URL, want want) (*http.Response, error) {
	fresh := func() (*http.Request, error) {
		if err := spend(ctx, u.Hostname()); err != nil {
			return nil, err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Accept", want.accept)
		r.Header.Set("User-Agent", c.agent)
		return r, nil
	}
	if want.key != nil {
		return c.knock(ctx, u, *want.key, nil, fresh)
	}
	r, err := fresh()
	if err != nil {
		return nil, err
	}
	return c.http.Do(r)
}

// follow gives the target of a redirect, or nil for another answer.
func (c *Client) follow(from *url.URL, response *http.Response) (*url.URL, error) {
	switch response.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	target, err := from.Parse(response.Header.Get("Location"))
	if err != nil || response.Header.Get("Location") == "" {
		return nil, fmt.Errorf("%w: bad Location", ErrRedirect)
	}
	if target.Scheme != from.Scheme {
		return nil, fmt.Errorf("%w: from %s to %s", ErrRedirect, from.Scheme, target.Scheme)
	}
	return c.checkURL(target.String())
}

func (c *Client) read(u *url.URL, response *http.Response, want want) (page, error) {
	if response.StatusCode != http.StatusOK {
		return page{}, &StatusError{u.String(), response.StatusCode, c.retryAfter(response)}
	}
	contentType := response.Header.Get("Content-Type")
	if !want.isType(contentType) {
		return page{}, fmt.Errorf("get %s: %w: %q", u, ErrWrongType, contentType)
	}
	// Counts what net/http has decompressed, so a small bomb ends here too.
	body, err := io.ReadAll(io.LimitReader(response.Body, want.max+1))
	if err != nil {
		return page{}, fmt.Errorf("get %s: %w", u, err)
	}
	if int64(len(body)) > want.max {
		return page{}, fmt.Errorf("get %s: %w: more than %d bytes", u, ErrTooLarge, want.max)
	}
	return page{body, contentType, u.String()}, nil
}

// drain reads the rest of a short answer, so that its connection serves again.
func drain(response *http.Response) {
	// What is lost with an error here is only the connection.
	_, _ = io.CopyN(io.Discard, response.Body, maxDrainBytes)
	_ = response.Body.Close()
}
