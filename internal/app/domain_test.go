package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// claim takes the jobs of a kind that are due.
func (w *town) claim(kind parvis.JobKind) []*parvis.Job {
	w.t.Helper()
	return must[[]*parvis.Job](w.t)(w.DB.TurnJobs(w.ctx, nil, storage.Claim{Kinds: []parvis.JobKind{kind}, Now: w.now, Until: w.now.Add(time.Minute), Limit: 50}))
}

// applied runs the jobs that make accounts obey rules, as the worker would.
func (w *town) applied() {
	w.t.Helper()
	for {
		jobs := w.claim(parvis.JobDomains)
		if len(jobs) == 0 {
			return
		}
		for _, j := range jobs {
			w.do(w.ApplyDomains(w.ctx, j))
			w.do(w.DB.SettleJobs(w.ctx, storage.Ended{Job: j}))
		}
	}
}

// brought stores a public post of somebody elsewhere.
func (w *town) brought(author *parvis.Account) *parvis.Post {
	w.t.Helper()
	return must[*parvis.Post](w.t)(w.ReceivePost(w.ctx, w.node, w.arrive(author, nil), app.Fetched))
}

func (w *town) rule(domain string, s parvis.Severity) {
	w.t.Helper()
	must[parvis.DomainRule](w.t)(w.RuleDomain(w.ctx, w.node, parvis.DomainRule{Domain: domain, Severity: s}))
	w.applied()
}

func (w *town) standing(acc *parvis.Account) (active bool, follows int) {
	w.t.Helper()
	now := must[*parvis.Account](w.t)(w.rows().Account(w.ctx, acc.ID))
	return now.Active(), now.Followers + now.Following
}

// follows makes a resident follow a stranger, who agrees, and the stranger the resident.
func (w *town) tied(v parvis.Viewer, acc *parvis.Account) {
	w.t.Helper()
	w.do(w.Follow(w.ctx, w.node, v, acc.ID))
	w.do(w.ReceiveAnswer(w.ctx, w.node, app.FollowAnswer{By: acc, Follower: v.Account, Verb: parvis.VerbAccept}))
	w.do(w.ReceiveFollow(w.ctx, w.node, acc, v.Account, acc.URI+"/follows/1"))
}

func TestBlockingADomain(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		luis, ana, bo := w.stranger("luis", "spam.example"), w.stranger("ana", "a.spam.example"), w.stranger("bo", "notspam.example")
		for _, acc := range []*parvis.Account{luis, ana, bo} {
			w.tied(w.jeanne, acc)
		}
		p := w.brought(luis)
		w.rule("SPAM.example.", parvis.Suspend)

		for acc, want := range map[*parvis.Account]bool{luis: false, ana: false, bo: true} {
			if active, follows := w.standing(acc); active != want || (follows > 0) != want {
				t.Errorf("%s is active: %v, with %d follows; want it %v", acc.URI, active, follows, want)
			}
		}
		_, err := w.Post(w.ctx, w.node, w.jeanne, p.ID)
		w.fails("reading what a blocked server wrote", err, parvis.ErrNotFound)
		if home := must[[]storage.HomeEntry](t)(w.Home(w.ctx, w.node, w.jeanne, parvis.Page{})); len(home) != 0 {
			t.Errorf("the home still has %d posts", len(home))
		}

		w.do(w.UnruleDomain(w.ctx, w.node, "spam.example"))
		w.applied()
		if active, follows := w.standing(luis); !active || follows != 0 {
			t.Errorf("after the block Luis is active: %v, with %d follows; want him back, without", active, follows)
		}
		if _, err := w.Post(w.ctx, w.node, w.jeanne, p.ID); err != nil {
			t.Errorf("after the block the post is %v", err)
		}
		w.fails("lifting it twice", w.UnruleDomain(w.ctx, w.node, "spam.example"), parvis.ErrNotFound)
	})
}

