package server_test

import (
	"crypto/rsa"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// How large the town of BenchmarkReading is.
const (
	benchWriters = 20 // on another node, all read by jeanne
	benchPosts   = 10 // of each
	benchOwn     = 60 // jeanne's
)

// BenchmarkReading is what the server does for each reader, but for HTTP itself:
// the whole handler on a town whose home holds posts of another node, with
// mentions, hashtags and answers.
func BenchmarkReading(b *testing.B) {
	for _, e := range parvistest.Engines(b) {
		b.Run(e.Name, func(b *testing.B) { benchmarkReading(b, e) })
	}
}

func benchmarkReading(b *testing.B, e parvistest.Engine) {
	net := newNetwork(b, e, "malakoff", "atelier")
	malakoff, atelier := net.places[0], net.places[1]
	jeanne := malakoff.resident("jeanne", parvis.RoleResident)
	for i := range benchWriters {
		writer := atelier.resident(fmt.Sprintf("voisine%d", i), parvis.RoleResident)
		malakoff.follow(jeanne, writer.Account.Username+"@"+atelier.node.Host)
		net.settle()
		for j := range benchPosts {
			atelier.publish(writer, app.Draft{Detail: &parvis.Note{}, Audience: parvis.Everyone,
				Source: fmt.Sprintf("@jeanne@%s Qui aurait une échelle pour samedi ? C’est la %de fois que je demande. #entraide #jardin", malakoff.node.Host, j+2)})
		}
	}
	var own *parvis.Post
	for i := range benchOwn {
		own = malakoff.publish(jeanne, app.Draft{Detail: &parvis.Note{}, Audience: parvis.Everyone,
			Source: fmt.Sprintf("Au marché de Malakoff ce matin, **%d** étals et du soleil. #marché", i+12)})
	}
	net.settle()
	token, err := malakoff.app.CreateToken(bg, malakoff.node, "jeanne", "bench", []string{"read"})
	if err != nil {
		b.Fatal(err)
	}
	signer, err := atelier.app.DB.Node(atelier.node.ID).AccountByAcct(bg, "voisine0")
	if err != nil {
		b.Fatal(err)
	}
	keys, err := atelier.app.DB.Node(atelier.node.ID).Keys(bg, signer.ID)
	if err != nil {
		b.Fatal(err)
	}
	private, err := federation.ParsePrivateKey[*rsa.PrivateKey](keys.RSA)
	if err != nil {
		b.Fatal(err)
	}
	key := federation.Key{ID: signer.KeyID, Private: private}

	const json, html, activity = "application/json", "text/html", "application/activity+json"
	for _, r := range []struct{ name, path, accept, as string }{
		{"home", "/api/v1/timelines/home?limit=20", json, "token"},
		{"notifications", "/api/v1/notifications?limit=20", json, "token"},
		{"account statuses", "/api/v1/accounts/" + jeanne.ID().Decimal() + "/statuses?limit=20", json, "token"},
		{"status", "/api/v1/statuses/" + own.ID.Decimal(), json, "token"},
		{"profile page", "/@jeanne", html, ""},
		{"status page", own.Path(), html, ""},
		{"signed actor", "/@jeanne", activity, "signed"},
		{"signed object", own.Path(), activity, "signed"},
		{"object", own.Path(), activity, ""},
	} {
		b.Run(strings.ReplaceAll(r.name, " ", "_"), func(b *testing.B) {
			req := httptest.NewRequest(http.MethodGet, malakoff.node.URL(r.path), nil)
			req.Header.Set("Accept", r.accept)
			req.Header.Set("Accept-Encoding", "gzip")
			switch r.as {
			case "token":
				req.Header.Set("Authorization", "Bearer "+token)
			case "signed":
				if err := key.Sign(req, nil, net.clock.Now()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			var size int
			for b.Loop() {
				rec := httptest.NewRecorder()
				malakoff.server.ServeHTTP(rec, req.WithContext(bg))
				if rec.Code != http.StatusOK {
					b.Fatalf("%d: %s", rec.Code, rec.Body)
				}
				size = rec.Body.Len()
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}
