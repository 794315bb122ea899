package mail_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parvis-coop/parvis/internal/mail"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

func sender(t *testing.T, address string) *mail.Sender {
	t.Helper()
	s, err := mail.New(address)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSend(t *testing.T) {
	address, session := parvistest.SMTP(t)
	s := sender(t, "smtp://jeanne:marguerite@"+address+"?from=Parvis+de+Malakoff+<parvis@malakoff.example>")
	err := s.Send(context.Background(), mail.Message{
		To:      "Léa Martin <lea@malakoff.example>",
		Subject: "Réponse à « Perceuse à percussion »\r\nBcc: tous@malakoff.example",
		Text:    "Bonjour Léa,\n.\nla perceuse est libre samedi.",
		HTML:    "<p>Bonjour Léa</p>",
		ID:      "mot-1@malakoff.example",
		List:    &mail.List{ID: "news.malakoff.example", Name: "Ce qui vous attend à Malakoff", Leave: "https://malakoff.example/courriels/arreter?cle=1"},
	})
	if err != nil {
		t.Fatal(err)
	}

	got := <-session
	if want := "|jeanne|marguerite"; got.Login != want {
		t.Errorf("logged in as %q, want %q", got.Login, want)
	}
	if !strings.HasPrefix(got.From, "FROM:<parvis@malakoff.example>") || !strings.HasPrefix(got.To, "TO:<lea@malakoff.example>") {
		t.Errorf("envelope %q → %q", got.From, got.To)
	}
	message, err := netmail.ReadMessage(strings.NewReader(got.Data))
	if err != nil {
		t.Fatal(err)
	}
	if raw := message.Header.Get("List-Id"); !strings.HasSuffix(raw, "?= <news.malakoff.example>") {
		t.Errorf("programs do not find the list in %q", raw)
	}
	headers := make(map[string]string)
	for _, name := range []string{"From", "To", "Subject", "Bcc", "Auto-Submitted", "Precedence", "Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"} {
		if headers[name], err = new(mime.WordDecoder).DecodeHeader(message.Header.Get(name)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]string{
		"From":                  `"Parvis de Malakoff" <parvis@malakoff.example>`,
		"To":                    "Léa Martin <lea@malakoff.example>",
		"Subject":               "Réponse à « Perceuse à percussion » Bcc: tous@malakoff.example",
		"Bcc":                   "",
		"Auto-Submitted":        "auto-generated",
		"Precedence":            "bulk",
		"Message-ID":            "<mot-1@malakoff.example>",
		"List-Id":               `Ce qui vous attend à Malakoff <news.malakoff.example>`,
		"List-Unsubscribe":      "<https://malakoff.example/courriels/arreter?cle=1>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", // RFC 8058 §3.1
	}, headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"text/plain: Bonjour Léa,\r\n.\r\nla perceuse est libre samedi.",
		"text/html: <p>Bonjour Léa</p>",
	}, parts(t, message)); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

// parts decodes a multipart message to "type: content" each.
func parts(t *testing.T, message *netmail.Message) []string {
	t.Helper()
	_, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for reader := multipart.NewReader(message.Body, params["boundary"]); ; {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		sort, _, _ := strings.Cut(part.Header.Get("Content-Type"), ";")
		all = append(all, sort+": "+strings.TrimSpace(string(content)))
	}
}

func TestSendReportsARefusal(t *testing.T) {
	address, _ := parvistest.SMTP(t)
	s := sender(t, "smtp://"+address+"?from=parvis@malakoff.example")
	err := s.Send(context.Background(), mail.Message{To: "inconnu@malakoff.example", Subject: "Bonjour", Text: "Bonjour"})
	if err == nil || !strings.Contains(err.Error(), "550 5.1.1") || !errors.Is(err, mail.ErrNoMailbox) {
		t.Errorf("error %v, want ErrNoMailbox with the server's code", err)
	}
	if strings.Contains(fmt.Sprint(err), "inconnu@") {
		t.Errorf("the failure, which is logged, names the recipient: %v", err)
	}
}

func TestSendNotConfigured(t *testing.T) {
	s := sender(t, "")
	err := s.Send(context.Background(), mail.Message{To: "lea@malakoff.example"})
	if !errors.Is(err, mail.ErrNotConfigured) || s.Configured() {
		t.Errorf("error %v, configured %v; want ErrNotConfigured, false", err, s.Configured())
	}
}

func TestNewRefuses(t *testing.T) {
	for _, address := range []string{
		"smtp.malakoff.example",
		"https://jeanne:marguerite@malakoff.example",
		"smtp://jeanne:marguerite@malakoff.example",
		"smtp://jeanne:marguerite@malakoff.example:99999?from=parvis@malakoff.example",
		"smtp://jeanne:marguerite@malakoff.example?from=parvis",
		"smtp://jeanne:marguerite%zz@malakoff.example",
	} {
		if _, err := mail.New(address); err == nil || strings.Contains(err.Error(), "marguerite") {
			t.Errorf("%s: error %v, want one without the password", address, err)
		}
	}
}
