package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
)

// newKey makes the hidden key of a form that publishes something.
func newKey() string { return rand.Text() }

// keyOf names what a form asks to publish. Sent twice, by a double click or a
// reload, it is the same; changed in between, by somebody who went back, it is
// something new, and nothing that was typed is lost.
func keyOf(form url.Values) string {
	if form.Get("key") == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(form.Encode()))
	return hex.EncodeToString(sum[:])
}
