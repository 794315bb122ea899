package oidc

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// claims are those that we read: OpenID Connect Core 1.0, sections 2 and 5.1.
type claims struct {
	Issuer        string   `json:"iss"`
	For           audience `json:"aud"`
	Party         string   `json:"azp"`
	ACR           string   `json:"acr"`
	AuthTime      float64  `json:"auth_time"`
	Name          string   `json:"name"`
	GivenName     string   `json:"given_name"`
	Email         string   `json:"email"`
	EmailVerified truth    `json:"email_verified"`
}

// profile cleans what a service says: it is shown in a form, for its owner to correct.
func (c claims) profile() Profile {
	p := Profile{Name: line(c.GivenName, parvis.MaxName)}
	if p.Name == "" {
		p.Name = line(c.Name, parvis.MaxName)
	}
	if email, err := parvis.CleanEmail(c.Email); err == nil {
		p.Email, p.EmailVerified = email, bool(c.EmailVerified)
	}
	return p
}

// An audience is for whom something was signed: one name or several; empty if that
// is not said.
type audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(b []byte) error {
	if strings.HasPrefix(string(b), "[") {
		return json.Unmarshal(b, (*[]string)(a))
	}
	*a = make(audience, 1)
	return json.Unmarshal(b, &(*a)[0])
}

func (a audience) includes(party string) bool { return len(a) == 0 || slices.Contains(a, party) }

// truth is a yes that some services say as a text. Anything else is no.
type truth bool

// UnmarshalJSON implements json.Unmarshaler.
func (t *truth) UnmarshalJSON(b []byte) error {
	*t = string(b) == "true" || string(b) == `"true"`
	return nil
}

// IssuerOf returns who issued an ID token that was verified when it came.
func IssuerOf(idToken string) (string, error) {
	parts := strings.Split(idToken, ".")
	if len(parts) != 3 {
		return "", errors.New("an ID token that is none")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", fmt.Errorf("an ID token: %w", err)
	}
	var c claims
	err = json.Unmarshal(payload, &c)
	return c.Issuer, err
}
