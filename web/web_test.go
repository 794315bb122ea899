package web_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"golang.org/x/net/html"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/media"
	"github.com/parvis-coop/parvis/internal/oidc"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
	"github.com/parvis-coop/parvis/web"
)

// now is when the tests happen: a Saturday morning.
var now = time.Date(2026, time.October, 3, 9, 30, 0, 0, time.UTC)

const password = "la place du marché"

// A town is a node with its pages, served over HTTP.
type town struct {
	*httptest.Server
	app   *app.App
	node  *parvis.Node
	web   *web.Server
	clock atomic.Int64 // nanoseconds since now
}

// malakoff founds a town with an admin, so that it is no longer being prepared.
func malakoff(t testing.TB) *town {
	t.Helper()
	m := founded(t)
	m.resident(t, "mairie_annexe", parvis.RoleAdmin)
	return m
}

// founded is a town that nobody looks after yet.
func founded(t testing.TB) *town {
	t.Helper()
	ctx := context.Background()
	db, err := storage.Open(ctx, parvistest.Engines(t)[0].URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	store, err := media.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := i18n.Load(web.Locales)
	if err != nil {
		t.Fatal(err)
	}
	catalogue.OnMissing = func(lang, key string) { t.Errorf("%s: no message %q", lang, key) }
	m := new(town)
	clock := func() time.Time { return m.later(time.Second) } // nothing happens twice at the same moment
	a := &app.App{DB: db, Media: store, Photos: media.NewDarkroom(media.DefaultLimits), Now: clock, Identities: oidc.NewClient(clock)}
	m.app, m.web = a, &web.Server{App: a, Catalogue: catalogue}
	router := mux.NewRouter()
	m.web.Mount(router)
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := db.NodeByHost(r.Context(), m.node.Host)
		if err != nil {
			t.Error(err)
			return
		}
		router.ServeHTTP(w, r.WithContext(parvis.WithNode(r.Context(), n)))
	}))
	t.Cleanup(m.Server.Close)
	m.URL = strings.Replace(m.URL, "127.0.0.1", "localhost", 1) // a place has a name
	m.node = &parvis.Node{Host: strings.TrimPrefix(m.URL, "http://"), Scheme: "http", Name: "Malakoff", Language: "fr",
		Summary: "À Malakoff, on se prête et on s’entraide.", Contact: "equipe@malakoff.example",
		Neighbourhoods: []parvis.Place{{Name: "Centre", Lat: 48.8206, Lon: 2.3024, HasPoint: true}, {Name: "Malakoff-Sud", Lat: 48.8105, Lon: 2.2980, HasPoint: true},
			{Name: "Barbusse", Lat: 48.8172, Lon: 2.2921, HasPoint: true}},
		Center: parvis.Place{Lat: 48.8206, Lon: 2.3024, HasPoint: true}}
	if err := a.AddNode(ctx, m.node); err != nil {
		t.Fatal(err)
	}
	return m
}

// later moves the clock.
func (m *town) later(d time.Duration) time.Time { return now.Add(time.Duration(m.clock.Add(int64(d)))) }

// resident opens an account.
func (m *town) resident(t testing.TB, name string, role parvis.Role) *parvis.Account {
	t.Helper()
	acc, err := m.app.CreateAccount(context.Background(), m.node, app.NewAccount{Username: name, Email: name + "@malakoff.example",
		Password: password, Name: strings.ToUpper(name[:1]) + name[1:], Role: role, Language: "fr"})
	if err != nil {
		t.Fatal(err)
	}
	return acc
}

// publish publishes an offer for a resident.
func (m *town) publish(t testing.TB, author *parvis.Account, d app.Draft) *parvis.Post {
	t.Helper()
	if d.Audience == "" {
		d.Audience = parvis.Everyone
	}
	p, err := m.app.Publish(context.Background(), m.node, parvis.Viewer{Account: author, Role: parvis.RoleResident}, d)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func drill() app.Draft {
	return app.Draft{Detail: &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortObject, Category: "tools"},
		Title: "Perceuse à percussion et ses mèches", Source: "Une perceuse de 800 W qui vient à bout du béton de nos immeubles. #Bricolage",
		Place: &parvis.Place{Name: "Malakoff-Sud"}, EndsAt: now.AddDate(0, 0, 11)}
}

// A browser keeps cookies, follows redirects and speaks French.
type browser struct {
	*http.Client
	town *town
}

func (m *town) visitor(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{&http.Client{Jar: jar}, m}
}

// signedIn is the browser of a resident.
func (m *town) signedIn(t testing.TB, name string) *browser {
	t.Helper()
	b := m.visitor(t)
	b.post(t, "/connexion", url.Values{"name": {name}, "password": {password}}).want(http.StatusOK)
	return b
}

// A view is a page that a browser got.
type view struct {
	t      testing.TB
	path   string
	status int
	header http.Header
	root   *html.Node
	body   string
}

func (b *browser) get(t testing.TB, path string) *view {
	t.Helper()
	return b.do(t, http.MethodGet, path, "", nil)
}

func (b *browser) post(t testing.TB, path string, form url.Values) *view {
	t.Helper()
	return b.do(t, http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// upload posts a form with files in its "photos" field.
func (b *browser) upload(t testing.TB, path string, form url.Values, files ...[]byte) *view {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range form {
		for _, value := range values {
			if err := w.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, file := range files {
		part, err := w.CreateFormFile("photos", "photo.jpg")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(file); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.do(t, http.MethodPost, path, w.FormDataContentType(), &body)
}

func (b *browser) do(t testing.TB, method, path, contentType string, body io.Reader) *view {
	t.Helper()
	address := path
	if strings.HasPrefix(path, "/") { // else it is elsewhere
		address = b.town.URL + path
	}
	r, err := http.NewRequest(method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "fr")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	res, err := b.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return &view{t, method + " " + path + " → " + res.Request.URL.RequestURI(), res.StatusCode, res.Header, root, string(data)}
}

// photo draws a small picture.
func photo(t testing.TB) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for x := range 64 {
		for y := range 48 {
			picture.Set(x, y, color.RGBA{uint8(4 * x), uint8(5 * y), 90, 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
