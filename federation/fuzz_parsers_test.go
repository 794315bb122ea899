package federation

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/text"
)

// FuzzParsePublicKey reads the keys of strangers, which must be fit to verify with.
func FuzzParsePublicKey(f *testing.F) {
	f.Add("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n")
	f.Add("-----BEGIN RSA PUBLIC KEY-----\nMAA=\n-----END RSA PUBLIC KEY-----\n")
	f.Add(sampleMarie().PublicKey)
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := ParsePublicKey(text); err == nil && (key == nil || checkKeySize(key) != nil) {
			t.Errorf("%q gave %v", text, key)
		}
	})
}

// FuzzDescriptor reads what servers say about handles, by WebFinger and host-meta.
func FuzzDescriptor(f *testing.F) {
	f.Add([]byte(`{"subject":"acct:marie@mastodon.example","links":[{"rel":"self","type":"application/activity+json","href":"https://mastodon.example/users/marie"}]}`))
	f.Add([]byte(`{"subject":"acct:marie@besançon.example","links":[{"rel":"http://ostatus.org/schema/1.0/subscribe","template":"https://x.example/{uri}"}]}`))
	f.Add([]byte(`<XRD><Link rel="lrdd" template="https://mastodon.example/.well-known/webfinger?resource={uri}"/></XRD>`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if doc, err := parseDescriptor(raw); err == nil {
			again, err := ParseHandle(doc.subject.Acct())
			if err != nil || !again.Equal(doc.subject) || doc.actor == "" {
				t.Errorf("%q: %s is %q, %v", raw, doc.subject, doc.actor, err)
			}
		}
		if template, err := parseHostMeta(raw); err == nil && !strings.Contains(template, "{uri}") {
			t.Errorf("%q: template %q", raw, template)
		}
		_ = linkWith(raw, relSubscribe)
	})
}

// FuzzHeaders reads the small headers of requests and answers.
func FuzzHeaders(f *testing.F) {
	for _, seed := range []string{"120", "Wed, 21 Oct 2026 07:28:00 GMT", "-1", `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`,
		"text/html, application/activity+json;q=0.5", "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="} {
		f.Add(seed)
	}
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	client := &Client{now: func() time.Time { return noon }}
	f.Fuzz(func(t *testing.T, value string) {
		if wait := client.retryAfter(&http.Response{Header: http.Header{"Retry-After": {value}}}); wait < 0 {
			t.Errorf("%q: wait for %s", value, wait)
		}
		if IsActivityType(value) && oneOf([]string{"text/html"})(value) {
			t.Errorf("%q is two types", value)
		}
		_ = WantsActivity(&http.Request{Header: http.Header{"Accept": {value}}}, nil)
	})
}

// FuzzAddress compares addresses: whatever else they are, an address is of one origin
// and one host, in whichever way it is written.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"https://malakoff.example/@lea", "HTTPS://Malakoff.Example.:443/#x", "http://[::1]:80", "https://besançon.example",
		"https://a@b.example", "https://evil.example\\@malakoff.example", "https:malakoff.example", "//malakoff.example", "https://ｅｖｉｌ.example:8443/?a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		from, ok := origin(address)
		if !ok {
			if SameOrigin(address, address) {
				t.Errorf("%q has no origin, and is of the same", address)
			}
			return
		}
		if again, ok := origin(from); !ok || again != from {
			t.Errorf("%q: origin %q, of which the origin is %q", address, from, again)
		}
		host := hostOf(address)
		u := url.URL{Host: host}
		if host == "" || !strings.Contains(from, u.Hostname()) || text.Registrable(u.Hostname()) == "" {
			t.Errorf("%q: origin %q, host %q", address, from, host)
		}
	})
}
