package federation_test

import (
	"testing"
)

// TestUpdateOfAnother: an update names its sender first and brings the profile of
// somebody else along, with a key that the sender holds.
func TestUpdateOfAnother(t *testing.T) {
	c := newClock()
	malakoff := newPeer(t, c, "Malakoff")
	lea := malakoff.resident("lea")
	mastodon, evil := newStranger(t, c, "marie"), newStranger(t, c, "mallory")
	marie := mastodon.followedBy(malakoff, lea, "marie")
	evil.followedBy(malakoff, lea, "mallory")

	forged := mastodon.person("marie")
	forged["name"] = "Mallory"
	forged["publicKey"].(map[string]any)["publicKeyPem"] = publicPEM(t, &otherKey().PublicKey)
	evil.say(malakoff, "mallory", evil.activity("Update", "/updates/1", "mallory", []any{evil.uri("mallory"), forged}))

	now := malakoff.known(mastodon.uri("marie"))
	if now.PublicKey != marie.PublicKey || now.Name != marie.Name {
		t.Errorf("Marie is called %q and has another key: %t", now.Name, now.PublicKey != marie.PublicKey)
	}
}
