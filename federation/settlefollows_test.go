package federation

import (
	"crypto/sha256"
	"strings"
	"testing"
)

// TestFollowsDigest computes the example of FEP-8fcf, in any order.
func TestFollowsDigest(t *testing.T) {
	t.Parallel()
	const one, two = "https://testing.example.org/users/1", "https://testing.example.org/users/2"
	const want = "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f"
	for _, got := range []followsDigest{followsDigest{}.with(one).with(two), followsDigest{}.with(two).with(one)} {
		if got.String() != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestParseFollows(t *testing.T) {
	t.Parallel()
	const digest = "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f"
	const good = `collectionId="https://example.org/users/1/followers", url="https://example.org/users/1/followers_synchronization", digest="` + digest + `"`
	collection, claim, err := parseFollows(good)
	if err != nil || collection != "https://example.org/users/1/followers" || claim.URL != collection+"_synchronization" || claim.Digest != digest {
		t.Errorf("got %q, %+v, %v", collection, claim, err)
	}
	for what, header := range map[string]string{
		"nothing":        "",
		"no digest":      `collectionId="https://example.org/users/1/followers", url="https://example.org/x"`,
		"a short digest": strings.Replace(good, digest, digest[2:], 1),
		"no hexadecimal": strings.Replace(good, "c33f", "g33f", 1),
		"twice":          good + `, url="https://evil.example/"`,
		"a long address": strings.Replace(good, "url=\"https://", "url=\"https://"+strings.Repeat("x", maxID), 1),
		"a long header":  good + `, x="` + strings.Repeat("x", maxSignatureBytes) + `"`,
	} {
		if _, claim, err := parseFollows(header); err == nil {
			t.Errorf("%s was read as %+v", what, claim)
		}
	}
}

// FuzzFollows reads what strangers say of their followers.
func FuzzFollows(f *testing.F) {
	f.Add(`collectionId="https://example.org/users/1/followers", url="https://example.org/f", digest="` + strings.Repeat("0a", sha256.Size) + `"`)
	f.Add(`digest="", url=1,`)
	f.Fuzz(func(t *testing.T, header string) {
		if _, claim, err := parseFollows(header); err == nil && (len(claim.Digest) != 2*sha256.Size || len(claim.URL) > maxID) {
			t.Errorf("%q: %+v", header, claim)
		}
	})
}
