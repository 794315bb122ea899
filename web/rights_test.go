package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web/templates"
)

// What leads into an account, and who decides about it: every page and form with every
// role. Ids are those of another node, or of nobody: they do nothing.
func TestRightsOfJoiningAndAccess(t *testing.T) {
	t.Parallel()
	m := malakoff(t)
	ctx := context.Background()
	vanves := &parvis.Node{Host: "vanves.example", Name: "Vanves"}
	if err := m.app.AddNode(ctx, vanves); err != nil {
		t.Fatal(err)
	}
	there, err := m.app.CreateAccount(ctx, vanves, app.NewAccount{Username: "paul", Email: "paul@vanves.example", Password: password, Role: parvis.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	invitation, err := m.app.Invite(ctx, vanves, parvis.Viewer{Account: there, Role: parvis.RoleAdmin}, "", 5, 5)
	if err != nil {
		t.Fatal(err)
	}
	m.resident(t, "jeanne", parvis.RoleResident)
	m.resident(t, "claire", parvis.RoleModerator)
	people := []*browser{m.visitor(t), m.signedIn(t, "jeanne"), m.signedIn(t, "claire"), m.signedIn(t, "mairie_annexe")}
	for _, b := range people {
		b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	const signIn, ok, done, wrong, no, none, taken = -1, http.StatusOK, http.StatusSeeOther, http.StatusUnprocessableEntity, http.StatusForbidden, http.StatusNotFound, http.StatusConflict
	applicant, theirs := templates.ApplicantsPath+"/"+invitation.ID.String(), templates.InvitationsPath+"/"+invitation.ID.String()
	for _, r := range []struct {
		method, path string
		form         url.Values
		want         [4]int // for a visitor, a resident, a moderator, an admin
	}{
		{"GET", templates.ApplicantsPath, nil, [4]int{signIn, no, ok, ok}},
		{"POST", templates.ApplicantsPath, url.Values{"signup": {"open"}}, [4]int{signIn, no, no, done}},
		{"POST", applicant + "/accueillir", nil, [4]int{signIn, no, done, done}}, // decided already
		{"POST", applicant + "/refuser", nil, [4]int{signIn, no, done, done}},
		{"GET", templates.InvitationsPath, nil, [4]int{signIn, no, ok, ok}},
		{"POST", templates.InvitationsPath, nil, [4]int{signIn, no, wrong, wrong}},
		{"POST", theirs + "/terminer", nil, [4]int{signIn, no, done, done}},
		{"GET", templates.AccessPath, nil, [4]int{signIn, ok, ok, ok}},
		{"POST", "/moi/mot-de-passe", nil, [4]int{signIn, wrong, wrong, wrong}},
		{"POST", "/moi/compte/courriel", nil, [4]int{signIn, wrong, wrong, wrong}},
		{"POST", "/moi/compte/navigateurs", url.Values{"navigateur": {"x"}}, [4]int{signIn, none, none, none}},
		{"POST", "/moi/compte/services/delier", url.Values{"service": {"x"}}, [4]int{signIn, none, none, none}},
		{"GET", templates.FactorPath, nil, [4]int{signIn, ok, ok, ok}},
		{"POST", templates.FactorPath, nil, [4]int{signIn, wrong, wrong, wrong}},
		{"POST", templates.FactorPath + "/secours", nil, [4]int{signIn, taken, taken, taken}},
		{"POST", templates.FactorPath + "/retirer", nil, [4]int{signIn, taken, taken, taken}},
		{"GET", templates.DataPath, nil, [4]int{signIn, ok, ok, ok}},
		{"GET", templates.ArchivePath + ".zip", nil, [4]int{signIn, none, none, none}},
		{"POST", templates.ArchivePath, nil, [4]int{signIn, done, done, done}},
		{"POST", templates.ArchivePath, nil, [4]int{signIn, wrong, wrong, wrong}},      // one a day
		{"GET", templates.ArchivePath + ".zip", nil, [4]int{signIn, none, none, none}}, // not yet
		{"GET", templates.ClosePath, nil, [4]int{signIn, ok, ok, ok}},
		{"POST", templates.ClosePath, nil, [4]int{signIn, wrong, wrong, wrong}}, // not sure
		{"GET", templates.ReturnPath, nil, [4]int{done, done, done, done}},
		{"POST", templates.ReturnPath, nil, [4]int{signIn, signIn, signIn, signIn}}, // nobody left
		{"GET", templates.SettingsPath, nil, [4]int{signIn, ok, ok, ok}},
		{"GET", "/moi/profil", nil, [4]int{signIn, ok, ok, ok}},
		{"GET", templates.NewsPath, nil, [4]int{signIn, ok, ok, ok}},
		{"GET", app.LeavePath, nil, [4]int{http.StatusGone, http.StatusGone, http.StatusGone, http.StatusGone}},
		{"POST", app.LeavePath, nil, [4]int{http.StatusGone, http.StatusGone, http.StatusGone, http.StatusGone}},
		{"GET", app.AskedPath, nil, [4]int{http.StatusGone, http.StatusGone, http.StatusGone, http.StatusGone}},
		{"POST", app.AskedPath, nil, [4]int{http.StatusGone, http.StatusGone, http.StatusGone, http.StatusGone}},
		{"GET", templates.OwnOffersPath, nil, [4]int{signIn, ok, ok, ok}},
		{"POST", templates.OwnOffersPath + "/pause", nil, [4]int{signIn, wrong, wrong, wrong}},
		{"POST", templates.OwnOffersPath + "/pause", url.Values{"verb": {"resume"}}, [4]int{signIn, done, done, done}},
		{"POST", "/p/" + invitation.ID.String() + "/prolonger", nil, [4]int{signIn, none, none, none}},
		{"POST", templates.NewsPath + "/appareils", nil, [4]int{signIn, wrong, wrong, wrong}},
		{"POST", templates.NewsPath + "/appareils/retirer", url.Values{"appareil": {invitation.ID.String()}}, [4]int{signIn, done, done, done}},
		{"POST", templates.NewsPath + "/reprendre", nil, [4]int{signIn, done, done, done}},
		{"POST", templates.NewsPath, nil, [4]int{signIn, done, done, done}},
		{"GET", templates.TeamPath, nil, [4]int{signIn, no, ok, ok}},
		{"GET", templates.AwayPath, nil, [4]int{ok, ok, ok, ok}},
		{"GET", templates.ManifestPath, nil, [4]int{ok, ok, ok, ok}},
		{"GET", templates.DirectoryPath, nil, [4]int{ok, ok, ok, ok}},
		{"GET", templates.SearchPath + "?q=perceuse", nil, [4]int{ok, ok, ok, ok}},
		{"GET", templates.TalksPath, nil, [4]int{signIn, ok, ok, ok}},
		{"GET", templates.NewTalkPath, nil, [4]int{signIn, ok, ok, ok}},
		{"POST", templates.NewTalkPath, nil, [4]int{signIn, wrong, wrong, wrong}},
		{"GET", templates.TalkPath(invitation.ID), nil, [4]int{signIn, none, none, none}},
		{"POST", templates.TalkPath(invitation.ID), nil, [4]int{signIn, none, none, none}},
		{"POST", templates.TalkPath(invitation.ID) + "/sourdine", nil, [4]int{signIn, none, none, none}},
		{"POST", templates.TalkPath(invitation.ID) + "/ranger", nil, [4]int{signIn, none, none, none}},
		{"GET", templates.SavedPath, nil, [4]int{signIn, ok, ok, ok}},
		{"GET", templates.LikedPath, nil, [4]int{signIn, ok, ok, ok}},
		{"GET", templates.HomeLine.Path, nil, [4]int{signIn, ok, ok, ok}},
		{"GET", templates.HereLine.Path, nil, [4]int{ok, ok, ok, ok}},
		{"GET", templates.HereFeedPath, nil, [4]int{ok, ok, ok, ok}},
		{"GET", templates.ElsewhereLine.Path, nil, [4]int{ok, ok, ok, ok}},
		{"GET", templates.FollowingPath, nil, [4]int{signIn, ok, ok, ok}},
		{"GET", templates.FollowersPath, nil, [4]int{signIn, ok, ok, ok}},
		{"GET", templates.RequestsPath, nil, [4]int{signIn, ok, ok, ok}},
		{"GET", templates.ListsPath, nil, [4]int{signIn, ok, ok, ok}},
		{"POST", templates.ListsPath, nil, [4]int{signIn, wrong, wrong, wrong}},
		{"GET", templates.ListsPath + "/" + invitation.ID.String(), nil, [4]int{signIn, none, none, none}},
		{"GET", templates.ListsPath + "/" + invitation.ID.String() + "/personnes", nil, [4]int{signIn, none, none, none}},
		{"POST", templates.ListsPath + "/" + invitation.ID.String() + "/personnes", nil, [4]int{signIn, none, none, none}},
		{"POST", templates.ListsPath + "/" + invitation.ID.String() + "/modifier", nil, [4]int{signIn, none, none, none}},
		{"GET", templates.ListsPath + "/" + invitation.ID.String() + "/supprimer", nil, [4]int{signIn, none, none, none}},
		{"POST", templates.ListsPath + "/" + invitation.ID.String() + "/supprimer", nil, [4]int{signIn, none, none, none}},
		{"GET", templates.MutesPath, nil, [4]int{signIn, ok, ok, ok}},
		{"GET", "/@mairie_annexe/masque", nil, [4]int{signIn, ok, ok, no}}, // nobody hides themself
		{"POST", "/@mairie_annexe/masque", url.Values{"verb": {"unmute"}}, [4]int{signIn, done, done, done}},
		{"POST", "/@mairie_annexe/demande", url.Values{"verb": {"accept"}}, [4]int{signIn, none, none, no}}, // nobody asked
		{"POST", "/p/" + invitation.ID.String() + "/reaction", url.Values{"verb": {"save"}}, [4]int{none, none, none, none}},
		{"POST", "/connexion/identite/" + invitation.ID.String(), nil, [4]int{none, none, none, none}},
		{"POST", "/connexion/lien", nil, [4]int{http.StatusGone, http.StatusGone, http.StatusGone, http.StatusGone}},
		{"POST", "/inscription/confirmer", nil, [4]int{http.StatusGone, http.StatusGone, http.StatusGone, http.StatusGone}},
		{"POST", "/moi/compte/adresse", nil, [4]int{http.StatusGone, http.StatusGone, http.StatusGone, http.StatusGone}},
	} {
		for i, b := range people {
			got := b.do(t, r.method, r.path, "application/x-www-form-urlencoded", strings.NewReader(r.form.Encode()))
			want := r.want[i]
			led := strings.HasPrefix(got.header.Get("Location"), "/connexion")
			if want == signIn {
				want = http.StatusSeeOther
			} else if led {
				t.Errorf("%s %s leads person %d to sign in", r.method, r.path, i)
			}
			if got.status != want || r.want[i] == signIn && !led {
				t.Errorf("%s %s answers person %d with %d to %q, want %d", r.method, r.path, i, got.status, got.header.Get("Location"), want)
			}
		}
	}
	if _, err := m.app.Invitation(ctx, vanves, invitation.Code); err != nil {
		t.Errorf("an invitation of another node was ended: %v", err)
	}
}
