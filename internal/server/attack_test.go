package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// payloads are what a page must never run or show as its own.
var payloads = []string{
	`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<svg onload=alert(1)>`, `<a href="javascript:alert(1)">x</a>`, `<a href=" java&#x0A;script:alert(1)">x</a>`,
	`<a href="data:text/html,<script>alert(1)</script>">x</a>`, `<style>*{background:url(//evil.example)}</style>`, `<p style="position:fixed">x</p>`,
	`<iframe srcdoc="<script>alert(1)</script>"></iframe>`, `<math><mtext><table><mglyph><style><!--</style><img title="--><img src onerror=alert(1)>">`,
	`<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">`, `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
	`<form action=//evil.example><input name=password></form>`, `<base href=//evil.example>`, `<meta http-equiv=refresh content="0;url=//evil.example">`,
	`<img srcset="//evil.example/x 2x">`, `<a href="//evil.example" target=_parent onclick=alert(1)>x</a>`, `"><script>alert(1)</script>`, `</textarea><script>alert(1)</script>`,
	`&lt;script&gt;alert(1)&lt;/script&gt;`, "<scr\x00ipt>alert(1)</scr\x00ipt>", `<video poster=//evil.example/x><source src=//evil.example/y>`, `{{7*7}}${7*7}`,
}

// A villain serves the actors and posts that it is given.
type villain struct {
	*httptest.Server
	host string
	docs map[string]map[string]any
}

func newVillain(t *testing.T) *villain {
	t.Helper()
	v := &villain{docs: make(map[string]map[string]any)}
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	v.host = strings.TrimPrefix(v.URL, "http://")
	return v
}

func (v *villain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	doc, contentType := v.docs[r.URL.Path], "application/activity+json"
	if r.URL.Path == "/.well-known/webfinger" {
		contentType = "application/jrd+json"
		name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Query().Get("resource"), "acct:"), "@")
		doc = map[string]any{"subject": "acct:" + name + "@" + v.host, "links": []any{map[string]any{"rel": "self", "type": "application/activity+json", "href": v.URL + "/" + name}}}
	}
	if doc == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", contentType)
	_ = json.NewEncoder(w).Encode(doc)
}

// actor puts a payload into each text of a profile.
func (v *villain) actor(name, payload string) string {
	id := v.URL + "/" + name
	field := map[string]any{"type": "PropertyValue", "name": payload, "value": payload}
	v.docs["/"+name] = map[string]any{"id": id, "type": "Person", "preferredUsername": name, "inbox": id + "/inbox", "name": payload, "summary": payload,
		"url": "javascript:alert(1)", "icon": map[string]any{"type": "Image", "url": "javascript:alert(1)", "name": payload}, "attachment": []any{field},
		"tag": []any{map[string]any{"type": "Emoji", "name": payload, "icon": map[string]any{"type": "Image", "url": "javascript:alert(1)"}}}}
	return id
}

// post puts a payload into each text of a post.
func (v *villain) post(path, typ, author, payload string) string {
	id := v.URL + path
	option := map[string]any{"type": "Note", "name": payload}
	picture := map[string]any{"type": "Document", "mediaType": "image/png", "url": v.URL + "/x.png\"onerror=alert(1)", "name": payload, "blurhash": payload}
	v.docs[path] = map[string]any{"id": id, "type": typ, "attributedTo": author, "to": []string{"https://www.w3.org/ns/activitystreams#Public"},
		"content": payload, "name": payload, "summary": payload, "contentMap": map[string]any{payload: payload}, "url": "javascript:alert(1)",
		"oneOf": []any{option, option}, "attachment": []any{picture}, "location": map[string]any{"type": "Place", "name": payload},
		"parvis:kind": "offer", "parvis:title": payload, "purpose": "offer",
		"tag": []any{map[string]any{"type": "Hashtag", "name": "#" + payload, "href": "javascript:alert(1)"},
			map[string]any{"type": "Mention", "name": payload, "href": author},
			map[string]any{"type": "Emoji", "name": payload, "icon": map[string]any{"type": "Image", "url": "javascript:alert(1)"}}}}
	return id
}

// checkHTML finds what must not be in a page, or, if it is a fragment that an app
// shows, in that.
func checkHTML(t *testing.T, where, text string, page bool) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script":
			if n.FirstChild != nil && attrOf(n, "type") != "application/ld+json" {
				t.Errorf("%s: a script %q", where, n.FirstChild.Data)
			}
		case "style", "iframe", "math", "object", "embed", "noscript", "template", "video", "audio":
			t.Errorf("%s: <%s>", where, n.Data)
		case "svg", "form", "meta", "link", "img", "input":
			if !page {
				t.Errorf("%s: <%s>", where, n.Data)
			}
		case "base":
			t.Errorf("%s: <base>", where)
		}
		for _, a := range n.Attr {
			u, err := url.Parse(strings.TrimSpace(a.Val))
			address := a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "poster" || a.Key == "formaction"
			scheme := ""
			if err == nil {
				scheme = u.Scheme
			}
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc":
				t.Errorf("%s: <%s %s=%q>", where, n.Data, a.Key, a.Val)
			case address && (err != nil || scheme != "" && scheme != "http" && scheme != "https" && scheme != "mailto"):
				t.Errorf("%s: <%s %s=%q>", where, n.Data, a.Key, a.Val)
			case (a.Key == "src" || a.Key == "action" || a.Key == "srcset") && !strings.HasPrefix(a.Val, "/"):
				t.Errorf("%s: <%s> loads %q", where, n.Data, a.Val)
			}
		}
	}
}

