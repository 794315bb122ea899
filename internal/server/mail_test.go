package server_test

import (
	"io"
	"mime"
	netmail "net/mail"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

func TestTheTeamIsToldOfReportsByMail(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e parvistest.Engine) {
		address, sessions := parvistest.SMTP(t)
		net := &network{t: t, clock: newClock(), smtp: "smtp://" + address + "?from=parvis@malakoff.example"}
		malakoff := net.found(e, "malakoff") // whose one admin is claire
		net.places = append(net.places, malakoff)
		jeanne, karim := malakoff.resident("jeanne", parvis.RoleResident), malakoff.resident("karim", parvis.RoleResident)
		sent := malakoff.publish(jeanne, drill(parvis.Everyone))
		_, err := malakoff.app.Report(bg, malakoff.node, karim, parvis.Report{TargetID: jeanne.ID(), PostIDs: []parvis.ID{sent.ID}, Comment: "Ce n’est pas la sienne."})
		if err != nil {
			t.Fatal(err)
		}
		net.settle()
		got := <-sessions
		if !strings.HasPrefix(got.To, "TO:<claire@malakoff.example>") {
			t.Errorf("the mail went %s, want to the admin", got.To)
		}
		message, err := netmail.ReadMessage(strings.NewReader(got.Data))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
		if err != nil || !strings.Contains(subject, "signalement") {
			t.Errorf("subject %q, %v", subject, err)
		}
		body, err := io.ReadAll(message.Body)
		if err != nil || !strings.Contains(string(body), "/equipe/signalements") || strings.Contains(string(body), "la sienne") {
			t.Errorf("body %q, %v; want where the report is, not what it says", body, err)
		}
		if len(sessions) != 0 {
			t.Error("more than the team was told")
		}
	})
}
