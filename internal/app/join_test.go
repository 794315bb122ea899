package app_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

var library = parvis.Browser{Addr: "192.0.2.7", Device: "Firefox"}

// itsMe is what Rose types who opens her mail in another browser.
var itsMe = app.Proof{Password: password}

// rose fills in the form.
func rose() app.Joining {
	return app.Joining{NewAccount: app.NewAccount{Username: "rose", Name: "Rose", Email: "Rose@malakoff.example", Password: password, Language: "fr"},
		Reason: "J’habite rue Gambetta.", OfAge: true, Charter: true}
}

// mode changes who may join, as it is stored and as the test holds it.
func (w *town) mode(m parvis.Signup) {
	w.t.Helper()
	w.do(w.SetSignup(w.ctx, w.node, w.odile, string(m)))
	w.node = w.nodeOf(w.node.Host)
}

// join asks for an account and returns how far that led.
func (w *town) join(in app.Joining) (app.Joined, parvis.Entrance) {
	w.t.Helper()
	step, e, err := w.Join(w.ctx, w.node, in, library)
	w.do(err)
	return step, e
}

func (w *town) tryJoin(in app.Joining) error {
	_, _, err := w.Join(w.ctx, w.node, in, library)
	return err
}

// mails takes the mails that wait to leave.
func (w *town) mails() []parvis.MailArgs {
	w.t.Helper()
	var all []parvis.MailArgs
	for _, j := range must[[]*parvis.Job](w.t)(w.DB.TurnJobs(w.ctx, nil, storage.Claim{Kinds: []parvis.JobKind{parvis.JobMail}, Now: w.now, Until: w.now.Add(time.Minute), Limit: 50})) {
		var m parvis.MailArgs
		w.do(json.Unmarshal(j.Args, &m))
		if strings.Contains(string(j.Args), "cle") {
			w.t.Errorf("a job holds a secret: %s", j.Args)
		}
		all = append(all, m)
		w.do(w.DB.SettleJobs(w.ctx, storage.Ended{Job: j}))
	}
	return all
}

// wantMail takes the one mail that waits, and returns the secret that it would carry.
func (w *town) wantMail(what string, about parvis.MailAbout, carries bool) (parvis.MailArgs, string) {
	w.t.Helper()
	all := w.mails()
	if len(all) != 1 || all[0].About != about {
		w.t.Fatalf("%s: mails %+v, want one about %s", what, all, about)
	}
	if !carries {
		return all[0], ""
	}
	return all[0], must[string](w.t)(w.MailTicket(w.ctx, w.node, all[0]))
}

func TestJoinOpenly(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		in := rose()
		in.Role = parvis.RoleAdmin // which nobody asks for by the form
		step, e := w.join(in)
		if step != app.JoinedIn {
			t.Fatalf("step %s", step)
		}
		g := w.guest(e.Secret)
		if g.Viewer.Role != parvis.RoleResident || g.Login.Email != "rose@malakoff.example" || g.Login.StatedAge != 15 || !g.Login.ConfirmedAt.IsZero() ||
			g.Session.Way != parvis.ByJoining || g.Viewer.Account.Name != "Rose" {
			t.Errorf("she came in as %+v, %+v, %+v", g.Viewer, g.Login, g.Session)
		}
		w.do(w.signIn("rose", password, "192.0.2.7"))
		w.invalid("a second rose", w.tryJoin(rose()), "username", "account.username.taken")
		in.Username = "rosette"
		w.invalid("a known address", w.tryJoin(in), "email", "account.email.taken")
	})
}

func TestJoinSaysAllThatIsWrong(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		err := w.tryJoin(app.Joining{NewAccount: app.NewAccount{Username: "Rose !", Email: "rose", Password: "court"}})
		for field, key := range map[string]string{"username": "account.username.invalid", "email": "account.email.invalid",
			"password": "account.password.short", "age": "join.age.missing", "charter": "join.charter.missing"} {
			w.invalid(field, err, field, key)
		}
		in := rose()
		in.Username = " Mairie "
		w.invalid("a reserved name", w.tryJoin(in), "username", "account.username.taken")
		w.mode(parvis.SignupApproval)
		in = rose()
		in.Reason = " "
		w.invalid("nothing to say", w.tryJoin(in), "reason", "join.reason.missing")
		in.Reason = strings.Repeat("é", parvis.MaxReason+1)
		w.invalid("a novel", w.tryJoin(in), "reason", "join.reason.long")
		w.node.MinAge = parvis.AnyAge
		in = rose()
		in.OfAge = false
		if step, _ := w.join(in); step != app.JoinedWaiting {
			t.Errorf("where no age is asked: %s", step)
		}
	})
}

