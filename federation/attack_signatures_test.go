package federation_test

import (
	"crypto/rand"
	"crypto/rsa"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestAttackSignatures: attacks 1 to 10, on who says something. Whatever the attack,
// the town counts no like but the honest one at the end.
func TestAttackSignatures(t *testing.T) {
	s := newScene(t)
	offer := s.offer(t)
	ids := 0
	like := func(from *stranger, name string) map[string]any {
		ids++
		return from.activity("Like", "/likes/"+strconv.Itoa(ids), name, offer.URI)
	}
	refused := func(t *testing.T, what string, f forgery, want ...int) {
		t.Helper()
		got := f.send(t)
		for _, status := range want {
			if got == status {
				return
			}
		}
		t.Errorf("%s: status %d, want %v", what, got, want)
	}
	// by makes a like by Marie, spoilt.
	by := func(spoil ...func(*forgery)) forgery {
		return forged(s.malakoff, s.mastodon, "marie", like(s.mastodon, "marie"), spoil...)
	}
	refused(t, "nothing is wrong", forged(s.malakoff, s.mastodon, "marie", s.mastodon.activity("View", "/views/1", "marie", offer.URI)), 202)

	t.Run("1 no signature", func(t *testing.T) {
		asked := s.evil.log.total()
		body := like(s.mastodon, "marie")
		body["object"] = map[string]any{"id": s.evil.base + "/notes/1", "type": "Note", "attributedTo": s.evil.uri("mallory")}
		refused(t, "none", forged(s.malakoff, s.mastodon, "marie", body, func(f *forgery) {
			f.after = func(r *http.Request) { r.Header.Del("Signature") }
		}), 401)
		refused(t, "one that matches nothing", forged(s.malakoff, s.mastodon, "marie", body, func(f *forgery) { f.key = otherKey() }), 401)
		if got := s.evil.log.total(); got != asked {
			t.Errorf("what the body names was fetched %d times", got-asked)
		}
	})
	t.Run("2 actor is the victim", func(t *testing.T) {
		body := like(s.mastodon, "marie")
		refused(t, "", forged(s.malakoff, s.evil, "mallory", body), 403)
		refused(t, "with an id of one's own", forged(s.malakoff, s.evil, "mallory", like(s.evil, "mallory"), func(f *forgery) {
			f.body.(map[string]any)["actor"] = s.mastodon.uri("marie")
		}), 403)
	})
	t.Run("5 what is signed", func(t *testing.T) {
		for what, spoil := range map[string]func(*forgery){
			"date alone":      func(f *forgery) { f.signed = []string{"date"} },
			"without digest":  func(f *forgery) { f.signed = []string{"(request-target)", "host", "date"} },
			"without target":  func(f *forgery) { f.signed = []string{"host", "date", "digest"} },
			"without host":    func(f *forgery) { f.signed = []string{"(request-target)", "date", "digest"} },
			"without date":    func(f *forgery) { f.signed = []string{"(request-target)", "host", "digest"} },
			"digest of other": func(f *forgery) { f.before = func(r *http.Request) { r.Header.Set("Digest", digestOf("{}")) } },
			"two digests":     func(f *forgery) { f.before = func(r *http.Request) { r.Header.Add("Digest", digestOf("{}")) } },
			"no digest":       func(f *forgery) { f.before = func(r *http.Request) { r.Header.Del("Digest") } },
			"SHA-512 alone":   func(f *forgery) { f.before = func(r *http.Request) { r.Header.Set("Digest", "SHA-512=AAAA") } },
			"two dates":       func(f *forgery) { f.before = func(r *http.Request) { r.Header.Add("Date", r.Header.Get("Date")) } },
		} {
			refused(t, what, by(spoil), 401)
		}
	})
	t.Run("6 replay", func(t *testing.T) {
		f := by()
		again := func(change func(*http.Request)) *http.Request {
			r := f.request(t) // PKCS #1 v1.5 signs the same text in the same way
			change(r)
			return r
		}
		for _, tt := range []struct {
			what   string
			change func(*http.Request)
			want   int
		}{
			{"the first time", func(*http.Request) {}, 202},
			{"again", func(*http.Request) {}, 202}, // as if it had worked, without effect
			{"to another path", func(r *http.Request) { r.URL.Path = "/@lea/inbox" }, 401},
			{"by another method", func(r *http.Request) { r.Method = http.MethodPut }, 405},
			{"to another host", func(r *http.Request) { r.Host = "vanves.example" }, 401},
			{"with another body", func(r *http.Request) {
				r.Body, r.GetBody, r.ContentLength = io.NopCloser(strings.NewReader("{}")), nil, 2
			}, 400},
		} {
			if got := do(t, again(tt.change)); got != tt.want {
				t.Errorf("%s: status %d, want %d", tt.what, got, tt.want)
			}
		}
		// Signed anew, it is still the same like.
		f.date = f.date.Add(time.Second)
		refused(t, "signed anew", f, 202)
	})
	t.Run("7 dates and keys", func(t *testing.T) {
		now := s.clock.Now()
		stamp := func(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
		for what, spoil := range map[string]func(*forgery){
			"too old":    func(f *forgery) { f.date = now.Add(-12*time.Hour - time.Minute) },
			"to come":    func(f *forgery) { f.date = now.Add(time.Hour + time.Minute) },
			"unreadable": func(f *forgery) { f.before = func(r *http.Request) { r.Header.Set("Date", "lundi") } },
			"created to come": func(f *forgery) {
				f.signed, f.params = []string{"(request-target)", "host", "(created)", "digest"}, map[string]string{"algorithm": `"hs2019"`, "created": stamp(now.Add(2 * time.Hour))}
			},
			"expired": func(f *forgery) {
				f.signed = append(f.signed, "(expires)")
				f.params = map[string]string{"algorithm": `"hs2019"`, "expires": stamp(now.Add(-time.Minute))}
			},
		} {
			refused(t, what, by(spoil), 401)
		}
		short, err := rsa.GenerateKey(rand.Reader, 1024)
		if err != nil {
			t.Fatal(err)
		}
		weak := newStranger(t, s.clock, "short")
		weak.keys["short"] = short
		weak.serve("/users/short", weak.person("short"))
		refused(t, "short key", forged(s.malakoff, weak, "short", like(weak, "short")), 401)
	})
	t.Run("8 another host", func(t *testing.T) {
		refused(t, "Host", by(func(f *forgery) { f.before = func(r *http.Request) { r.Host = "vanves.example" } }), 401, 404, 421)
		refused(t, "X-Forwarded-Host", by(func(f *forgery) {
			f.signed = []string{"(request-target)", "x-forwarded-host", "date", "digest"}
			f.before = func(r *http.Request) { r.Header.Set("X-Forwarded-Host", s.malakoff.Host) }
		}), 401)
		r, err := http.NewRequest(http.MethodGet, s.malakoff.URL("/@lea"), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "application/activity+json")
		r.Header.Set("X-Forwarded-Host", "evil.example")
		if _, doc, _ := ask(t, r); doc["id"] != s.lea.Account.URI {
			t.Errorf("her id is %v", doc["id"])
		}
	})
	t.Run("9 two readings", func(t *testing.T) {
		header := func(change func(h http.Header)) func(*forgery) {
			return func(f *forgery) { f.after = func(r *http.Request) { change(r.Header) } }
		}
		for what, spoil := range map[string]func(*forgery){
			"key id twice": header(func(h http.Header) {
				h.Set("Signature", `keyId="`+s.evil.uri("mallory")+`#main-key",`+h.Get("Signature"))
			}),
			"two headers": header(func(h http.Header) { h.Add("Signature", h.Get("Signature")) }),
			"Authorization too": header(func(h http.Header) {
				h.Set("Authorization", "Signature "+h.Get("Signature"))
			}),
			"in Authorization": header(func(h http.Header) {
				h.Set("Authorization", "Signature "+h.Get("Signature"))
				h.Del("Signature")
			}),
			"RFC 9421 too": header(func(h http.Header) {
				h.Set("Signature-Input", `sig1=("@method" "@target-uri");created=1;keyid="`+s.mastodon.uri("marie")+`#main-key"`)
			}),
			"key of another": header(func(h http.Header) {
				h.Set("Signature", strings.Replace(h.Get("Signature"), "marie#", "paul#", 1))
			}),
		} {
			refused(t, what, by(spoil), 400, 401, 403)
		}
	})
	t.Run("10 storm of bad signatures", func(t *testing.T) {
		asked := s.mastodon.log.count("GET /users/marie")
		for range 10 {
			refused(t, "bad", by(func(f *forgery) { f.key = otherKey() }), 401)
		}
		if got := s.mastodon.log.count("GET /users/marie") - asked; got > 1 {
			t.Errorf("Marie's key was fetched %d times, want once at most", got)
		}
	})

	settle(t, s.malakoff)
	if got := s.malakoff.found(offer.URI).Likes; got != 1 {
		t.Errorf("%d likes, want 1", got)
	}
}
