package mail

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"net/textproto"
	"strings"
)

// A Report is what a mail server says became of a mail that it had taken (RFC 3464).
type Report struct {
	MessageID string // of that mail, without brackets
	Status    string // the worst of its recipients', such as 5.1.1
	Gone      bool   // there is no such mailbox, or it takes nothing: another mail would fare alike
}

// ErrNoReport says that a mail is no report of a delivery: an answer, or spam.
var ErrNoReport = errors.New("not a report of a delivery")

// Bounds on a report: what is beyond them is not read.
const (
	maxReport = 1 << 20
	maxParts  = 8
	maxGroups = 32
)

// ReadReport reads a report. Anybody can write one: it proves nothing but that its writer
// knows the MessageID.
func ReadReport(in io.Reader) (Report, error) {
	message, err := netmail.ReadMessage(bufio.NewReader(io.LimitReader(in, maxReport)))
	if err != nil {
		return Report{}, ErrNoReport
	}
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || !strings.EqualFold(params["report-type"], "delivery-status") {
		return Report{}, ErrNoReport
	}
	var report Report
	parts := multipart.NewReader(message.Body, params["boundary"])
	for range maxParts {
		part, err := parts.NextPart()
		if err != nil {
			break // the end, or what cannot be read
		}
		report.read(part)
	}
	if report.MessageID == "" || report.Status == "" {
		return Report{}, ErrNoReport
	}
	return report, nil
}

// read takes from a part what it knows.
func (r *Report) read(part *multipart.Part) {
	kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
	in := textproto.NewReader(bufio.NewReader(part))
	switch kind {
	case "message/delivery-status", "message/global-delivery-status":
		for range maxGroups { // one about the mail, then one for each recipient (§2.1)
			fields, err := in.ReadMIMEHeader()
			r.judge(fields)
			if err != nil {
				return
			}
		}
	case "message/rfc822", "text/rfc822-headers", "message/global-headers", "message/global":
		headers, _ := in.ReadMIMEHeader() // of what was sent, perhaps cut off
		if id := strings.Trim(headers.Get("Message-Id"), "<> \t"); r.MessageID == "" {
			r.MessageID = id
		}
	}
}

func (r *Report) judge(fields textproto.MIMEHeader) {
	status, _, _ := strings.Cut(strings.TrimSpace(fields.Get("Status")), " ")
	if status == "" {
		return
	}
	failed := strings.EqualFold(strings.TrimSpace(fields.Get("Action")), "failed")
	if gone := failed && aboutMailbox(status); gone || r.Status == "" {
		r.Status, r.Gone = status, gone
	}
}
