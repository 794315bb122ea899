package parvis_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

var (
	local     = &parvis.Account{ID: 1, Username: "jeanne"}
	neighbour = &parvis.Account{ID: 2, Username: "karim", Domain: "atelier.example"}

	visitor   = parvis.Viewer{}
	resident  = parvis.Viewer{Account: &parvis.Account{ID: 10, Username: "odile"}, Role: parvis.RoleResident}
	moderator = parvis.Viewer{Account: &parvis.Account{ID: 11, Username: "paul"}, Role: parvis.RoleModerator}
	remote    = parvis.Viewer{Account: &parvis.Account{ID: 12, Username: "ana", Domain: "masto.example"}}
	partner   = parvis.Viewer{Account: &parvis.Account{ID: 13, Username: "luc", Domain: "vanves.example"}, Partner: true}
	viewers   = map[string]parvis.Viewer{"visitor": visitor, "resident": resident, "moderator": moderator, "remote": remote, "partner": partner}
)

// seen says, for each audience, who may see a local post without any tie to it.
var seen = map[parvis.Audience][]string{
	parvis.Everyone:  {"visitor", "resident", "moderator", "remote", "partner"},
	parvis.Unlisted:  {"visitor", "resident", "moderator", "remote", "partner"},
	parvis.Followers: {},
	parvis.Partners:  {"resident", "moderator", "partner"},
	parvis.OnNode:    {"resident", "moderator"},
	parvis.Named:     {},
}

func TestCanSee(t *testing.T) {
	t.Parallel()
	for _, audience := range everyAudience {
		for name, v := range viewers {
			for _, ties := range allTies() {
				p := &parvis.Post{AuthorID: local.ID, Author: local, Audience: audience}
				want := has(seen[audience], name) ||
					ties.Follows && audience == parvis.Followers ||
					ties.Mentioned && (audience == parvis.Followers || audience == parvis.Partners || audience == parvis.Named)
				if ties.Blocked && name != "moderator" {
					want = false
				}
				if got := v.CanSee(p, ties); got != want {
					t.Errorf("%s sees a post for %s with %+v: %v, want %v", name, audience, ties, got, want)
				}
			}
		}
	}
}

func allTies() []parvis.Ties {
	var all []parvis.Ties
	for i := range 8 {
		all = append(all, parvis.Ties{Follows: i&1 != 0, Mentioned: i&2 != 0, Blocked: i&4 != 0})
	}
	return all
}

func has(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

func TestAuthorsSeeTheirOwn(t *testing.T) {
	t.Parallel()
	author := parvis.Viewer{Account: local, Role: parvis.RoleResident}
	for _, audience := range everyAudience {
		if !author.CanSee(&parvis.Post{AuthorID: local.ID, Author: local, Audience: audience}, parvis.Ties{}) {
			t.Errorf("the author does not see a post for %s", audience)
		}
	}
}

// What a third node shared with us is not ours to show to another partner.
func TestPartnersSeeOnlyWhatWasWrittenHere(t *testing.T) {
	t.Parallel()
	p := &parvis.Post{AuthorID: neighbour.ID, Author: neighbour, Audience: parvis.Partners}
	if partner.CanSee(p, parvis.Ties{}) {
		t.Error("a partner sees another partner's post")
	}
	if !resident.CanSee(p, parvis.Ties{}) {
		t.Error("a resident does not see a partner's post")
	}
}

func TestSuspendedAuthorsAreHidden(t *testing.T) {
	t.Parallel()
	author := &parvis.Account{ID: 3, SuspendedAt: time.Unix(1, 0)}
	for name, v := range viewers {
		got := v.CanSee(&parvis.Post{AuthorID: 3, Author: author, Audience: parvis.Everyone}, parvis.Ties{})
		if want := name == "moderator"; got != want {
			t.Errorf("%s sees a suspended author's post: %v, want %v", name, got, want)
		}
	}
}

func TestCanEditDeleteShare(t *testing.T) {
	t.Parallel()
	author := parvis.Viewer{Account: local, Role: parvis.RoleResident}
	app := parvis.Viewer{Account: local} // a role is what makes a resident
	live := &parvis.Post{AuthorID: local.ID, Audience: parvis.Partners}
	gone := &parvis.Post{AuthorID: local.ID, Audience: parvis.Everyone, DeletedAt: time.Unix(1, 0)}
	open := &parvis.Post{AuthorID: neighbour.ID, Audience: parvis.Unlisted}
	for _, test := range []struct {
		what string
		got  bool
		want bool
	}{
		{"the author edits", author.CanEdit(live), true},
		{"the author without a role edits", app.CanEdit(live), false},
		{"a moderator edits", moderator.CanEdit(live), false},
		{"the author edits what is gone", author.CanEdit(gone), false},
		{"the author deletes", author.CanDelete(live), true},
		{"a moderator deletes", moderator.CanDelete(live), true},
		{"a moderator deletes what is gone", moderator.CanDelete(gone), false},
		{"a resident deletes", resident.CanDelete(live), false},
		{"a resident shares what is for partners", resident.CanShare(live), false},
		{"a resident shares what is public", resident.CanShare(open), true},
		{"a visitor shares", visitor.CanShare(open), false},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v, want %v", test.what, test.got, test.want)
		}
	}
}

func TestCanSuspend(t *testing.T) {
	t.Parallel()
	asleep := &parvis.Account{ID: 3, SuspendedAt: time.Unix(1, 0)}
	for _, test := range []struct {
		what string
		got  bool
		want bool
	}{
		{"a moderator, a resident", moderator.CanSuspend(local, parvis.RoleResident), true},
		{"a moderator, another moderator", moderator.CanSuspend(local, parvis.RoleModerator), true},
		{"a moderator, somebody elsewhere", moderator.CanSuspend(neighbour, parvis.RoleNone), true},
		{"a moderator, an admin", moderator.CanSuspend(local, parvis.RoleAdmin), false},
		{"a moderator, themself", moderator.CanSuspend(moderator.Account, parvis.RoleModerator), false},
		{"a moderator, a feed", moderator.CanSuspend(local, parvis.RoleNone), false},
		{"a moderator, again", moderator.CanSuspend(asleep, parvis.RoleResident), false},
		{"a resident", resident.CanSuspend(local, parvis.RoleResident), false},
		{"a partner", partner.CanSuspend(local, parvis.RoleResident), false},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v, want %v", test.what, test.got, test.want)
		}
	}
}

func TestPartnerState(t *testing.T) {
	t.Parallel()
	want := map[string]parvis.PartnerState{
		"ours=false theirs=false error=":     parvis.PartnerAsked,
		"ours=true theirs=false error=":      parvis.PartnerAsked,
		"ours=false theirs=true error=":      parvis.PartnerAsking,
		"ours=true theirs=true error=":       parvis.PartnerActive,
		"ours=false theirs=false error=down": parvis.PartnerFailed,
		"ours=true theirs=false error=down":  parvis.PartnerFailed,
		"ours=false theirs=true error=down":  parvis.PartnerAsking,
		"ours=true theirs=true error=down":   parvis.PartnerActive,
	}
	for _, ours := range []bool{false, true} {
		for _, theirs := range []bool{false, true} {
			for _, reason := range []string{"", "down"} {
				p := parvis.Partner{Ours: ours, Theirs: theirs, Error: reason}
				name := fmt.Sprintf("ours=%v theirs=%v error=%s", ours, theirs, reason)
				if got := p.State(); got != want[name] {
					t.Errorf("%s: %s, want %s", name, got, want[name])
				}
			}
		}
	}
}
