package federation

import (
	"errors"
	"fmt"
	"strings"

	"github.com/parvis-coop/parvis/internal/text"
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
func ParseHandle(written string) (Handle, error) {
	s := strings.TrimSpace(written)
	if rest, ok := cutPrefixFold(s, "acct:"); ok {
		s = rest
	}
	s = strings.TrimPrefix(s, "@")
	user, host, ok := strings.Cut(s, "@")
	if !ok || !isUsername(user) {
		return Handle{}, fmt.Errorf("%w: %.100q", ErrHandle, written)
	}
	host, err := normalHost(host)
	if err != nil {
		return Handle{}, fmt.Errorf("%w: %.100q: %w", ErrHandle, written, err)
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

// normalHost is the one form in which hosts are compared.
func normalHost(host string) (string, error) { return text.Host(host) }