// TestSuspendedByTheTeamToo: lifting the block of a server does not lift what the
// team decided about one of its people.
func TestSuspendedByTheTeamToo(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		luis := w.stranger("luis", "spam.example")
		w.do(w.Suspend(w.ctx, w.node, "luis@spam.example", false))
		w.rule("spam.example", parvis.Suspend)
		w.do(w.UnruleDomain(w.ctx, w.node, "spam.example"))
		w.applied()
		if active, _ := w.standing(luis); active {
			t.Error("Luis is active again")
		}
	})
}

func TestSilencingADomain(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		luis, bo := w.stranger("luis", "loud.example"), w.stranger("bo", "calm.example")
		w.tied(w.karim, luis)
		w.brought(luis)
		w.brought(bo)
		w.rule("loud.example", parvis.Silence)
		late := w.stranger("late", "www.loud.example") // who came after the rule
		w.brought(late)

		list := must[[]*parvis.Post](t)(w.List(w.ctx, w.node, w.jeanne, storage.PostFilter{}, parvis.Page{}))
		if len(list) != 1 || list[0].AuthorID != bo.ID {
			t.Errorf("the list has %d posts, want Bo's alone", len(list))
		}
		if own := must[[]*parvis.Post](t)(w.List(w.ctx, w.node, w.jeanne, storage.PostFilter{Author: luis.ID}, parvis.Page{})); len(own) != 1 {
			t.Errorf("whoever asks for Luis’ posts gets %d, want 1", len(own))
		}
		if active, follows := w.standing(luis); !active || follows != 2 {
			t.Errorf("Luis is active: %v, with %d follows; want him untouched", active, follows)
		}
		// Nobody hears of him but those who follow him.
		offered := w.publish(w.jeanne, offer())
		w.do(w.ReceiveReaction(w.ctx, w.node, storage.Likes, luis, offered, luis.URI+"/likes/1"))
		if told := w.told(w.jeanne); told != "" {
			t.Errorf("Jeanne was told %q", told)
		}
		theirs := w.publish(w.karim, offer())
		w.do(w.ReceiveReaction(w.ctx, w.node, storage.Likes, luis, theirs, luis.URI+"/likes/2"))
		if told := w.told(w.karim); !strings.Contains(told, "favourite") {
			t.Errorf("Karim was told %q, want the like of whom he follows", told)
		}
	})
}

func TestAllowListMode(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		luis, ana, pia := w.stranger("luis", "masto.example"), w.stranger("ana", "allowed.example"), w.stranger("pia", "vanves.test:8443")
		must[*parvis.Partner](t)(w.AddPartner(w.ctx, w.node, "https://vanves.test:8443/"))
		w.rule("allowed.example", parvis.Allow)
		w.do(w.SetFederation(w.ctx, w.node, parvis.FederationListed, false))
		w.applied()
		for acc, want := range map[*parvis.Account]bool{luis: false, ana: true, pia: true} {
			if active, _ := w.standing(acc); active != want {
				t.Errorf("%s is active: %v, want %v", acc.URI, active, want)
			}
		}
		w.node = must[*parvis.Node](t)(w.DB.NodeByID(w.ctx, w.node.ID))
		if p := must[parvis.Policy](t)(w.Policy(w.ctx, w.node, "masto.example")); !p.Refused {
			t.Error("who is not on the list is not refused")
		}
		w.do(w.RemovePartner(w.ctx, w.node, "vanves.test:8443"))
		w.applied()
		if active, _ := w.standing(pia); active {
			t.Error("who was a partner is not stopped")
		}
		w.do(w.SetFederation(w.ctx, w.node, parvis.FederationOpen, false))
		w.applied()
		for _, acc := range []*parvis.Account{luis, ana, pia} {
			if active, _ := w.standing(acc); !active {
				t.Errorf("%s is still stopped", acc.URI)
			}
		}
		w.invalid("an unknown mode", w.SetFederation(w.ctx, w.node, "closed", false), "federation", "node.federation")
	})
}

