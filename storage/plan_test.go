package storage_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// The cost of what every page and every worker asks must not grow with a table:
// SQLite's plan of each statement names an index, and scans no table.
func TestHotQueriesUseIndexes(t *testing.T) {
	t.Parallel()
	w := newTown(t, parvistest.Engines(t)[0])
	p := fullPost(w)
	w.add(p)
	w.shelve(p, storage.Words{"perceux": 4, "percuss": 4})
	w.peopleList(parvis.RepliesList, w.karim, w.luis)
	// Odile reads Karim and Luis by merging.
	w.follow(w.odile, w.karim)
	w.follow(w.odile, w.luis)
	w.merge()
	var statements []string
	w.db.Watch(func(s string) { statements = append(statements, s) })
	for name, ask := range w.hotQueries(p) {
		w.checkPlan(t, name, &statements, ask)
	}
	// Claiming runs inside a transaction, which Watch does not see.
	w.explain(t, "TurnJobs", "SELECT id, turn, host FROM jobs WHERE kind = ? AND state = 0 AND "+storage.FirstOfLane+" AND host NOT IN (?, ?) ORDER BY turn, id LIMIT ?")
	w.explain(t, "TurnJobs, due", "SELECT id FROM jobs WHERE state IN (1, 2) AND run_at <= ? ORDER BY run_at LIMIT ?")
	w.explain(t, "TurnJobs, lanes", `UPDATE jobs SET state = 1 WHERE state = 3 AND id IN
		(SELECT MIN(id) FROM jobs WHERE lane IN (?, ?) AND lane <> '' GROUP BY node_id, lane)`)
	w.explain(t, "AddToHomes", storage.NextReaders)
}