func TestJoinIsClosedUntilAnAdminExists(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		clamart := &parvis.Node{Host: "clamart.example"}
		w.do(w.AddNode(w.ctx, clamart))
		w.node = clamart
		w.fails("before an admin", w.tryJoin(rose()), parvis.ErrForbidden)
		_, err := w.CreateAccount(w.ctx, clamart, app.NewAccount{Username: "maire", Email: "m@clamart.example", Password: password, Role: parvis.RoleAdmin})
		w.do(err)
		w.node = w.nodeOf("clamart.example")
		w.join(rose())
		w.node.Signup = parvis.SignupClosed
		w.fails("when closed", w.tryJoin(rose()), parvis.ErrForbidden)
		w.node.Signup = parvis.SignupInvitation
		w.fails("without an invitation", w.tryJoin(rose()), parvis.ErrForbidden)
	})
}

func TestJoinWithTheTeamsConsent(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.mode(parvis.SignupApproval)
		if step, e := w.join(rose()); step != app.JoinedWaiting || e.Secret != "" {
			t.Fatalf("step %s, %+v", step, e)
		}
		w.invalid("while she waits", w.signIn("rose", password, "192.0.2.1"), "name", "signin.waiting")
		w.invalid("by her address", w.signIn("rose@malakoff.example", password, "192.0.2.1"), "name", "signin.waiting")
		w.invalid("with a wrong password", w.signIn("rose", "x", "192.0.2.1"), "password", "signin.wrong")
		w.invalid("another who wants her name", w.tryJoin(func() app.Joining { in := rose(); in.Email = "r@vanves.example"; return in }()),
			"username", "account.username.taken")
		_, err := w.Applicants(w.ctx, w.node, w.karim, parvis.Page{})
		w.fails("for a resident", err, parvis.ErrForbidden)
		list := must[[]*parvis.Applicant](t)(w.Applicants(w.ctx, w.node, w.odile, parvis.Page{}))
		if len(list) != 1 || list[0].Reason != "J’habite rue Gambetta." || must[int](t)(w.CountApplicants(w.ctx, w.node, w.odile)) != 1 {
			t.Fatalf("the team sees %+v", list)
		}
		if elsewhere := must[[]*parvis.Applicant](t)(w.Applicants(w.ctx, w.vanves, w.paul, parvis.Page{})); len(elsewhere) != 0 {
			t.Errorf("another node sees %+v", elsewhere)
		}
		_, err = w.AdmitApplicant(w.ctx, w.node, w.karim, list[0].ID)
		w.fails("a resident decides", err, parvis.ErrForbidden)
		_, err = w.AdmitApplicant(w.ctx, w.node, w.odile, list[0].ID)
		w.do(err)
		w.do(w.signIn("rose", password, "192.0.2.1"))
		_, err = w.AdmitApplicant(w.ctx, w.node, w.odile, list[0].ID)
		w.fails("twice", err, parvis.ErrNotFound)

		in := rose()
		in.Username, in.Email = "luis", "luis@malakoff.example"
		w.join(in)
		luis := must[[]*parvis.Applicant](t)(w.Applicants(w.ctx, w.node, w.odile, parvis.Page{}))[0]
		w.invalid("too many words", w.RefuseApplicant(w.ctx, w.node, w.odile, luis.ID, strings.Repeat("é", parvis.MaxReason+1)), "reason", "join.reason.long")
		w.do(w.RefuseApplicant(w.ctx, w.node, w.odile, luis.ID, ""))
		w.invalid("who was refused", w.signIn("luis", password, "192.0.2.1"), "password", "signin.wrong")
		if left := must[int](t)(w.CountApplicants(w.ctx, w.node, w.odile)); left != 0 {
			t.Errorf("%d wait", left)
		}
	})
}

