package mastodon_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/media"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web/mastodon"
)

// A town is a node with four residents and the API in front of it.
type town struct {
	*app.App
	node    *parvis.Node
	api     *mastodon.API
	handler http.Handler
}

// residents are those of every town.
var residents = []string{"jeanne", "lea", "karim", "odette"}

// clock gives each question a later millisecond: ids sort as things happen.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

func newApp(t testing.TB, url string) *app.App {
	t.Helper()
	ctx := context.Background()
	db, err := storage.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	store, err := media.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{now: time.Date(2026, time.October, 3, 14, 0, 0, 0, time.UTC)}
	return &app.App{DB: db, Media: store, Photos: media.NewDarkroom(media.DefaultLimits), Now: c.Now}
}

// found makes the town that others are copies of: keys and passwords are slow.
func found(t testing.TB, url string) error {
	a, ctx := newApp(t, url), context.Background()
	n := &parvis.Node{Host: "malakoff.example", Scheme: "https", Name: "Malakoff", Summary: "La place du village.", Contact: "bonjour@malakoff.example"}
	if err := a.AddNode(ctx, n); err != nil {
		return err
	}
	for _, name := range residents {
		in := app.NewAccount{Username: name, Email: name + "@malakoff.example", Password: "la halle du marché", Role: parvis.RoleResident}
		if name == "odette" {
			in.Language, in.Role = "en", parvis.RoleModerator
		}
		if _, err := a.CreateAccount(ctx, n, in); err != nil {
			return err
		}
	}
	return a.DB.Close()
}

func newTown(t testing.TB, e parvistest.Engine) *town {
	t.Helper()
	a := newApp(t, e.Copy(t, "mastodon", func(url string) error { return found(t, url) }))
	t.Cleanup(func() {
		if err := a.DB.Close(); err != nil {
			t.Error(err)
		}
	})
	nodes, err := a.DB.Nodes(t.Context())
	if err != nil || len(nodes) != 1 {
		t.Fatal(nodes, err)
	}
	words, err := i18n.Load(mastodon.Locales)
	if err != nil {
		t.Fatal(err)
	}
	words.OnMissing = func(lang, key string) { t.Errorf("no words in %s for %s", lang, key) }
	w := &town{App: a, node: nodes[0]}
	w.api = &mastodon.API{App: a, Words: words, Version: "test", MaxUpload: media.DefaultLimits.Bytes,
		NodeOf: func(context.Context) *parvis.Node { return w.node }}
	r := mux.NewRouter()
	w.api.Routes(r)
	w.handler = r
	return w
}

// sqliteTown is a town for what does not depend on the engine.
func sqliteTown(t testing.TB) *town {
	t.Helper()
	return newTown(t, parvistest.Engines(t)[0])
}

// token lets an app act for somebody.
func (w *town) token(t testing.TB, name string, scopes ...string) string {
	t.Helper()
	if len(scopes) == 0 {
		scopes = []string{"read", "write", "follow"}
	}
	secret, err := w.CreateToken(t.Context(), w.node, name, "test", scopes)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// viewer is somebody at the pages rather than in an app.
func (w *town) viewer(t testing.TB, name string) parvis.Viewer {
	t.Helper()
	acc, err := w.Lookup(t.Context(), w.node, name)
	if err != nil {
		t.Fatal(err)
	}
	return parvis.Viewer{Account: acc, Role: parvis.RoleResident}
}

// work runs what waits to be written to homes.
func (w *town) work(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	for {
		now := w.Now()
		jobs, err := w.DB.TurnJobs(ctx, nil, storage.Claim{Kinds: []parvis.JobKind{parvis.JobHome}, Now: now, Until: now.Add(time.Minute), Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(jobs) == 0 {
			return
		}
		for _, j := range jobs {
			if err := w.Spread(ctx, j); err != nil {
				t.Fatal(err)
			}
			if err := w.DB.SettleJobs(ctx, storage.Ended{Job: j}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// drill publishes an offer as its author does on the pages.
func (w *town) drill(t testing.TB, name string) *parvis.Post {
	t.Helper()
	p, err := w.Publish(t.Context(), w.node, w.viewer(t, name), app.Draft{
		Detail: &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortObject, Category: "tools"},
		Title:  "Perceuse à percussion", Source: "Avec ses **mèches**. #Bricolage", Audience: parvis.Everyone,
		Place: &parvis.Place{Name: "Maison-des-Arts"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// An app is a client with a token.
type client struct {
	town  *town
	t     testing.TB
	token string
}

func (w *town) as(t testing.TB, name string) *client {
	t.Helper()
	c := &client{town: w, t: t}
	if name != "" {
		c.token = w.token(t, name)
	}
	return c
}

// send asks for something; kind is the body's content type.
func (c *client) send(method, path, kind string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequest(method, "https://malakoff.example"+path, body)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	c.town.handler.ServeHTTP(rec, r)
	return rec
}

// must reads an answer that has to be 200.
func must[T any](t testing.TB, rec *httptest.ResponseRecorder) T {
	t.Helper()
	var out T
	if rec.Code != http.StatusOK {
		t.Fatalf("status %d: %s", rec.Code, rec.Body)
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		t.Fatalf("%v: %s", err, rec.Body)
	}
	return out
}

func (c *client) get(path string) *httptest.ResponseRecorder {
	c.t.Helper()
	return c.send(http.MethodGet, path, "", nil)
}

func (c *client) post(path string, form url.Values) *httptest.ResponseRecorder {
	c.t.Helper()
	return c.send(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// What tests read of the answers.
type (
	gotAccount struct {
		ID, Acct, Note, Avatar string
		Group                  bool
		DisplayName            string `json:"display_name"`
		FollowersCount         int    `json:"followers_count"`
		Source                 *struct{ Note string }
	}
	gotStatus struct {
		ID, URI, URL, Content, Visibility string
		Text                              *string
		Account                           gotAccount
		Reblog                            *gotStatus
		InReplyToID                       *string `json:"in_reply_to_id"`
		InReplyToAccountID                *string `json:"in_reply_to_account_id"`
		Favourited, Reblogged, Sensitive  bool
		FavouritesCount                   int    `json:"favourites_count"`
		SpoilerText                       string `json:"spoiler_text"`
		Media                             []struct {
			ID, Description, Blurhash string
			PreviewURL                string `json:"preview_url"`
		} `json:"media_attachments"`
	}
	gotRelationship struct {
		ID                             string
		Following, Requested, Blocking bool
		FollowedBy                     bool `json:"followed_by"`
		RequestedBy                    bool `json:"requested_by"`
	}
	gotNotification struct {
		ID, Type string
		Account  gotAccount
		Status   *gotStatus
	}
)

// photo is a small picture.
func photo(t testing.TB) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for x := range 64 {
		img.Set(x, x*48/64, color.RGBA{200, 80, 40, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
