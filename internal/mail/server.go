package mail

import (
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// A server is where outgoing mail goes, as the settings describe it.
type server struct {
	host, user, password string
	port                 int
	implicitTLS          bool
	from                 netmail.Address
}

// parseServer reads an smtp:// or smtps:// URL. No error repeats the URL,
// since it holds a password.
func parseServer(address string) (*server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return nil, errors.New("the mail server must look like smtp://USER:PASSWORD@HOST:587?from=parvis@HOST, or smtps://…")
	}
	s := &server{host: u.Hostname(), user: u.User.Username(), implicitTLS: u.Scheme == "smtps"}
	s.password, _ = u.User.Password()
	if s.port, err = s.choosePort(u.Port()); err != nil {
		return nil, err
	}
	from := u.Query().Get("from")
	if from == "" {
		from = s.user
	}
	parsed, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, errors.New("the mail server's URL must end in ?from= and the address that mail comes from, such as ?from=parvis@malakoff.example")
	}
	s.from = *parsed
	return s, nil
}

// choosePort returns the given port, or the usual one: submission for those
// who log in, a relay for those who do not.
func (s *server) choosePort(given string) (int, error) {
	switch {
	case given != "":
		port, err := strconv.ParseUint(given, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("the mail server's port %s is not a port", given)
		}
		return int(port), nil
	case s.implicitTLS:
		return 465, nil
	case s.user != "":
		return 587, nil
	default:
		return 25, nil
	}
}

// tlsPolicy never lets a password leave this machine unencrypted. A relay on
// this machine has, at best, a certificate that nobody can check.
func (s *server) tlsPolicy() gomail.TLSPolicy {
	switch {
	case s.isLocal():
		return gomail.NoTLS
	case s.user != "":
		return gomail.TLSMandatory
	default:
		return gomail.TLSOpportunistic
	}
}

func (s *server) isLocal() bool {
	if s.host == "localhost" {
		return true
	}
	ip := net.ParseIP(s.host)
	return ip != nil && ip.IsLoopback()
}

// client returns a client for one connection.
func (s *server) client() (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.port),
		// A container's own name means nothing to the server that we greet.
		gomail.WithHELO(s.domain()),
		gomail.WithTLSPolicy(s.tlsPolicy()),
	}
	if s.implicitTLS {
		options = append(options, gomail.WithSSL())
	}
	if s.user != "" {
		options = append(options, gomail.WithSMTPAuth(s.auth()),
			gomail.WithUsername(s.user), gomail.WithPassword(s.password))
	}
	return gomail.NewClient(s.host, options...)
}

// auth lets the server choose how we log in, save where go-mail would find
// every way unsafe for want of TLS although nothing leaves this machine.
func (s *server) auth() gomail.SMTPAuthType {
	if s.isLocal() && !s.implicitTLS {
		return gomail.SMTPAuthPlain
	}
	return gomail.SMTPAuthAutoDiscover
}

// domain returns the part of the sender's address that names us.
func (s *server) domain() string {
	_, domain, _ := strings.Cut(s.from.Address, "@")
	return domain
}
