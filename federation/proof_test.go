package federation

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mr-tron/base58"

	"github.com/parvis-coop/parvis/internal/multikey"
)

// The keys of FEP-8b32's test vector.
const (
	vectorSecret = "3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq" // multibase without its z
	vectorPublic = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
)

var vectorTime = time.Date(2023, 2, 24, 23, 36, 38, 0, time.UTC)

func vectorKey(t testing.TB) Key {
	t.Helper()
	raw, err := base58.Decode(vectorSecret)
	if err != nil {
		t.Fatal(err)
	}
	return Key{Ed25519ID: "https://server.example/users/alice#ed25519-key", Ed25519: ed25519.NewKeyFromSeed(raw[2:])} // after the Multicodec prefix
}

func checkProof(raw []byte, now time.Time) error { return CheckProof(raw, vectorPublic, now) }

// CheckProof lets tests of other packages verify what was said, by a Multikey.
func CheckProof(raw []byte, public string, now time.Time) error {
	key, err := multikey.Parse(public)
	if err != nil {
		return err
	}
	p, err := readProof(raw)
	if err != nil {
		return err
	}
	return p.verify(key, now)
}

// TestProofVector makes and verifies the proof of FEP-8b32's test vector.
func TestProofVector(t *testing.T) {
	t.Parallel()
	signed, err := os.ReadFile("testdata/fep-8b32.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := checkProof(signed, vectorTime); err != nil {
		t.Error(err)
	}
	var doc members
	if err := json.Unmarshal(signed, &doc); err != nil {
		t.Fatal(err)
	}
	var want proof
	if err := json.Unmarshal(doc["proof"], &want); err != nil {
		t.Fatal(err)
	}
	delete(doc, "proof")
	bare, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	made, err := vectorKey(t).prove(bare, vectorTime)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readProof(made)
	if err != nil || got.Value != want.Value {
		t.Errorf("got %s, %v, want %s", got.Value, err, want.Value)
	}
}

func TestProofRefused(t *testing.T) {
	t.Parallel()
	raw, err := vectorKey(t).prove([]byte(`{"@context":["https://www.w3.org/ns/activitystreams",{"x":"as:x"}],"id":"https://server.example/1","content":"<p>Perceuse & co</p>"}`), vectorTime)
	if err != nil {
		t.Fatal(err)
	}
	signed := string(raw)
	if err := checkProof(raw, vectorTime); err != nil || strings.Contains(signed, `\u003c`) {
		t.Fatalf("%v: %s", err, signed)
	}
	for name, changed := range map[string]string{
		"content":            strings.Replace(signed, "Perceuse", "Ponceuse", 1),
		"another member":     strings.Replace(signed, `"id":`, `"name":"x","id":`, 1),
		"another context":    strings.Replace(signed, `{"@context":["https://www.w3.org/ns/activitystreams",`, `{"@context":["https://evil.example/ns",`, 1),
		"purpose":            strings.Replace(signed, `"assertionMethod"`, `"authentication"`, 1),
		"suite":              strings.Replace(signed, "eddsa-jcs-2022", "eddsa-rdfc-2022", 1),
		"type":               strings.Replace(signed, "DataIntegrityProof", "RsaSignature2017", 1),
		"time":               strings.Replace(signed, "2023-02-24T23:36:38Z", "2023-02-24T23:36:39Z", 1),
		"an expiry":          strings.Replace(signed, `"created":`, `"expires":"2024-01-01T00:00:00Z","created":`, 1),
		"value":              strings.Replace(signed, `"proofValue":"z`, `"proofValue":"z2`, 1),
		"no value":           strings.Replace(signed, `"proofValue":"z`, `"proofValue":"`, 1),
		"two proofs":         strings.Replace(strings.Replace(signed, `"proof":{`, `"proof":[{`, 1), `"}}`, `"}]}`, 1),
		"no proof":           `{"id":"https://server.example/1"}`,
		"nothing":            ``,
		"a signature of old": `{"signature":{"type":"RsaSignature2017"}}`,
	} {
		if err := checkProof([]byte(changed), vectorTime); !errors.Is(err, errProof) || changed == signed {
			t.Errorf("%s changed: %v", name, err)
		}
	}
	if err := checkProof(raw, vectorTime.Add(-2*maxSkew)); !errors.Is(err, errProof) {
		t.Errorf("from the future: %v", err)
	}
	declared := `{"x":"as:x"},"https://w3id.org/security/data-integrity/v1"],`
	extended := strings.Replace(signed, declared, strings.Replace(declared, "]", `,"https://later.example/ns"]`, 1), 1)
	if err := checkProof([]byte(extended), vectorTime); err != nil || extended == signed {
		t.Errorf("with a longer context: %v: %s", err, extended)
	}
	if err := checkProof([]byte(strings.Replace(signed, `"id":`, `"signature":{"type":"RsaSignature2017"},"id":`, 1)), vectorTime); err != nil {
		t.Errorf("with a signature of old: %v", err)
	}
}

func FuzzReadProof(f *testing.F) {
	signed, err := os.ReadFile("testdata/fep-8b32.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add([]byte(`{"proof":{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","proofPurpose":"assertionMethod","@context":1e999},"@context":1e999}`))
	twin := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := readProof(raw)
		if err == nil && p.verify(twin, vectorTime) == nil {
			t.Errorf("verified: %s", raw)
		}
	})
}

// Prove lets tests of other packages speak for others.
func (k Key) Prove(raw []byte, now time.Time) ([]byte, error) { return k.prove(raw, now) }
