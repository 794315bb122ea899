package parvis

import (
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Provider is another service that may answer for people on a node: it tells us by
// OpenID Connect who they are. The team of the node registered the node there.
type Provider struct {
	ID           ID
	Name         string // what people call it: FranceConnect
	Issuer       string // its address, as it signs itself
	ClientID     string // what it calls the node
	ClientSecret string
	Scopes       string // what the node asks it to tell, with spaces between
	ACR          string // the levels of assurance that are enough, the best first, with spaces between; empty for any
	CreatedAt    time.Time
}

// Where a service sends people back to: the team registers these two there.
const (
	IdentityReturnPath = "/connexion/identite/retour"
	SignOutReturnPath  = "/deconnexion/retour"
)

// MaxProviders is how many services may answer for people on one node.
const MaxProviders = 10

// MaxProviderName is the length of a service's name, in characters: it has to fit a button.
const MaxProviderName = 40

// Validate checks what the team wrote.
func (p *Provider) Validate() error {
	var e InvalidError
	if n := utf8.RuneCountInString(p.Name); n == 0 || n > MaxProviderName {
		e.Add("name", "provider.name", "Max", MaxProviderName)
	}
	if !SafeEndpoint(p.Issuer) || strings.ContainsAny(p.Issuer, "?#") {
		e.Add("issuer", "provider.issuer")
	}
	if p.ClientID == "" || p.ClientSecret == "" {
		e.Add("client", "provider.client")
	}
	if !slices.Contains(strings.Fields(p.Scopes), "openid") {
		e.Add("scopes", "provider.scopes")
	}
	return e.OrNil()
}

// SafeEndpoint reports whether an address of a service may be asked or shown: it is
// encrypted on its way, or does not leave this machine.
func SafeEndpoint(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// Enough reports whether a level of assurance is one that the team asks for.
func (p *Provider) Enough(acr string) bool {
	return p.ACR == "" || slices.Contains(strings.Fields(p.ACR), acr)
}