// hotQueries are what every page and every worker asks, in a town where Odile
// reads by merging; p is a post that has everything.
func (w *town) hotQueries(p *parvis.Post) map[string]func() error {
	ctx, n := w.ctx, w.db.Node(w.node.ID)
	audiences := []parvis.Audience{parvis.Everyone, parvis.Partners, parvis.OnNode}
	many := []parvis.ID{p.ID, w.jeanne.ID, w.karim.ID, w.odile.ID, w.luis.ID}
	for i := range parvis.ID(30) {
		many = append(many, i+1)
	}
	listed := &parvis.List{ID: 1, AccountID: w.jeanne.ID, Replies: parvis.RepliesFollowed}
	if lists := must[[]*parvis.List](w)(n.PeopleLists(ctx, w.jeanne.ID)); len(lists) > 0 {
		listed = lists[0]
	}
	pages := []parvis.Page{{}, {Before: p.ID}, {After: p.ID}, {From: p.ID}}
	hot := map[string]func() error{
		"AccountByURI": func() error { _, err := n.AccountByURI(ctx, w.jeanne.URI); return err },
		"OffersOn":     func() error { _, err := n.OffersOn(ctx, parvistest.Noon, p.ID, 50); return err },
		"OffersEnding": func() error {
			_, err := n.OffersEnding(ctx, w.jeanne.ID, parvistest.Noon, parvistest.Noon, p.ID, 50)
			return err
		},
		"Told": func() error {
			_, err := n.Told(ctx, w.jeanne.ID, p.ID, parvis.NotifyEnding, parvistest.Noon)
			return err
		},
		"AccountByAcct": func() error { _, err := n.AccountByAcct(ctx, "jeanne"); return err },
		"SearchAccounts": func() error {
			_, err := n.SearchAccounts(ctx, "je", w.karim.ID, 10)
			return err
		},
		"Feed":             func() error { return found(n.Feed(ctx, parvis.KindOffer)) },
		"Ticket":           func() error { return found(n.Ticket(ctx, "hash", parvis.TicketLink, after(1))) },
		"Applicant":        func() error { return found(n.Applicant(ctx, 1)) },
		"ApplicantByEmail": func() error { return found(n.ApplicantByEmail(ctx, "rose@malakoff.example")) },
		"ApplicantByName":  func() error { return found(n.ApplicantByUsername(ctx, "rose")) },
		"CountApplicants":  func() error { return found(n.CountApplicants(ctx)) },
		"InvitationByCode": func() error { return found(n.InvitationByCode(ctx, "code")) },
		"Identity":         func() error { return found(n.Identity(ctx, "https://idp.example", "1")) },
		"Locked":           func() error { return found(n.Locked(ctx, w.jeanne.ID)) },
		"RecoveryCodes":    func() error { return found(n.CountRecoveryCodes(ctx, w.jeanne.ID)) },
		"Presentations":    func() error { return found(n.Presentations(ctx, many)) },
		"Matches": func() error {
			return found(n.Matches(ctx, storage.DirectoryFilter{Audiences: parvis.ProfileAudiences, Viewer: w.karim.ID}, []string{"s1", "s2"}, []string{"s3"}, 6))
		},
		"Session":          func() error { return found(n.Session(ctx, "hash", after(1))) },
		"Token":            func() error { return found(n.Token(ctx, "hash")) },
		"LoginByEmail":     func() error { return found(n.LoginByEmail(ctx, "jeanne@malakoff.example")) },
		"NodeByHost":       func() error { return found(w.db.NodeByHost(ctx, "malakoff.example")) },
		"Post":             func() error { return found(n.Post(ctx, p.ID)) },
		"FollowAcceptedBy": func() error { return found(n.FollowAcceptedBy(ctx, w.luis.ID, "https://masto.example/accepts/9")) },
		"PostsByURI":       func() error { _, err := n.PostsByURI(ctx, []string{p.URI, "https://masto.example/9"}); return err },
		"PostByURI":        func() error { return found(n.PostByURI(ctx, p.URI)) },
		"PostsByID":        func() error { return found(n.PostsByID(ctx, many)) },
		"Accounts":         func() error { return found(n.Accounts(ctx, many)) },
		"AuthorsOf":        func() error { return found(n.AuthorsOf(ctx, many)) },
		"Related":          func() error { return found(n.Relationships(ctx, w.karim.ID, many)) },
		"Mark":             func() error { return n.Mark(ctx, w.karim.ID, []*parvis.Post{p}) },
		"Mark, asked":      func() error { return n.Mark(ctx, w.karim.ID, []*parvis.Post{{ID: p.ID, Detail: &parvis.Question{}}}) },
		"LocalVoters":      func() error { return found(n.LocalVoters(ctx, p.ID, w.karim.ID, 100)) },
		"Thread":           func() error { return found(n.Thread(ctx, p.Thread, w.karim.ID)) },
		"Relationships":    func() error { return found(n.Relationships(ctx, w.karim.ID, []parvis.ID{w.jeanne.ID, w.odile.ID})) },
		"Unseen":           func() error { return found(n.Unseen(ctx, w.karim.ID)) },
		"Submission":       func() error { return found(n.Submission(ctx, p.ID)) },
		"Decisions":        func() error { return found(n.Decisions(ctx, 20)) },
		"CountDrafts":      func() error { return found(n.CountDrafts(ctx, w.jeanne.ID)) },
		"Drafts":           func() error { return found(n.Drafts(ctx, w.jeanne.ID, 20)) },
		"SoftwareOf":       func() error { return found(w.db.SoftwareOf(ctx, []string{"masto.example"})) },
		"FeedsSharing":     func() error { return found(n.LocalFeedsSharing(ctx, p.ID)) },
		"CountSubmissions": func() error {
			return errors.Join(found(n.CountSubmissions(ctx)), found(n.CountSubmissionsOf(ctx, "masto.example")))
		},
		"Search": func() error {
			return found(n.Search(ctx, storage.Search{Kinds: parvis.Kinds, Terms: []storage.Term{{Words: []string{"perceux", "perceus"}}, {Words: []string{"per"}, Prefix: "per"}},
				PostFilter: storage.PostFilter{Audiences: audiences, Viewer: w.karim.ID}}, parvis.Page{}))
		},
		"Search, narrowed": func() error {
			return found(n.Search(ctx, storage.Search{Kinds: []parvis.Kind{parvis.KindOffer}, Any: true, Terms: []storage.Term{{Words: []string{"perceux"}}},
				PostFilter: storage.PostFilter{Audiences: audiences, Tag: "ete", States: []parvis.State{parvis.Open}, Where: storage.Here, Offer: &storage.OfferFilter{Sorts: parvis.Sorts}}}, parvis.Page{}))
		},
		"SearchPeople": func() error {
			return found(n.SearchPeople(ctx, storage.PeopleSearch{Shelf: storage.ShelfPeople, Viewer: w.karim.ID, Following: true, Terms: []storage.Term{{Words: []string{"jeanne"}}}}))
		},
		"Hashtags":     func() error { return found(n.Hashtags(ctx, "br", 10)) },
		"Unindexed":    func() error { return found(w.db.Unindexed(ctx, storage.FindablePost, 50)) },
		"CountReports": func() error { return found(n.CountReports(ctx)) },
		"Roles":        func() error { return found(n.Roles(ctx, []parvis.ID{w.karim.ID, w.jeanne.ID})) },
		"HasDueJobs":   func() error { return found(w.db.HasDueJobs(ctx, deliveries, after(1))) },
		"Host":         func() error { return found(w.db.Host(ctx, "masto.example")) },
		"Attempts":     func() error { _, _, err := w.db.Attempts(ctx, "k", after(1)); return err },
		"Blocked":      func() error { return found(n.Blocked(ctx, w.karim.ID, w.jeanne.ID)) },
		"DomainRules":  func() error { return found(n.DomainRules(ctx, "a.masto.example")) },
		"WantsPartner": func() error { return found(n.WantsPartner(ctx, "vanves.example")) },
		"IsPartner":    func() error { return found(n.IsPartner(ctx, "vanves.example")) },
		"Buried":       func() error { return found(n.Buried(ctx, p.URI, w.luis.ID)) },
		"Repeated":     func() error { return found(n.Repeated(ctx, w.jeanne.ID, "k", after(1))) },
		"HasLocal":     func() error { return found(n.HasLocalFollower(ctx, w.luis.ID)) },
		"FollowerInboxes": func() error {
			return found(n.FollowerInboxes(ctx, w.jeanne.ID))
		},
		"WitnessInboxes": func() error { return found(n.WitnessInboxes(ctx, p.ID)) },
		"PartnerInboxes": func() error { return found(n.PartnerInboxes(ctx)) },
		"LocalSharers":   func() error { return found(n.LocalSharers(ctx, p.ID)) },
		"CountSharesBy":  func() error { return found(n.CountSharesBy(ctx, w.jeanne.ID)) },
		"ReactionByURI":  func() error { return found(n.ReactionByURI(ctx, storage.Likes, "x")) },
		"ReactionOf":     func() error { return found(n.ReactionOf(ctx, storage.Likes, w.luis.ID, "x")) },
		"FollowByURI":    func() error { return found(n.FollowByURI(ctx, "x", w.luis.ID)) },
		"PublicAnswers":  func() error { return found(n.PublicAnswers(ctx, p.ID, 0, 20)) },
		"PublicThread":   func() error { return found(n.PublicThread(ctx, p.Thread, 0, 20)) },
		"KnownURIs":      func() error { return found(n.KnownURIs(ctx, []string{p.URI, "x"})) },
		"Pinned":         func() error { return found(n.Pinned(ctx, w.jeanne.ID)) },
		"CountPins":      func() error { return found(n.CountPins(ctx, w.jeanne.ID)) },
		"ConversationAbout": func() error {
			return found(n.ConversationAbout(ctx, p.ID, []parvis.ID{w.jeanne.ID, w.karim.ID}))
		},
		"ConversationOf": func() error {
			_, _, err := n.ConversationOf(ctx, p.ID)
			return found(0, err)
		},
		"Conversation":       func() error { return found(n.Conversation(ctx, w.jeanne.ID, p.ID)) },
		"ConversationsAbout": func() error { return found(n.ConversationsAbout(ctx, w.jeanne.ID, p.ID, 20)) },
		"CountUnread":        func() error { return found(n.CountUnread(ctx, w.jeanne.ID)) },
		"Mutes":              func() error { return found(n.Mutes(ctx, w.jeanne.ID, p.ID)) },
		"Emoji":              func() error { return found(n.Emoji(ctx, "masto.example", "chat")) },
		"Stamp":              func() error { return found(n.Stamp(ctx, 1)) },
		"Stamps":             func() error { return found(n.Stamps(ctx, p.ID, parvis.Page{})) },
		"PeopleList":         func() error { return found(n.PeopleList(ctx, w.jeanne.ID, listed.ID)) },
		"PeopleLists":        func() error { return found(n.PeopleLists(ctx, w.jeanne.ID)) },
		"ListsWith":          func() error { return found(n.ListsWith(ctx, w.jeanne.ID, w.karim.ID)) },
		"CountMembers":       func() error { return found(n.CountMembers(ctx, listed)) },
	}
	for _, page := range pages {
		for name, list := range map[string]func() error{
			"Posts, all": func() error {
				return found(n.Posts(ctx, storage.PostFilter{Audiences: audiences, Viewer: w.karim.ID}, page))
			},
			"Posts, offers": func() error {
				return found(n.Posts(ctx, storage.PostFilter{Audiences: audiences, Kind: parvis.KindOffer, Offer: &storage.OfferFilter{Sorts: parvis.Sorts}}, page))
			},
			"Posts, questions": func() error {
				return found(n.Posts(ctx, storage.PostFilter{Audiences: audiences, Kind: parvis.KindQuestion, OpenAt: after(1)}, page))
			},
			"Posts, alike": func() error {
				return found(n.Posts(ctx, storage.PostFilter{Audiences: audiences, Kind: parvis.KindOffer,
					Offer: &storage.OfferFilter{Purpose: parvis.PurposeOffer, Alike: p.Detail.(*parvis.Offer)}}, page))
			},
			"Posts, here": func() error {
				return found(n.Posts(ctx, storage.PostFilter{Audiences: audiences, Where: storage.Here}, page))
			},
			"Posts, tag":   func() error { return found(n.Posts(ctx, storage.PostFilter{Audiences: audiences, Tag: "ete"}, page)) },
			"PostsBy":      func() error { return found(n.PostsBy(ctx, w.jeanne.ID, audiences, false, page)) },
			"SharesBy":     func() error { return found(n.SharesBy(ctx, w.jeanne.ID, page)) },
			"Home":         func() error { return found(n.Home(ctx, w.jeanne.ID, page)) },
			"Home, merged": func() error { return found(n.Home(ctx, w.odile.ID, page)) },
			"ListTimeline": func() error { return found(n.ListTimeline(ctx, listed, page)) },
			"Members":      func() error { return found(n.Members(ctx, listed, page)) },
			"MutedBy":      func() error { return found(n.MutedBy(ctx, w.jeanne.ID, page)) },
			"Bookmarks":    func() error { return found(n.Bookmarks(ctx, w.jeanne.ID, page)) },
			"LikedBy":      func() error { return found(n.LikedBy(ctx, w.jeanne.ID, page)) },
			"ReactedBy":    func() error { return found(n.ReactedBy(ctx, storage.Likes, p.ID, w.jeanne.ID, page)) },
			"Posts, notes here": func() error {
				return found(n.Posts(ctx, storage.PostFilter{Audiences: audiences, Kind: parvis.KindNote, Where: storage.Here, Viewer: w.karim.ID}, page))
			},
			"Posts, notes elsewhere": func() error {
				return found(n.Posts(ctx, storage.PostFilter{Audiences: audiences, Kind: parvis.KindNote, Where: storage.Elsewhere}, page))
			},
			"Posts, the network": func() error {
				return found(n.Posts(ctx, storage.PostFilter{Audiences: audiences, Viewer: w.karim.ID, Where: storage.Elsewhere}, page))
			},
			"Notification": func() error { return found(n.Notifications(ctx, w.jeanne.ID, nil, page)) },
			"Followers":    func() error { return found(n.Followers(ctx, w.jeanne.ID, true, page)) },
			"Following":    func() error { return found(n.Following(ctx, w.jeanne.ID, page)) },
			"AllFollowing": func() error { return found(n.AllFollowing(ctx, w.jeanne.ID, page)) },
			"Submissions":  func() error { return found(n.Submissions(ctx, page)) },
			"Applicants":   func() error { return found(n.Applicants(ctx, page)) },
			"Invitations":  func() error { return found(n.Invitations(ctx, page)) },
			"Directory": func() error {
				return found(n.Directory(ctx, storage.DirectoryFilter{Audiences: parvis.ProfileAudiences, Viewer: w.karim.ID}, page))
			},
			"Directory, somewhere": func() error {
				return found(n.Directory(ctx, storage.DirectoryFilter{Audiences: parvis.ProfileAudiences, Quarter: "Centre"}, page))
			},
			"Directory, skilled": func() error {
				return found(n.Directory(ctx, storage.DirectoryFilter{Audiences: parvis.ProfileAudiences, Viewer: w.karim.ID, Role: parvis.TagOffers, Tag: "s1", Language: "fr"}, page))
			},
			"Directory, speaking": func() error {
				return found(n.Directory(ctx, storage.DirectoryFilter{Audiences: parvis.ProfileAudiences, Language: "fr"}, page))
			},
			"Conversations": func() error { return found(n.Conversations(ctx, w.jeanne.ID, page)) },
			"Messages":      func() error { return found(n.Messages(ctx, p.ID, page)) },
			"OpenReports":   func() error { return found(n.OpenReports(ctx, page)) },
		} {
			hot[fmt.Sprintf("%s %+v", name, page)] = list
		}
	}
	return hot
}