func TestJoinConfirmsTheAddress(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Mails = true
		step, e := w.join(rose())
		if _, err := w.GuestBySession(w.ctx, w.node, e.Secret); step != app.JoinedConfirm || err == nil {
			t.Fatalf("step %s, and signed in: %v", step, err)
		}
		m, secret := w.wantMail("a new address", parvis.MailConfirm, true)
		if m.Address != "rose@malakoff.example" || m.Language != "fr" {
			t.Errorf("the mail %+v", m)
		}
		w.invalid("before", w.signIn("rose", password, "192.0.2.1"), "name", "signin.unconfirmed")
		if n := must[int](t)(w.CountApplicants(w.ctx, w.node, w.odile)); n != 0 {
			t.Error("the team is asked about an address that nobody confirmed")
		}
		// She asks again: the first link is good no more.
		w.join(rose())
		_, second := w.wantMail("again", parvis.MailConfirm, true)
		_, _, err := w.Confirmable(w.ctx, w.node, secret, "")
		w.fails("the first link", err, parvis.ErrNotFound)
		_, _, err = w.Confirm(w.ctx, w.vanves, second, itsMe, library)
		w.fails("on another node", err, parvis.ErrNotFound)
		step, e, err = w.Confirm(w.ctx, w.node, second, itsMe, library)
		w.do(err)
		if g := w.guest(e.Secret); step != app.JoinedIn || g.Login.ConfirmedAt.IsZero() {
			t.Errorf("step %s, %+v", step, g.Login)
		}
		_, _, err = w.Confirm(w.ctx, w.node, second, itsMe, library)
		w.fails("twice", err, parvis.ErrNotFound)

		// Whoever knows an address does not learn that it has an account.
		in := rose()
		in.Username = "rosette"
		if step, _ := w.join(in); step != app.JoinedConfirm {
			t.Errorf("a known address: %s", step)
		}
		w.wantMail("a known address", parvis.MailKnown, false)
	})
}

func TestJoinConfirmedThenDecided(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Mails = true
		w.mode(parvis.SignupApproval)
		w.join(rose())
		_, secret := w.wantMail("confirm first", parvis.MailConfirm, true)
		step, e, err := w.Confirm(w.ctx, w.node, secret, itsMe, library)
		w.do(err)
		if step != app.JoinedWaiting || e.Secret != "" {
			t.Errorf("step %s, %+v", step, e)
		}
		if m, _ := w.wantMail("the team", parvis.MailApplicant, false); m.To != w.odile.ID() {
			t.Errorf("told %+v, want the admin", m)
		}
		if step, _ := w.join(rose()); step != app.JoinedConfirm {
			t.Errorf("she asks once more: %s, want no word of the first", step)
		}
		w.wantMail("she asks once more", parvis.MailPending, false)
		waiting := must[[]*parvis.Applicant](t)(w.Applicants(w.ctx, w.node, w.odile, parvis.Page{}))[0]
		acc, err := w.AdmitApplicant(w.ctx, w.node, w.odile, waiting.ID)
		w.do(err)
		if m, _ := w.wantMail("she is welcome", parvis.MailWelcome, false); m.To != acc.ID {
			t.Errorf("written to %+v", m)
		}
		in := rose()
		in.Username, in.Email = "luis", "luis@malakoff.example"
		w.join(in)
		_, secret = w.wantMail("luis", parvis.MailConfirm, true)
		_, _, err = w.Confirm(w.ctx, w.node, secret, itsMe, library)
		w.do(err)
		w.mails()
		luis := must[[]*parvis.Applicant](t)(w.Applicants(w.ctx, w.node, w.odile, parvis.Page{}))[0]
		w.do(w.RefuseApplicant(w.ctx, w.node, w.odile, luis.ID, "Vous habitez trop loin."))
		m, _ := w.wantMail("refused", parvis.MailRefusal, false)
		if diff := cmp.Diff(parvis.MailArgs{About: parvis.MailRefusal, Address: "luis@malakoff.example", Language: "fr", Words: "Vous habitez trop loin."}, m); diff != "" {
			t.Errorf("the mail: -want +got\n%s", diff)
		}
	})
}