func attrOf(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// TestAttackShown: attack 39, and what of 23 and 40 a reader would see. Whatever
// another server writes into the texts of its posts and profiles is shown as text, in
// pages and to apps.
func TestAttackShown(t *testing.T) {
	net := newNetwork(t, parvistest.Engines(t)[0], "malakoff")
	malakoff := net.places[0]
	jeanne := malakoff.resident("jeanne", parvis.RoleResident)
	entrance, err := malakoff.app.SignIn(bg, malakoff.node, "jeanne", "place-du-marche", parvis.Browser{Addr: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	token, err := malakoff.app.CreateToken(bg, malakoff.node, "jeanne", "toot", []string{"read"})
	if err != nil {
		t.Fatal(err)
	}
	read := func(path string) string {
		r, err := http.NewRequest(http.MethodGet, malakoff.node.URL(path), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(&http.Cookie{Name: "parvis", Value: entrance.Secret})
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Accept", "text/html")
		r.URL.Host, r.Host = malakoff.http.Listener.Addr().String(), malakoff.node.Host
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d, %v", path, response.StatusCode, err)
		}
		return string(body)
	}
	evil := newVillain(t)
	shown := 0
	for i, payload := range payloads {
		author := evil.actor(fmt.Sprintf("mallory%d", i), payload)
		acc, err := malakoff.app.Lookup(bg, malakoff.node, author)
		if err != nil {
			t.Fatalf("%q: %v", payload, err)
		}
		if i == 0 {
			if err := malakoff.app.Follow(bg, malakoff.node, jeanne, acc.ID); err != nil {
				t.Fatal(err)
			}
		}
		profile := read("/@" + acc.Acct())
		checkHTML(t, "profile of "+payload, profile, true)
		if strings.Contains(profile, html.EscapeString(payload)) {
			shown++ // as the text that it is
		}
		for _, typ := range []string{"Note", "Question", "Article", "Event"} {
			uri := evil.post(fmt.Sprintf("/%s/%d", typ, i), typ, author, payload)
			p, err := malakoff.app.Remote.Post(bg, malakoff.node, uri)
			if err != nil {
				t.Errorf("%s %q: %v", typ, payload, err)
				continue
			}
			checkHTML(t, typ+" "+payload, read(p.Path()), true)
			checkStatus(t, typ+" "+payload, read(fmt.Sprintf("/api/v1/statuses/%d", p.ID)))
		}
	}
	if shown < len(payloads)/2 {
		t.Errorf("only %d of %d payloads reached a page", shown, len(payloads))
	}
}

// checkStatus holds what apps put into their pages as HTML.
func checkStatus(t *testing.T, where, body string) {
	t.Helper()
	var status struct {
		Content, URL string
		Account      struct {
			Note, URL, Avatar string
			Fields            []struct{ Value string }
		}
		Mentions, Tags []struct{ URL string }
	}
	if err := json.Unmarshal([]byte(body), &status); err != nil {
		t.Errorf("%s: %v in %.100s", where, err, body)
		return
	}
	checkHTML(t, where+", to apps", status.Content, false)
	checkHTML(t, where+", note to apps", status.Account.Note, false)
	for _, f := range status.Account.Fields {
		checkHTML(t, where+", field to apps", f.Value, false)
	}
	addresses := []string{status.URL, status.Account.URL, status.Account.Avatar}
	for _, a := range append(status.Mentions, status.Tags...) {
		addresses = append(addresses, a.URL)
	}
	for _, a := range addresses {
		if !strings.HasPrefix(a, "http://") && !strings.HasPrefix(a, "https://") {
			t.Errorf("%s: address %q", where, a)
		}
	}
}

// TestAttackHomograph: attack 40. A name in letters that look like ours is shown in
// punycode, in handles and in addresses.
func TestAttackHomograph(t *testing.T) {
	net := newNetwork(t, parvistest.Engines(t)[0], "malakoff")
	malakoff := net.places[0]
	evil := newVillain(t)
	const looks = "m\u0430lakoff.localhost" // with a Cyrillic a
	evil.URL = strings.Replace(evil.URL, "127.0.0.1", looks, 1)
	evil.host = strings.Replace(evil.host, "127.0.0.1", looks, 1)
	author := evil.actor("mallory", "Mairie")
	evil.docs["/mallory"]["url"] = author
	uri := evil.post("/1", "Article", author, "Avis")
	evil.docs["/1"]["url"] = uri
	p, err := malakoff.app.Remote.Post(bg, malakoff.node, uri)
	if err != nil {
		t.Fatal(err)
	}
	if acct := p.Author.Acct(); !strings.HasPrefix(acct, "mallory@xn--mlakoff-") {
		t.Errorf("the handle is %s", acct)
	}
	root, err := html.Parse(strings.NewReader(p.HTML))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.TextNode && strings.Contains(n.Data, looks) {
			t.Errorf("shown as %q", n.Data)
		}
	}
}
