package mail_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/mail"
)

// report is what Postfix writes when another server refuses.
func report(action, status string) string {
	return strings.ReplaceAll(`Return-Path: <>
From: MAILER-DAEMON@smtp.malakoff.example (Mail Delivery System)
To: parvis@malakoff.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4B2.1/smtp.malakoff.example"

This is a MIME-encapsulated message.

--4B2.1/smtp.malakoff.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4B2.1/smtp.malakoff.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; smtp.malakoff.example
X-Postfix-Queue-ID: 4B2
Arrival-Date: Tue,  6 Oct 2026 12:00:00 +0200 (CEST)

Final-Recipient: rfc822; jeanne@ailleurs.example
Action: `+action+`
Status: `+status+`
Diagnostic-Code: smtp; 550 5.1.1 no such person

--4B2.1/smtp.malakoff.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Message-ID: <06gg.abc.def@malakoff.example>
Subject: Malakoff

--4B2.1/smtp.malakoff.example--
`, "\n", "\r\n")
}

func TestReadReport(t *testing.T) {
	for _, tt := range []struct {
		action, status string
		gone           bool
	}{{"failed", "5.1.1", true}, {"failed", "5.2.1 (mailbox disabled)", true}, {"delayed", "4.4.1", false}, {"failed", "5.7.1", false}, {"delivered", "2.0.0", false}} {
		got, err := mail.ReadReport(strings.NewReader(report(tt.action, tt.status)))
		if err != nil || got.MessageID != "06gg.abc.def@malakoff.example" || got.Gone != tt.gone || !strings.HasPrefix(tt.status, got.Status) {
			t.Errorf("%s %s: %+v, %v", tt.action, tt.status, got, err)
		}
	}
	for name, text := range map[string]string{
		"nothing":     "",
		"an answer":   "From: jeanne@ailleurs.example\r\nContent-Type: text/plain\r\n\r\nMerci !",
		"no parts":    "Content-Type: multipart/report; report-type=delivery-status\r\n\r\n",
		"no status":   strings.Replace(report("failed", "5.1.1"), "Status: ", "X-Status: ", 1),
		"no identity": strings.Replace(report("failed", "5.1.1"), "Message-ID: ", "X-ID: ", 1),
	} {
		if got, err := mail.ReadReport(strings.NewReader(text)); !errors.Is(err, mail.ErrNoReport) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func FuzzReadReport(f *testing.F) {
	f.Add(report("failed", "5.1.1"))
	f.Add("Content-Type: multipart/report; report-type=delivery-status; boundary=a\r\n\r\n--a\r\nContent-Type: message/delivery-status\r\n\r\nA: b\r\n\r\nStatus: 5")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := mail.ReadReport(strings.NewReader(text))
		if err == nil && (got.MessageID == "" || got.Status == "") {
			t.Errorf("a report without what makes one: %+v", got)
		}
		if got.Gone && !strings.HasPrefix(got.Status, "5.") {
			t.Errorf("gone by %q", got.Status)
		}
	})
}