func TestWhoNeverConfirmsIsForgotten(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Mails = true
		w.join(rose())
		w.mode(parvis.SignupApproval)
		in := rose()
		in.Username, in.Email = "luis", "luis@malakoff.example"
		w.join(in)
		for _, m := range w.mails() {
			if m.Address == "luis@malakoff.example" {
				_, _, err := w.Confirm(w.ctx, w.node, must[string](t)(w.MailTicket(w.ctx, w.node, m)), itsMe, library)
				w.do(err)
			}
		}
		has := func(name string) bool {
			_, err := w.rows().ApplicantByUsername(w.ctx, name)
			return err == nil
		}
		w.do(w.DB.Sweep(w.ctx, w.now.Add(parvis.ConfirmWithin+time.Minute), time.Hour))
		if has("rose") || !has("luis") {
			t.Error("want only who never confirmed to be forgotten")
		}
		w.do(w.DB.Sweep(w.ctx, w.now.Add(parvis.DecideWithin+time.Minute), time.Hour))
		if has("luis") {
			t.Error("whom the team never answered is still there")
		}
	})
}

// Somebody asked with Rose's address, and a password of theirs. The link in the mail is
// hers, and opens nothing that they could enter too.
func TestConfirmNeedsWhoAsked(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Mails = true
		in := rose()
		in.Password = "choisi par un autre"
		_, thief := w.join(in)
		_, secret := w.wantMail("theirs", parvis.MailConfirm, true)
		for what, proof := range map[string]app.Proof{"nothing": {}, "another password": itsMe, "another secret": {Asked: "nimporte"}} {
			_, _, err := w.Confirm(w.ctx, w.node, secret, proof, library)
			w.invalid(what, err, "password", "join.confirm.password")
		}
		_, e := w.join(rose())
		_, secret = w.wantMail("hers", parvis.MailConfirm, true)
		_, _, err := w.Confirm(w.ctx, w.node, secret, app.Proof{Asked: thief.Secret}, library)
		w.invalid("the browser of the first", err, "password", "join.confirm.password")
		if _, here, err := w.Confirmable(w.ctx, w.node, secret, e.Secret); err != nil || !here {
			t.Errorf("in her browser: %v, %v", here, err)
		}
		step, _, err := w.Confirm(w.ctx, w.node, secret, app.Proof{Asked: e.Secret}, library)
		w.do(err)
		if step != app.JoinedIn {
			t.Errorf("step %s", step)
		}
		in = rose()
		in.Username = "rosette"
		if _, held := w.join(in); held.Secret == "" {
			t.Error("an address that has an account is told by what the browser gets")
		}
	})
}

func TestInvitations(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.mode(parvis.SignupInvitation)
		_, err := w.Invite(w.ctx, w.node, w.karim, "", 1, 30)
		w.fails("by a resident", err, parvis.ErrForbidden)
		_, err = w.Invite(w.ctx, w.node, w.odile, strings.Repeat("é", 101), 0, 366)
		for field, key := range map[string]string{"uses": "invitation.uses", "days": "invitation.days", "note": "invitation.note.long"} {
			w.invalid(field, err, field, key)
		}
		fair := must[*parvis.Invitation](t)(w.Invite(w.ctx, w.node, w.odile, "Forum des associations", 2, 30))
		in := rose()
		w.fails("without it", w.tryJoin(in), parvis.ErrForbidden)
		in.Invitation = "nimporte"
		w.invalid("with another code", w.tryJoin(in), "invitation", "join.invitation.over")
		in.Invitation = fair.Code
		if step, _ := w.join(in); step != app.JoinedIn {
			t.Errorf("with it: %s", step)
		}
		w.mode(parvis.SignupApproval) // who is invited need not wait
		in.Username, in.Email, in.Reason = "luis", "luis@malakoff.example", ""
		if step, _ := w.join(in); step != app.JoinedIn {
			t.Errorf("invited: %s", step)
		}
		in.Username, in.Email = "awa", "awa@malakoff.example"
		w.invalid("a third", w.tryJoin(in), "invitation", "join.invitation.over")

		w.now = w.now.Add(time.Minute)
		late := must[*parvis.Invitation](t)(w.Invite(w.ctx, w.node, w.odile, "", 9, 1))
		w.now = w.now.Add(25 * time.Hour)
		in.Invitation = late.Code
		w.invalid("too late", w.tryJoin(in), "invitation", "join.invitation.over")
		ended := must[*parvis.Invitation](t)(w.Invite(w.ctx, w.node, w.odile, "", 9, 9))
		w.fails("a resident ends it", w.EndInvitation(w.ctx, w.node, w.karim, ended.ID), parvis.ErrForbidden)
		w.do(w.EndInvitation(w.ctx, w.node, w.odile, ended.ID))
		in.Invitation = ended.Code
		w.invalid("ended", w.tryJoin(in), "invitation", "join.invitation.over")
		list := must[[]*parvis.Invitation](t)(w.Invitations(w.ctx, w.node, w.odile, parvis.Page{}))
		if len(list) != 2 || list[0].ID != late.ID || list[1].Uses != 2 || list[1].Note != "Forum des associations" {
			t.Errorf("the list is %+v", list)
		}
		w.mode(parvis.SignupClosed)
		open := must[*parvis.Invitation](t)(w.Invite(w.ctx, w.node, w.odile, "", 9, 9))
		in.Invitation = open.Code
		w.fails("when closed", w.tryJoin(in), parvis.ErrForbidden)
	})
}