func TestRuleRefusals(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		for domain, key := range map[string]string{
			"": "domain.invalid", "spam example": "domain.invalid", "fr": "domain.wide", "malakoff.example": "domain.ours", "example": "domain.wide",
		} {
			_, err := w.RuleDomain(w.ctx, w.node, parvis.DomainRule{Domain: domain, Severity: parvis.Suspend})
			w.invalid(domain, err, "domain", key)
		}
		_, err := w.RuleDomain(w.ctx, w.node, parvis.DomainRule{Domain: "spam.example", Severity: "nuke"})
		w.invalid("an unknown severity", err, "severity", "domain.severity")
		_, err = w.RuleDomain(w.ctx, w.node, parvis.DomainRule{Domain: "spam.example", Severity: parvis.Noop, Comment: strings.Repeat("é", 501)})
		w.invalid("a long comment", err, "comment", "domain.comment.long")
		w.rule("vanves.test", parvis.Suspend)
		_, err = w.AddPartner(w.ctx, w.node, "vanves.test")
		w.invalid("a blocked partner", err, "host", "partner.blocked")
	})
}

// TestBlockingAPartner ends the partnership with it.
func TestBlockingAPartner(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		must[*parvis.Partner](t)(w.AddPartner(w.ctx, w.node, "vanves.test"))
		must[*parvis.Partner](t)(w.AddPartner(w.ctx, w.node, "lyon.test"))
		w.rule("vanves.test", parvis.Suspend)
		partners := must[[]*parvis.Partner](t)(w.Partners(w.ctx, w.node))
		if len(partners) != 1 || partners[0].Host != "lyon.test" {
			t.Errorf("%d partners are left, want Lyon", len(partners))
		}
	})
}

func TestImportAndExport(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.rule("known.example", parvis.Silence)
		const file = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n" +
			"spam.example,suspend,true,true,\"Publicité, encore\",true\nknown.example,suspend,false,false,,false\n" +
			"besançon.example,silence,true,false,,false\nev*l.example,suspend,false,false,,true\nmalakoff.example,suspend,,,,\n"
		done := must[app.Import](t)(w.ImportDomains(w.ctx, w.node, []byte(file), parvis.Suspend))
		if want := (app.Import{Kept: 2, Skipped: 2, Known: 1}); done != want {
			t.Errorf("imported %+v, want %+v", done, want)
		}
		w.rule("friend.example", parvis.Allow)
		var out bytes.Buffer
		w.do(app.WriteDomains(&out, must[[]parvis.DomainRule](t)(w.AllDomainRules(w.ctx, w.node))))
		const want = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n" +
			"known.example,silence,false,false,,false\nspam.example,suspend,true,true,\"Publicité, encore\",true\n" +
			"xn--besanon-yxa.example,silence,true,false,,false\n"
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("export (-want +got):\n%s", diff)
		}
		out.Reset()
		w.do(app.WriteAllowed(&out, must[[]parvis.DomainRule](t)(w.AllDomainRules(w.ctx, w.node))))
		if got := out.String(); got != "#domain\nfriend.example\n" {
			t.Errorf("allowed: %q", got)
		}
		_, err := w.ImportDomains(w.ctx, w.node, []byte("\n\n"), parvis.Suspend)
		w.invalid("an empty file", err, "file", "list.empty")
		_, err = w.ImportDomains(w.ctx, w.node, []byte(strings.Repeat("a", app.MaxListBytes+1)), parvis.Suspend)
		w.invalid("a file too long", err, "file", "list.long")
	})
}