// found drops the answer of a query that may find nothing.
func found[T any](_ T, err error) error {
	if err == parvis.ErrNotFound {
		return nil
	}
	return err
}

func (w *town) checkPlan(t *testing.T, name string, statements *[]string, ask func() error) {
	t.Helper()
	*statements = nil
	if err := ask(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	asked := *statements
	if len(asked) == 0 {
		t.Fatalf("%s asks nothing", name)
	}
	for _, s := range asked {
		w.explain(t, name, s)
	}
}

func (w *town) explain(t *testing.T, name, statement string) {
	t.Helper()
	plan := must[[]string](t)(w.db.Plan(t.Context(), statement))
	for _, step := range plan {
		// Sorting reads all that could be on the page; a union sorts to be one. The
		// scans that are allowed read no table but what a bounded query found.
		sorts := step == "USE TEMP B-TREE FOR ORDER BY" && !strings.Contains(statement, "UNION")
		scanned, scans := strings.CutPrefix(step, "SCAN ")
		scans = scans && !slices.Contains([]string{"CONSTANT ROW", "unseen", "waiting", "written", "published", "shared", "candidates", "e", "heads"}, scanned)
		// What belongs to a node is most of a table, but for open reports and partners;
		// a page of it is read in the order of the index.
		whole := strings.HasSuffix(step, "(node_id=?)") && !strings.Contains(statement, "LIMIT")
		scans = scans || whole && !strings.Contains(step, "reports_open") && !strings.Contains(step, "partners")
		scans = scans || strings.HasSuffix(step, "(rowid<?)") // all that is older
		if sorts || scans {
			t.Errorf("%s: %s\n%s\nplan: %s", name, step, statement, strings.Join(plan, "; "))
		}
	}
}