// The last place of an invitation goes to one of those who take it at once.
func TestInvitationsAreCountedOnce(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.mode(parvis.SignupInvitation)
		code := must[*parvis.Invitation](t)(w.Invite(w.ctx, w.node, w.odile, "", 1, 30)).Code
		errs := make([]error, 4)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() {
				in := rose()
				in.Username, in.Invitation = "voisin"+string(rune('a'+i)), code
				in.Email = in.Username + "@malakoff.example"
				errs[i] = w.tryJoin(in)
			})
		}
		all.Wait()
		in := 0
		for _, err := range errs {
			if err == nil {
				in++
			} else {
				w.invalid("too late", err, "invitation", "join.invitation.over")
			}
		}
		if in != 1 {
			t.Errorf("%d came in, want 1", in)
		}
	})
}

// Whoever mistyped their address, or lost the mail, comes in by the same invitation:
// it counts accounts. Who asked in time may confirm later, unless the team ended it.
func TestInvitationsCountAccounts(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.mode(parvis.SignupInvitation)
		w.Mails = true
		asks := func(username, email, code string) string {
			t.Helper()
			in := rose()
			in.Username, in.Email, in.Invitation = username, email, code
			if step, _ := w.join(in); step != app.JoinedConfirm {
				t.Fatalf("%s: step %s", username, step)
			}
			_, secret := w.wantMail(username, parvis.MailConfirm, true)
			return secret
		}
		single := must[*parvis.Invitation](t)(w.Invite(w.ctx, w.node, w.odile, "Rose", 1, 1))
		mistyped := asks("rose2", "rose@malakof.example", single.Code)
		asks("rose", "rose@malakoff.example", single.Code)
		right := asks("rose", "rose@malakoff.example", single.Code) // the mail was lost
		w.now = w.now.Add(25 * time.Hour)
		step, _, err := w.Confirm(w.ctx, w.node, right, itsMe, library)
		w.do(err)
		if step != app.JoinedIn {
			t.Errorf("step %s", step)
		}
		_, _, err = w.Confirm(w.ctx, w.node, mistyped, itsMe, library)
		w.invalid("a second account", err, "invitation", "join.invitation.over")

		w.now = w.now.Add(time.Minute)
		ended := must[*parvis.Invitation](t)(w.Invite(w.ctx, w.node, w.odile, "", 9, 9))
		luis := asks("luis", "luis@malakoff.example", ended.Code)
		w.do(w.EndInvitation(w.ctx, w.node, w.odile, ended.ID))
		_, _, err = w.Confirm(w.ctx, w.node, luis, itsMe, library)
		w.invalid("after the team ended it", err, "invitation", "join.invitation.over")
	})
}

// What the form says of a name does not tell whether an address has an account.
func TestJoinTellsNothingOfAddresses(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Mails = true
		w.join(rose())
		w.mails()
		in := rose()
		for what, email := range map[string]string{"a new address": "personne@vanves.example", "jeanne's": "jeanne@malakoff.example"} {
			in.Email = email
			w.invalid(what, w.tryJoin(in), "username", "account.username.taken")
		}
		if sent := w.mails(); len(sent) != 0 {
			t.Errorf("mails %+v", sent)
		}
	})
}