func TestSharedList(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		const url = "https://lists.example/blocks.csv"
		luis, ana, pia, bo := w.stranger("luis", "spam.example"), w.stranger("ana", "friend.example"), w.stranger("pia", "vanves.test"), w.stranger("bo", "both.example")
		must[*parvis.Partner](t)(w.AddPartner(w.ctx, w.node, "vanves.test"))
		w.rule("friend.example", parvis.Allow)
		w.rule("both.example", parvis.Suspend)
		l := must[*parvis.BlockList](t)(w.FollowList(w.ctx, w.node, url))
		active := func(want ...bool) {
			t.Helper()
			w.applied()
			var got []bool
			for _, acc := range []*parvis.Account{luis, ana, pia, bo} {
				is, _ := w.standing(acc)
				got = append(got, is)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("who is active (-want +got):\n%s", diff)
			}
		}
		w.do(w.ReceiveList(w.ctx, w.node, l.ID, []byte("spam.example\nfriend.example\nvanves.test\nboth.example\nmalakoff.example\nfr\n"), nil))
		active(false, true, true, false)
		l = must[[]*parvis.BlockList](t)(w.BlockLists(w.ctx, w.node))[0]
		if l.Entries != 4 || l.Skipped != 2 || l.Error != "" || !l.FetchedAt.Equal(w.now) {
			t.Errorf("the list is %+v", l)
		}

		// A list that cannot be read holds as it was.
		w.do(w.ReceiveList(w.ctx, w.node, l.ID, nil, errors.New("lists.example is down")))
		active(false, true, true, false)
		if l = must[[]*parvis.BlockList](t)(w.BlockLists(w.ctx, w.node))[0]; l.Error != "lists.example is down" || l.Entries != 4 {
			t.Errorf("the list is %+v", l)
		}
		// What it names no longer is lifted, what the team decided is not.
		w.do(w.ReceiveList(w.ctx, w.node, l.ID, []byte("other.example\n"), nil))
		active(true, true, true, false)
		w.do(w.ReceiveList(w.ctx, w.node, l.ID, []byte("spam.example\n"), nil))
		active(false, true, true, false)
		w.do(w.LeaveList(w.ctx, w.node, l.ID))
		active(true, true, true, false)
		w.fails("leaving it twice", w.LeaveList(w.ctx, w.node, l.ID), parvis.ErrNotFound)
		w.do(w.ReceiveList(w.ctx, w.node, l.ID, []byte("spam.example\n"), nil)) // it was being read
		active(true, true, true, false)
	})
}

func TestListsAreReadDaily(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		const url = "https://lists.example/blocks.csv"
		l := must[*parvis.BlockList](t)(w.FollowList(w.ctx, w.node, url))
		waits := func(want int) {
			t.Helper()
			jobs := w.claim(parvis.JobList)
			if len(jobs) != want {
				t.Fatalf("%d lists are to be read, want %d", len(jobs), want)
			}
			for _, j := range jobs {
				w.do(w.ReceiveList(w.ctx, w.node, l.ID, []byte("spam.example\n"), nil))
				w.do(w.DB.SettleJobs(w.ctx, storage.Ended{Job: j}))
			}
		}
		waits(1)
		w.now = w.now.Add(23 * time.Hour)
		w.do(w.Sweep(w.ctx))
		waits(0)
		w.now = w.now.Add(time.Hour)
		w.do(w.Sweep(w.ctx))
		waits(1)
		w.do(w.ReadList(w.ctx, w.node, l.ID))
		waits(1)

		_, err := w.FollowList(w.ctx, w.node, url)
		w.invalid("a list twice", err, "url", "list.known")
		_, err = w.FollowList(w.ctx, w.node, "blocks.csv")
		w.invalid("no address", err, "url", "list.url")
		_, err = w.FollowList(w.ctx, w.node, "http://lists.example/blocks.csv")
		w.invalid("an address without https", err, "url", "list.url")
		for i := range 19 {
			must[*parvis.BlockList](t)(w.FollowList(w.ctx, w.node, fmt.Sprintf("%s?%d", url, i)))
		}
		_, err = w.FollowList(w.ctx, w.node, url+"?more")
		w.invalid("a list too many", err, "url", "list.many")
	})
}
