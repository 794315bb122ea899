package mastodon_test

import (
	"net/http"
	"testing"
)

// BenchmarkHomeRequest is what a page of home costs with the database.
func BenchmarkHomeRequest(b *testing.B) {
	w := sqliteTown(b)
	lea := w.as(b, "lea")
	for range 40 {
		w.drill(b, "lea")
	}
	w.work(b)
	for b.Loop() {
		if rec := lea.get("/api/v1/timelines/home?limit=20"); rec.Code != http.StatusOK {
			b.Fatal(rec.Code)
		}
	}
}
