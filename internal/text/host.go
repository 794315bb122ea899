package text

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

var errHost = errors.New("bad host")

// Host writes the name of a server, with its port if it has one, in the one form in
// which names are compared, stored and blocked: lower case, punycode (UTS 46), no
// trailing dot. What no resolver would take is an error.
func Host(host string) (string, error) {
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		name, port = host[:i], host[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '0' {
			return "", errors.New("bad port")
		}
	}
	name, err := hostName(name)
	if err != nil {
		return "", err
	}
	if port != "" {
		return name + ":" + port, nil
	}
	return name, nil
}

// lookup is how names are written to be looked up.
var lookup = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

func hostName(name string) (string, error) {
	if inner, ok := strings.CutPrefix(name, "["); ok {
		ip, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !ip.Is6() || ip.Zone() != "" || !strings.HasSuffix(inner, "]") {
			return "", errors.New("bad address")
		}
		return "[" + ip.String() + "]", nil
	}
	ascii, err := lookup.ToASCII(strings.TrimSuffix(name, "."))
	if err != nil || !utf8.ValidString(name) || strings.HasSuffix(ascii, ".") {
		return "", errHost
	}
	// Some names can be encoded but not read back; nobody resolves these.
	if again, err := lookup.ToASCII(ascii); err != nil || again != ascii {
		return "", errHost
	}
	return ascii, nil
}

// Domain writes a domain of which somebody speaks ("*.Evil.Example.", "https://evil.example/about")
// as [Host] does, without a port: what a block list names.
func Domain(written string) (string, error) {
	s := strings.TrimSpace(written)
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s, _, _ = strings.Cut(rest, "/")
	}
	host, err := Host(strings.TrimPrefix(strings.TrimPrefix(s, "@"), "*."))
	if err != nil {
		return "", err
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return host, nil
}

// Shared reports whether the names below a domain belong to many: "fr", "co.uk".
func Shared(domain string) bool {
	suffix, official := publicsuffix.PublicSuffix(domain)
	return suffix == domain && (official || !strings.Contains(domain, "."))
}

// Registrable gives the domain that somebody registered, to whom all names below it
// belong; of a bare address or name, itself.
func Registrable(hostname string) string {
	if _, err := netip.ParseAddr(hostname); err == nil {
		return hostname
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(hostname)
	if err != nil {
		return hostname
	}
	return domain
}
