package mastodon_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

// TestToot runs the unmodified app of Debian: a resident posts, reads, follows,
// answers, likes, shares, deletes.
func TestToot(t *testing.T) {
	w := sqliteTown(t)
	srv := httptest.NewServer(w.handler)
	defer srv.Close()
	toot := parvistest.Toot(t, srv.URL, "jeanne", w.token(t, "jeanne"))
	says := func(want string, args ...string) string {
		t.Helper()
		out, err := toot(args...)
		if err != nil || !strings.Contains(out, want) {
			t.Fatalf("toot %s: %v\n%s\nwant %q", strings.Join(args, " "), err, out, want)
		}
		return out
	}

	says("@jeanne", "whoami")
	says("Malakoff", "instance", strings.TrimPrefix(srv.URL, "http://"), "--disable-https")
	says("You are now following lea", "follow", "lea")
	says("@lea", "following", "jeanne")
	says("@jeanne", "followers", "lea")
	drill := w.drill(t, "lea").ID.Decimal()
	w.work(t)
	home := says("Perceuse à percussion", "timeline", "--once")
	for _, want := range []string{"Outils et bricolage", "ID " + drill, "https://malakoff.example/"} {
		if !strings.Contains(home, want) {
			t.Errorf("the home lacks %q:\n%s", want, home)
		}
	}
	says("Toot posted: https://malakoff.example/", "post", "Encore libre samedi ?", "--reply-to", drill, "--visibility", "unlisted")
	thread := says("Encore libre samedi ?", "thread", drill)
	if !strings.Contains(thread, "Perceuse à percussion") || !strings.Contains(thread, "In reply to "+drill) {
		t.Errorf("thread:\n%s", thread)
	}
	picture := filepath.Join(t.TempDir(), "table.png")
	if err := os.WriteFile(picture, photo(t), 0o600); err != nil {
		t.Fatal(err)
	}
	says("Toot posted", "post", "Je donne une table #Don", "--media", picture, "--description", "Une table en bois")
	says("https://malakoff.example/media/", "timeline", "--once")
	own := says("Je donne une table", "timeline", "--tag", "Don", "--once")
	says("Je donne une table", "timeline", "--public", "--local", "--once")
	says("favourited", "favourite", drill)
	says("unfavourited", "unfavourite", drill)
	says("reblogged", "reblog", drill)
	says("unreblogged", "unreblog", drill)
	says("#don", "search", "#don")
	says("@karim", "search", "karim")
	says("ID:", "whois", "@karim")
	id := regexp.MustCompile(`ID (\d+)`).FindStringSubmatch(own)
	if id == nil {
		t.Fatalf("no id in:\n%s", own)
	}
	says("Status deleted", "delete", id[1])
	says("You are no longer following lea", "unfollow", "lea")
	says("now blocking karim", "block", "karim")
	says("no longer blocked", "unblock", "karim")

	reader := parvistest.Toot(t, srv.URL, "lea", w.token(t, "lea"))
	told, err := reader("notifications")
	if err != nil || !strings.Contains(told, "mentioned you") || !strings.Contains(told, "now follows you") {
		t.Errorf("Léa is told: %v\n%s", err, told)
	}
}
