package mail

import (
	"testing"

	gomail "github.com/wneessen/go-mail"
)

func TestParseServer(t *testing.T) {
	tests := []struct {
		address string
		port    int
		policy  gomail.TLSPolicy
		from    string
	}{
		{"smtp://smtp.malakoff.example?from=parvis@malakoff.example", 25, gomail.TLSOpportunistic, "parvis@malakoff.example"},
		{"smtp://parvis%40malakoff.example:secret@smtp.malakoff.example", 587, gomail.TLSMandatory, "parvis@malakoff.example"},
		{"smtp://parvis:secret@smtp.malakoff.example:2525?from=p@malakoff.example", 2525, gomail.TLSMandatory, "p@malakoff.example"},
		{"smtps://parvis:secret@smtp.malakoff.example?from=p@malakoff.example", 465, gomail.TLSMandatory, "p@malakoff.example"},
		{"smtp://localhost?from=p@malakoff.example", 25, gomail.NoTLS, "p@malakoff.example"},
		{"smtp://[::1]:1025?from=p@malakoff.example", 1025, gomail.NoTLS, "p@malakoff.example"},
	}
	for _, test := range tests {
		s, err := parseServer(test.address)
		if err != nil {
			t.Errorf("%s: %v", test.address, err)
			continue
		}
		if s.port != test.port || s.tlsPolicy() != test.policy || s.from.Address != test.from {
			t.Errorf("%s: port %d, %v, from %s; want %d, %v, %s", test.address,
				s.port, s.tlsPolicy(), s.from.Address, test.port, test.policy, test.from)
		}
		if _, err := s.client(); err != nil {
			t.Errorf("%s: %v", test.address, err)
		}
	}
}
