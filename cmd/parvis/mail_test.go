package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// returned is a report that a mail came back.
func returned(id string) string {
	return "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" +
		"Reporting-MTA: dns; smtp.malakoff.example\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" +
		"Message-ID: <" + id + ">\r\n\r\n--b--\r\n"
}

// TestMailBounce: a mail server gives the command what comes back. What is none of ours, or
// no report, is passed over without an error.
func TestMailBounce(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "", "node", "add", "malakoff.example")
	must(t, dir, "place-du-marche\n", "account", "create", "--username", "claire", "--email", "claire@malakoff.example", "--password-stdin")
	ctx := t.Context()
	db, err := storage.Open(ctx, "sqlite:"+filepath.Join(dir, "parvis.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Now()
	a := &app.App{DB: db, Mails: true, Now: func() time.Time { return now }}
	n, err := db.NodeByHost(ctx, "malakoff.example")
	if err != nil {
		t.Fatal(err)
	}
	acc, err := a.Profile(ctx, n, "claire")
	if err != nil {
		t.Fatal(err)
	}
	claire := parvis.Viewer{Account: acc, Role: parvis.RoleResident}
	if err := a.SetWeekly(ctx, n, claire, 1); err != nil { // which opens her mailbox
		t.Fatal(err)
	}
	for range 3 {
		now = now.Add(-time.Hour)
		name, err := a.MailName(ctx, n, acc.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got := must(t, dir, returned(name+"@vanves.example"), "mail", "bounce"); got != "nothing to note\n" {
			t.Errorf("a mail of another place: %q", got)
		}
		if got := must(t, dir, returned(name+"@malakoff.example"), "mail", "bounce"); got != "noted\n" {
			t.Errorf("a mail of ours: %q", got)
		}
	}
	for _, other := range []string{"", "Merci !", returned("forgé@malakoff.example"), strings.Repeat("x", 2<<20)} {
		if got := must(t, dir, other, "mail", "bounce"); got != "nothing to note\n" {
			t.Errorf("what is no mail of ours: %q", got)
		}
	}
	if paused, err := a.MailPaused(ctx, n, claire); err != nil || !paused {
		t.Errorf("mail is stopped: %v, %v", paused, err)
	}
}
