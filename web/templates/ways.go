package templates

import (
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// The pages that gather what lies under them.
const (
	MePath       = "/moi"
	SettingsPath = "/moi/reglages"
	TeamPath     = "/equipe"
)

// A way leads to a page.
type way struct {
	path, icon string
	key        string                   // of the page's name; with ".way", of what one finds there
	may        func(parvis.Viewer) bool // nil if every resident may go there
	waits      func(*Page) int          // counts what waits there; nil if nothing can
	under      []string                 // other pages that belong to it, and those below them
}

// tabs stand on every page of a resident. A name is enough here.
var tabs = []way{
	{path: MePath, icon: "bell", key: "web.me.news", under: []string{OwnOffersPath}},
	{path: TalksPath, icon: "message", key: "web.talks", waits: func(pg *Page) int { return pg.Talks }},
	{path: HomeLine.Path, icon: "network", key: "web.me.home", under: []string{HereLine.Path, ElsewhereLine.Path, SavedPath}},
	{path: FollowingPath, icon: "follow", key: "web.me.people", under: []string{FollowersPath, RequestsPath, ListsPath}},
	{path: SettingsPath, icon: "sliders", key: "web.settings"},
	{path: TeamPath, icon: "shield", key: "web.team", may: parvis.Viewer.Team, waits: waitsForTeam},
}

// settings are what a resident can set, and take along.
var settings = []way{
	{path: "/moi/profil", icon: "pencil", key: "web.me.profile"},
	{path: AccessPath, icon: "lock", key: "web.security"},
	{path: NewsPath, icon: "bell", key: "web.news"},
	{path: "/moi/blocages", icon: "ban", key: "web.me.blocks"},
	{path: MutesPath, icon: "hide", key: "web.me.mutes"},
	{path: MovingPath, icon: "arrow", key: "web.moving"},
	{path: DataPath, icon: "download", key: "web.data"},
	{path: "/moi/abonnements.csv", icon: "download", key: "web.import.follows"},
	{path: "/moi/blocages.csv", icon: "download", key: "web.import.blocks"},
}

// teamwork is what the team does, each for those who may: first what can wait
// for somebody.
var teamwork = []way{
	{path: ReportsPath, icon: "flag", key: "web.team.reports", may: parvis.Viewer.Team, waits: func(pg *Page) int { return pg.Reports }},
	{path: SubmissionsPath, icon: "note", key: "web.submissions", may: parvis.Viewer.Team, waits: func(pg *Page) int { return pg.Submissions }},
	{path: ApplicantsPath, icon: "person", key: "web.applicants", may: parvis.Viewer.CanInvite, waits: func(pg *Page) int { return pg.Applicants }},
	{path: InvitationsPath, icon: "plus", key: "web.invitations", may: parvis.Viewer.CanInvite},
	{path: DomainsPath, icon: "ban", key: "web.domains", may: parvis.Viewer.Team},
	{path: NetworkPath, icon: "world", key: "web.network", may: parvis.Viewer.Admin},
	{path: TeamCharterPath, icon: "note", key: "web.charters", may: parvis.Viewer.Admin},
	{path: PeersPath, icon: "feed", key: "web.peers", may: parvis.Viewer.Admin},
}

// open returns the ways that the viewer may go.
func (pg *Page) open(ways []way) []way {
	var open []way
	for _, w := range ways {
		if w.may == nil || w.may(pg.Viewer) {
			open = append(open, w)
		}
	}
	return open
}

// queues returns the ways to what can wait for the team; the others lead to what
// the team set up.
func (pg *Page) queues() (queues, others []way) {
	for _, w := range pg.open(teamwork) {
		if w.waits != nil {
			queues = append(queues, w)
		} else {
			others = append(others, w)
		}
	}
	return queues, others
}

// waiting counts what waits at the end of a way.
func (pg *Page) waiting(w way) int {
	if w.waits == nil {
		return 0
	}
	return w.waits(pg)
}

func waitsForTeam(pg *Page) int {
	sum := 0
	for _, w := range pg.open(teamwork) {
		sum += pg.waiting(w)
	}
	return sum
}

// tab is the path of the tab under which the page lies. Whatever of a resident
// has no tab of its own is a setting.
func (pg *Page) tab() string {
	for _, w := range tabs {
		if w.path != MePath && within(pg.Asked, w.path) || slices.ContainsFunc(w.under, func(path string) bool { return within(pg.Asked, path) }) {
			return w.path
		}
	}
	if pg.Asked == MePath {
		return MePath
	}
	return SettingsPath
}

func within(path, parent string) bool { return path == parent || strings.HasPrefix(path, parent+"/") }

// marked is the value of aria-current for a tab: the page itself, or what it lies under.
func (pg *Page) marked(w way) templ.Attributes {
	switch {
	case pg.Asked == w.path:
		return current(true)
	case pg.tab() == w.path:
		return templ.Attributes{"aria-current": "true"}
	}
	return nil
}
