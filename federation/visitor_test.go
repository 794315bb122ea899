package federation_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestAuthorizedFetch: where a node wants to know who asks, the unsigned learn only
// what they need to check signatures, and read the node's own actor.
func TestAuthorizedFetch(t *testing.T) {
	c := newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	offer, err := malakoff.app.Publish(context.Background(), malakoff.Node, lea, drill(parvis.Everyone))
	if err != nil {
		t.Fatal(err)
	}
	malakoff.Node.AuthorizedFetch = true
	for _, path := range []string{offer.Path(), offer.Path() + "/activity", "/@lea/outbox", "/@lea/followers", "/partners"} {
		if status, _, _ := malakoff.get(path); status != http.StatusUnauthorized {
			t.Errorf("%s: status %d, want 401", path, status)
		}
	}
	status, doc, _ := malakoff.get("/@lea")
	if status != http.StatusOK || doc["publicKey"] == nil || doc["inbox"] == nil || doc["name"] != nil || doc["outbox"] != nil || doc["published"] != nil {
		t.Errorf("an unsigned request is shown %d %v, want the key and the inbox alone", status, doc)
	}
	if status, doc, _ := malakoff.get("/actor"); status != http.StatusOK || doc["outbox"] == nil {
		t.Errorf("the node's actor is shown as %d %v, want it whole", status, doc)
	}
}
