package federation

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// ErrHandle is wrapped by errors about text that is no handle.
var ErrHandle = errors.New("not a handle")

// maxUsername bounds the names of remote accounts; handles have a line to fit in.
const maxUsername = 128

// A Handle is what people write to name an account: @lea@malakoff.example.
type Handle struct {
	User string // as its server writes it; compare without regard to case
	Host string // in lower case and punycode, with a port only if it is unusual
}

func (h Handle) String() string { return "@" + h.User + "@" + h.Host }

// Acct is the handle as a URI (RFC 7565).
func (h Handle) Acct() string { return "acct:" + h.User + "@" + h.Host }

// Equal tells whether two handles name the same account.
func (h Handle) Equal(other Handle) bool {
	return h.Host == other.Host && strings.EqualFold(h.User, other.User)
}

// ParseHandle reads @user@host, user@host or acct:user@host. A host may be written
// in any script; a user only in the ASCII that Mastodon accepts.
func ParseHandle(text string) (Handle, error) {
	s := strings.TrimSpace(text)
	if rest, ok := cutPrefixFold(s, "acct:"); ok {
		s = rest
	}
	s = strings.TrimPrefix(s, "@")
	user, host, ok := strings.Cut(s, "@")
	if !ok || !isUsername(user) {
		return Handle{}, fmt.Errorf("%w: %.100q", ErrHandle, text)
	}
	host, err := normalHost(host)
	if err != nil {
		return Handle{}, fmt.Errorf("%w: %.100q: %w", ErrHandle, text, err)
	}
	return Handle{User: user, Host: host}, nil
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// isUsername accepts what Mastodon does for remote accounts: letters, digits and
// underscores, with dots and hyphens inside.
func isUsername(user string) bool {
	if user == "" || len(user) > maxUsername {
		return false
	}
	inside := func(c byte) bool { return c == '.' || c == '-' }
	for i := range len(user) {
		c := user[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
		if !letter && !inside(c) {
			return false
		}
	}
	return !inside(user[0]) && !inside(user[len(user)-1])
}

// normalHost writes a host, with its port if it has one, in the one form in which
// hosts are compared: lower case, punycode, no trailing dot.
func normalHost(host string) (string, error) {
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		name, port = host[:i], host[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '0' {
			return "", errors.New("bad port")
		}
	}
	name, err := normalName(name)
	if err != nil {
		return "", err
	}
	if port != "" {
		return name + ":" + port, nil
	}
	return name, nil
}

func normalName(name string) (string, error) {
	if inner, ok := strings.CutPrefix(name, "["); ok {
		ip, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !ip.Is6() || ip.Zone() != "" || !strings.HasSuffix(inner, "]") {
			return "", errors.New("bad address")
		}
		return "[" + ip.String() + "]", nil
	}
	lookup := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))
	ascii, err := lookup.ToASCII(strings.TrimSuffix(name, "."))
	if err != nil || !utf8.ValidString(name) || strings.HasSuffix(ascii, ".") {
		return "", errors.New("bad host")
	}
	// Some names can be encoded but not read back; nobody resolves these.
	if again, err := lookup.ToASCII(ascii); err != nil || again != ascii {
		return "", errors.New("bad host")
	}
	return ascii, nil
}
