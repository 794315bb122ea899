// Package mail sends what Parvis writes to people by mail, through the SMTP
// server that the settings name. It keeps no queue: callers send from a
// durable job and try again when Send fails.
package mail

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"mime"
	netmail "net/mail"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// ErrNotConfigured says that this process has no server for outgoing mail.
var ErrNotConfigured = errors.New("mail is not configured: set --smtp to send it")

// A Message is one mail to one person.
type Message struct {
	To      string // an address, with or without a name
	Subject string
	Text    string // always there: what the HTML says, for those who read text
	HTML    string // optional
	ID      string // what names it, as name@host; one is made up if it is empty
	// A mail of a List that somebody can leave says so. Nil for mail that is about
	// something that they did just now.
	List *List
}

// A List is mail that comes again and again.
type List struct {
	ID   string // its name for mail programs (RFC 2919), such as news.malakoff.example
	Name string // for people
	// Leave ends it by a POST, and asks whether to by a GET (RFC 8058).
	Leave string
}

// A Sender sends messages. Use New to make one; any number of goroutines may share it.
type Sender struct {
	server *server // nil without a configured server
}

// New returns a Sender for an address such as
// smtp://USER:PASSWORD@HOST:587?from=parvis@malakoff.example, or smtps:// for
// TLS from the first byte. With the empty address, Send returns ErrNotConfigured.
func New(address string) (*Sender, error) {
	if address == "" {
		return &Sender{}, nil
	}
	s, err := parseServer(address)
	if err != nil {
		return nil, err
	}
	return &Sender{server: s}, nil
}

// Configured reports whether mail can be sent at all, so that pages do not
// promise one.
func (s *Sender) Configured() bool { return s.server != nil }

// Send hands the message to the server and returns when the server has taken it.
func (s *Sender) Send(ctx context.Context, m Message) error {
	if s.server == nil {
		return ErrNotConfigured
	}
	message, err := s.compose(m)
	if err != nil {
		return fmt.Errorf("compose a mail: %w", err)
	}
	client, err := s.server.client()
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, message)
	if err == nil || message.IsDelivered() { // what went wrong after that does not matter
		return nil
	}
	return fmt.Errorf("send a mail through %s: %w", s.server.host, judge(err))
}

func (s *Sender) compose(m Message) (*gomail.Msg, error) {
	to, err := netmail.ParseAddress(m.To)
	if err != nil {
		return nil, err
	}
	message := gomail.NewMsg()
	message.FromMailAddress(&s.server.from)
	message.ToMailAddress(to)
	message.Subject(oneLine(m.Subject))
	message.SetDate()
	message.SetMessageIDWithValue(cmp.Or(m.ID, rand.Text()+"@"+s.server.domain()))
	// RFC 3834: so that no absence note answers us.
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.List != nil {
		message.SetBulk() // likewise, for older programs
		message.SetGenHeaderPreformatted("List-Id", phrase(oneLine(m.List.Name))+" <"+m.List.ID+">")
		message.SetListUnsubscribe(m.List.Leave)
		message.SetListUnsubscribePost()
	}
	message.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		message.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return message, nil
}

// oneLine keeps a header from ending early: go-mail encodes line breaks, but no reader
// expects them. Spaces that do not break stay.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' }), " ")
}

// phrase writes a name before what stands in angle brackets, which must stay readable
// (RFC 2919 §2, RFC 2047 §5).
func phrase(name string) string {
	if encoded := mime.QEncoding.Encode("utf-8", name); encoded != name {
		return encoded
	}
	return strconv.Quote(name)
}