// Nobody's mailbox is filled by forms that ask for their address.
func TestConfirmationsAreFew(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Mails = true
		g := w.guest(w.enter("jeanne"))
		for i := range 8 {
			_, _, err := w.Join(w.ctx, w.node, rose(), parvis.Browser{Addr: "198.51.100." + string(rune('1'+i))})
			w.do(err)
			w.do(second(w.ChangeEmail(w.ctx, w.node, g, "j@vanves.example")))
		}
		to := make(map[string]int)
		for _, m := range w.mails() {
			to[m.Address]++
		}
		if diff := cmp.Diff(map[string]int{"rose@malakoff.example": 5, "j@vanves.example": 5}, to); diff != "" {
			t.Errorf("mails: -want +got\n%s", diff)
		}
	})
}

func TestEnterByLink(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.fails("without mail", w.AskLink(w.ctx, w.node, "jeanne@malakoff.example", library), parvis.ErrNotFound)
		w.Mails = true
		w.invalid("no address", w.AskLink(w.ctx, w.node, "jeanne", library), "email", "account.email.invalid")
		w.do(w.AskLink(w.ctx, w.node, "personne@malakoff.example", library))
		if sent := w.mails(); len(sent) != 0 {
			t.Errorf("to nobody: %+v", sent)
		}
		w.do(w.AskLink(w.ctx, w.node, "Jeanne@malakoff.example", library))
		m, secret := w.wantMail("a link", parvis.MailLink, true)
		if m.To != w.jeanne.ID() {
			t.Errorf("the mail %+v", m)
		}
		if acc := must[*parvis.Account](t)(w.Linked(w.ctx, w.node, secret)); acc.ID != w.jeanne.ID() {
			t.Errorf("it opens %s", acc.Username)
		}
		_, err := w.EnterByLink(w.ctx, w.vanves, secret, library)
		w.fails("on another node", err, parvis.ErrNotFound)
		e := must[parvis.Entrance](t)(w.EnterByLink(w.ctx, w.node, secret, library))
		if g := w.guest(e.Secret); g.Viewer.ID() != w.jeanne.ID() || g.Session.Way != parvis.ByLink {
			t.Errorf("came in %+v", g.Session)
		}
		_, err = w.EnterByLink(w.ctx, w.node, secret, library)
		w.fails("twice", err, parvis.ErrNotFound)

		late := must[string](t)(w.LinkTicket(w.ctx, w.node, "jeanne"))
		w.now = w.now.Add(31 * time.Minute)
		_, err = w.EnterByLink(w.ctx, w.node, late, library)
		w.fails("too late", err, parvis.ErrNotFound)
		_, err = w.LinkTicket(w.ctx, w.node, "entraide")
		w.fails("for a feed", err, parvis.ErrNotFound)

		suspended := must[string](t)(w.LinkTicket(w.ctx, w.node, "karim"))
		w.do(w.Suspend(w.ctx, w.node, "karim", false))
		_, err = w.EnterByLink(w.ctx, w.node, suspended, library)
		w.invalid("suspended", err, "name", "signin.suspended")
	})
}

// Nobody's mailbox is filled by others, and who fills in addresses learns nothing.
func TestLinksAreFew(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Mails = true
		for i := range 8 {
			w.do(w.AskLink(w.ctx, w.node, "jeanne@malakoff.example", parvis.Browser{Addr: "198.51.100." + string(rune('1'+i))}))
		}
		if sent := w.mails(); len(sent) != 5 {
			t.Errorf("%d mails left, want 5", len(sent))
		}
		for range 20 {
			w.do(w.AskLink(w.ctx, w.node, "personne@malakoff.example", library))
		}
		w.fails("the 21st address", w.AskLink(w.ctx, w.node, "personne@malakoff.example", library), parvis.ErrTooMany)
	})
}

