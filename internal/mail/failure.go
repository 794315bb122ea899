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
	// Its own words name the recipient, and would stand in logs.
	err = fmt.Errorf("%v, answered %d %s", failed.Reason, failed.ErrorCode(), failed.EnhancedStatusCode())
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
// mailbox (RFC 3463 §3.2, §3.3). Those of the sender (X.1.7, X.1.8) and of policy, such
// as "relaying denied", are about us, and so may be a refusal without any: what is wrong
// here must not silence everybody.
func aboutMailbox(code string) bool {
	if code == "5.1.7" || code == "5.1.8" {
		return false
	}
	return strings.HasPrefix(code, "5.1.") || strings.HasPrefix(code, "5.2.")
}
