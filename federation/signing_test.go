package federation_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The helpers here sign by the letter of draft-cavage-http-signatures-12, without
// the library: what other servers send, and what forgers might.

// cover replaces the signature by a valid one over the given headers only.
func cover(t *testing.T, r *http.Request, headers string) {
	t.Helper()
	signWith(t, r, r.RequestURI, headers, "")
}

// resign replaces the signature by one over another request target.
func resign(t *testing.T, r *http.Request, target string) {
	t.Helper()
	signWith(t, r, target, "(request-target) host date", "")
}

// coverCreated signs with "(created)" and "(expires)" instead of Date.
func coverCreated(t *testing.T, r *http.Request, created, expires time.Time) {
	t.Helper()
	sum := sha256.Sum256(follow)
	r.Header.Set("Digest", "SHA-256="+base64.StdEncoding.EncodeToString(sum[:]))
	signWith(t, r, r.RequestURI, "(request-target) host digest (created) (expires)",
		fmt.Sprintf("created=%d,expires=%d,", created.Unix(), expires.Unix()))
}

func signWith(t *testing.T, r *http.Request, target, headers, params string) {
	t.Helper()
	var lines []string
	for name := range strings.FieldsSeq(headers) {
		value := strings.Join(r.Header.Values(name), ", ")
		switch name {
		case "(request-target)":
			value = strings.ToLower(r.Method) + " " + target
		case "host":
			value = r.Host
		case "(created)", "(expires)":
			_, after, _ := strings.Cut(params, strings.Trim(name, "()")+"=")
			value, _, _ = strings.Cut(after, ",")
		}
		lines = append(lines, name+": "+value)
	}
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	signature, err := rsa.SignPKCS1v15(rand.Reader, testKey().Private, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Signature", fmt.Sprintf(`keyId="%s",algorithm="hs2019",%sheaders="%s",signature="%s"`,
		keyID, params, headers, base64.StdEncoding.EncodeToString(signature)))
}