func TestChangeEmail(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		g := w.guest(w.enter("jeanne"))
		w.invalid("no address", second(w.ChangeEmail(w.ctx, w.node, g, "jeanne")), "email", "account.email.invalid")
		w.invalid("karim's, where no mail is sent", second(w.ChangeEmail(w.ctx, w.node, g, "karim@malakoff.example")), "email", "account.email.taken")
		w.do(second(w.ChangeEmail(w.ctx, w.node, g, "jeanne@vanves.example")))
		w.do(w.signIn("jeanne@vanves.example", password, "192.0.2.1"))

		w.Mails = true
		g = w.guest(w.enter("jeanne"))
		ask, err := w.ChangeEmail(w.ctx, w.node, g, "Jeanne@clamart.example")
		w.do(err)
		m, secret := w.wantMail("the new address", parvis.MailEmail, true)
		if !ask || m.Address != "jeanne@clamart.example" {
			t.Errorf("asked %v, %+v", ask, m)
		}
		w.do(w.AskLink(w.ctx, w.node, "jeanne@vanves.example", library))
		_, link := w.wantMail("a link to the old one", parvis.MailLink, true)
		if got := must[string](t)(w.NewEmail(w.ctx, w.node, secret)); got != "jeanne@clamart.example" {
			t.Errorf("it confirms %s", got)
		}
		w.do(w.ConfirmEmail(w.ctx, w.node, secret))
		if m, _ := w.wantMail("the old address is told", parvis.MailChanged, false); m.Address != "jeanne@vanves.example" || m.Words != "email" {
			t.Errorf("told %+v", m)
		}
		w.fails("twice", w.ConfirmEmail(w.ctx, w.node, secret), parvis.ErrNotFound)
		_, err = w.EnterByLink(w.ctx, w.node, link, library)
		w.fails("by a link to the old address", err, parvis.ErrNotFound)
		login := must[*parvis.Login](t)(w.rows().LoginByEmail(w.ctx, "jeanne@clamart.example"))
		if login.AccountID != w.jeanne.ID() || login.ConfirmedAt.IsZero() {
			t.Errorf("her login is %+v", login)
		}
		// Of others she learns nothing; they are told.
		ask, err = w.ChangeEmail(w.ctx, w.node, g, "karim@malakoff.example")
		w.do(err)
		if m, _ := w.wantMail("karim's address", parvis.MailKnown, false); !ask || m.Address != "karim@malakoff.example" {
			t.Errorf("asked %v, %+v", ask, m)
		}
		w.now = w.now.Add(parvis.StillFresh)
		w.fails("in a browser that was left open", second(w.ChangeEmail(w.ctx, w.node, g, "j@malakoff.example")), parvis.ErrStale)
	})
}

// An address that was mistyped, or given by somebody who sat at her browser, takes her
// account no more once she gave another one, confirmed one or changed her password.
func TestOldChangesOfEmailAreOver(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.Mails = true
		g := w.guest(w.enter("jeanne"))
		asked := func(address string) string {
			t.Helper()
			w.do(second(w.ChangeEmail(w.ctx, w.node, g, address)))
			_, secret := w.wantMail(address, parvis.MailEmail, true)
			return secret
		}
		mistyped, right := asked("jeane@clamart.example"), asked("jeanne@clamart.example")
		w.fails("the mistyped address", w.ConfirmEmail(w.ctx, w.node, mistyped), parvis.ErrNotFound)
		again := must[string](t)(w.MailTicket(w.ctx, w.node, parvis.MailArgs{About: parvis.MailEmail, To: w.jeanne.ID(), Address: "jeane@clamart.example"}))
		w.do(w.ConfirmEmail(w.ctx, w.node, right))
		w.mails()
		w.fails("a mail that was sent twice", w.ConfirmEmail(w.ctx, w.node, again), parvis.ErrNotFound)
		stolen := asked("voleur@vanves.example")
		w.do(w.SetPassword(w.ctx, w.node, g, "un autre mot de passe"))
		w.fails("after she changed her password", w.ConfirmEmail(w.ctx, w.node, stolen), parvis.ErrNotFound)
	})
}

func second[T any](_ T, err error) error { return err }

// Every mail that carries a link has a ticket for it.
func TestMailTickets(t *testing.T) {
	t.Parallel()
	w := newTown(t, parvistest.Engines(t)[0])
	var with []parvis.MailAbout
	for _, about := range []parvis.MailAbout{parvis.MailReport, parvis.MailConfirm, parvis.MailKnown, parvis.MailWelcome, parvis.MailLink, parvis.MailEmail} {
		if _, err := w.MailTicket(w.ctx, w.node, parvis.MailArgs{About: about, To: w.jeanne.ID(), Applicant: 7, Address: "a@b.example"}); err == nil {
			with = append(with, about)
		}
	}
	if !slices.Equal(with, []parvis.MailAbout{parvis.MailConfirm, parvis.MailLink, parvis.MailEmail}) {
		t.Errorf("tickets for %v", with)
	}
}
