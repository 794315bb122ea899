package mail

import (
	"errors"
	"fmt"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// What a failure of Send may mean, to be told apart with errors.Is. After any other
// the mail was not taken, and another attempt may help.
var (
	// ErrNoMailbox says that the server has no mailbox of that address, or that it
	// takes nothing: another attempt would not help.
	ErrNoMailbox = errors.New("no such mailbox")
	// ErrUnsure says that the server may have taken the mail.
	ErrUnsure = errors.New("the server may have taken the mail")
)

// permanent is the first of the replies by which a server refuses for good (RFC 5321
// §4.2.1).
const permanent = 500

// judge says what a failure means.
func judge(err error) error {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return err
	}
	switch {
	case failed.Reason == gomail.ErrSMTPDataClose && failed.ErrorCode() == 0:
		// All of it was sent; the answer was lost.
		return fmt.Errorf("%w: %w", ErrUnsure, err)
	case failed.Reason == gomail.ErrSMTPRcptTo && failed.ErrorCode() >= permanent && aboutMailbox(failed.EnhancedStatusCode()):
		return fmt.Errorf("%w: %w", ErrNoMailbox, err)
	}
	return err
}

// aboutMailbox reports whether an enhanced status code speaks of the address or its
// mailbox (RFC 3463 §3.2, §3.3). Servers that give none can mean nothing else; those of
// security and policy, such as "relaying denied", are about us.
func aboutMailbox(code string) bool {
	return code == "" || strings.HasPrefix(code, "5.1.") || strings.HasPrefix(code, "5.2.")
}
