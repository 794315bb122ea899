package web_test

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/static"
)

func TestFilters(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	m.publish(t, author, drill())
	m.publish(t, author, app.Draft{Detail: &parvis.Offer{Purpose: parvis.PurposeRequest, Sort: parvis.SortRide, Category: "mobility"}, Title: "Aller à l’hôpital"})
	m.publish(t, author, app.Draft{Detail: &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortGift, Category: "garden"}, Title: "Boutures de misère"})
	all := []string{"Perceuse", "Aller à l’hôpital", "Boutures"}
	for query, want := range map[string][]string{
		"": all, "?but=request": {"Aller à l’hôpital"}, "?but=offer": {"Perceuse", "Boutures"}, "?sorte=gift": {"Boutures"},
		"?domaine=tools": {"Perceuse"}, "?mot=Bricolage": {"Perceuse"}, "?ou=elsewhere": nil, "?ou=here": all,
		"?but=offer&domaine=mobility": nil, "?but=absurde&sorte=1": all,
	} {
		page := m.visitor(t).get(t, "/entraide"+query).want(http.StatusOK)
		var cards strings.Builder
		for _, card := range page.all("h3", "", "") {
			cards.WriteString(text(card) + "\n")
		}
		for _, title := range all {
			shown, wanted := strings.Contains(cards.String(), title), strings.Contains(strings.Join(want, ","), title)
			if shown != wanted {
				t.Errorf("%q: %s shown: %v, want %v", query, title, shown, wanted)
			}
		}
	}
	m.visitor(t).get(t, "/entraide?sorte=job").says("Rien par ici pour l’instant.")
	m.visitor(t).get(t, "/tags/bricolage").want(http.StatusOK).says("Perceuse").saysNot("Boutures")
}

func TestPages(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	for i := range parvis.PageSize + 5 {
		m.publish(t, author, app.Draft{Detail: &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.SortGift}, Title: fmt.Sprintf("Livre %02d", i)})
	}
	visitor := m.visitor(t)
	first := visitor.get(t, "/entraide?but=offer").says("Livre 24", "Livre 05").saysNot("Livre 04", "Annonces plus récentes")
	second := visitor.get(t, first.link("Annonces plus anciennes")).says("Livre 04", "Livre 00").saysNot("Livre 05", "Annonces plus anciennes")
	visitor.get(t, second.link("Annonces plus récentes")).says("Livre 24", "Livre 05").saysNot("Livre 04")
	visitor.get(t, "/entraide?avant=nimporte").want(http.StatusNotFound)
}

// TestWeight: a list, its style, script and drawings cost at most 60 kB at the first visit.
func TestWeight(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	for i := range parvis.PageSize {
		m.publish(t, author, app.Draft{Detail: &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.Sorts[i%len(parvis.Sorts)],
			Category: parvis.Categories[i%len(parvis.Categories)]}, Title: fmt.Sprintf("Une annonce au titre assez long pour tenir deux lignes, no %d", i)})
	}
	total := 0
	for _, path := range []string{"/entraide", static.URL("parvis.css"), static.URL("parvis.js"), static.URL("icons.svg"), static.URL("mark.svg"), "/static/chevron.svg"} {
		total += packedSize(t, m.URL+path)
	}
	if total > 60_000 {
		t.Errorf("the list weighs %d bytes, want at most 60 kB", total)
	}
}

// packedSize is what travels for an address.
func packedSize(t testing.TB, address string) int {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip") // asked for by hand, so not unpacked
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || res.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%s: %v, status %d, Content-Encoding %q", address, err, res.StatusCode, res.Header.Get("Content-Encoding"))
	}
	if _, err := gzip.NewReader(bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	return len(data)
}

func TestFeed(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	author := m.resident(t, "jeanne", parvis.RoleResident)
	post := m.publish(t, author, drill())
	secret := drill()
	secret.Title, secret.Audience = "Seulement ici", parvis.OnNode
	m.publish(t, author, secret)
	res := m.signedIn(t, "jeanne").get(t, "/entraide.atom?but=offer").want(http.StatusOK)
	if got := res.header.Get("Content-Type"); got != "application/atom+xml; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	var feed struct {
		Entries []struct {
			ID    string `xml:"id"`
			Title string `xml:"title"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal([]byte(res.body), &feed); err != nil {
		t.Fatal(err)
	}
	if len(feed.Entries) != 1 || feed.Entries[0].ID != post.URI || !strings.HasPrefix(feed.Entries[0].Title, "Offre") {
		t.Errorf("the feed holds %+v, want the public offer alone", feed.Entries)
	}
}
