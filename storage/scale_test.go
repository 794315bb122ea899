package storage_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

var (
	scale = flag.Int("scale", 0, "compare a database with one of `N` times its rows; 100 makes 1,000,000 posts")
	grown = flag.Bool("grown", false, "compare searches among 50,000 posts and among 500,000, and nothing else")
)

// rounds is how often each operation is measured in turn on both databases.
const (
	rounds = 180
	warmUp = 60
)

// What people and other servers ask reads the same rows whether a database is young
// or holds a million posts, if colder ones, from deeper trees: no step takes twice as
// long. The loads that are made of them are held to 1.3 by BenchmarkCrowd of
// internal/server. Times are for .ci/long.d/scale, which gives -scale 100; without it
// the test asks the same of a small database, where it must work.
func TestCostsDoNotGrowWithTheTables(t *testing.T) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			if *grown {
				searches(t, engine)
				return
			}
			if *scale == 0 {
				asked(t, newCrowd(t, engine, parvistest.WholeCrowd.Part(500)))
				return
			}
			began := time.Now()
			small, large := newCrowd(t, engine, parvistest.WholeCrowd.Part(100)), newCrowd(t, engine, parvistest.WholeCrowd.Part(100/(*scale)))
			t.Logf("filled with %+v and %+v in %.0f s", small.CrowdSize, large.CrowdSize, time.Since(began).Seconds())
			for _, name := range operationNames {
				few, many := compare(t, operations[name], small, large)
				t.Logf("%-34s %9.3f ms %9.3f ms  × %.2f", name, ms(few), ms(many), float64(many)/float64(few))
				// What is a tenth of a millisecond is as good as nothing.
				if many > 2*few && many-few > 100*time.Microsecond {
					t.Errorf("%s costs %.2f times as much with %d posts", name, float64(many)/float64(few), large.Posts)
				}
			}
		})
	}
}

// What is found costs the same however much there is besides, and the commonest word,
// which has ten times the matches, twice as much at most.
func searches(t *testing.T, engine parvistest.Engine) {
	size := parvistest.CrowdSize{Posts: 50_000, Actors: 20_000, Hosts: 1000, Residents: 20_000}
	large := size
	large.Posts *= 10
	small, grown := newCrowd(t, engine, size), newCrowd(t, engine, large)
	for _, name := range operationNames {
		if !strings.HasPrefix(name, "find ") && name != "offers of the town" {
			continue
		}
		bound := 1.3
		if strings.Contains(name, "commonest") {
			bound = 2
		}
		few, many := compare(t, operations[name], small, grown)
		t.Logf("%-34s %9.3f ms %9.3f ms  × %.2f", name, ms(few), ms(many), float64(many)/float64(few))
		if float64(many) > bound*float64(few) && many-few > 100*time.Microsecond {
			t.Errorf("%s costs more than %.1f times as much", name, bound)
		}
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// asked runs every operation a few times.
func asked(t *testing.T, c *crowd) {
	t.Helper()
	for round := range 3 {
		for name, operation := range operations {
			if err := operation(c, round); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// compare measures an operation on both by turns, so that whatever else the
// machine does meets both, and returns the medians.
func compare(t *testing.T, op func(*crowd, int) error, small, large *crowd) (few, many time.Duration) {
	t.Helper()
	times := map[*crowd][]time.Duration{}
	for round := range warmUp + rounds {
		for _, c := range []*crowd{small, large} {
			began := time.Now()
			if err := op(c, round); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); round >= warmUp {
				times[c] = append(times[c], took)
			}
		}
	}
	median := func(c *crowd) time.Duration {
		slices.Sort(times[c])
		return times[c][rounds/2]
	}
	return median(small), median(large)
}

// operations are what people, other servers and workers ask of a database, in the
// nth round.
var operations = map[string]func(*crowd, int) error{
	"come in by a link": func(c *crowd, round int) error {
		who, secret := c.resident(round), fmt.Sprintf("link %d", round)
		return c.try(func(ctx context.Context, t *storage.Tx) error {
			if err := t.DropTickets(ctx, who, parvis.TicketLink); err != nil {
				return err
			}
			if err := t.AddTicket(ctx, secret, parvis.Ticket{Purpose: parvis.TicketLink, Subject: who, ExpiresAt: after(900)}); err != nil {
				return err
			}
			if err := t.TakeTicket(ctx, secret); err != nil {
				return err
			}
			if err := t.EndSessions(ctx, who, ""); err != nil {
				return err
			}
			return t.AddSession(ctx, parvis.Session{Hash: secret, AccountID: who, Way: parvis.ByLink, CreatedAt: after(700), UsedAt: after(700), ExpiresAt: after(900)})
		})
	},
	"look at one's conversations": func(c *crowd, round int) error {
		who := c.resident(round)
		all, err := c.n.Conversations(c.ctx, who, parvis.Page{})
		if err != nil {
			return err
		}
		if _, err := c.n.CountUnread(c.ctx, who); err != nil {
			return err
		}
		if len(all) == 0 {
			return nil
		}
		talk := all[0]
		if _, err := c.n.Messages(c.ctx, talk.ID, parvis.Page{}); err != nil {
			return err
		}
		if _, err := c.n.ConversationsAbout(c.ctx, who, talk.SubjectID, 20); err != nil {
			return err
		}
		return c.try(func(ctx context.Context, t *storage.Tx) error {
			return t.ReadConversation(ctx, who, talk.ID, talk.Latest)
		})
	},
	"send a message": func(c *crowd, round int) error {
		people, err := c.n.Accounts(c.ctx, []parvis.ID{c.resident(round), c.resident(round + 1)})
		if err != nil {
			return err
		}
		p := c.letter(700+round, nil, people[c.resident(round)], people[c.resident(round+1)])
		return c.try(func(ctx context.Context, t *storage.Tx) error { return t.AddPost(ctx, p, nil) })
	},
	"look for who can help": func(c *crowd, round int) error {
		skill := fmt.Sprintf("s%d", round%50)
		_, err := c.n.Matches(c.ctx, storage.DirectoryFilter{Audiences: parvis.ProfileAudiences, Viewer: c.resident(round)}, []string{skill}, []string{skill}, 6)
		return err
	},
	"accept an activity": func(c *crowd, round int) error {
		_, err := c.arrive(fmt.Sprintf("https://h1.example/fresh/%d", round), "", after(700))
		return err
	},
	"store a note that arrives": func(c *crowd, round int) error {
		author, err := c.n.Account(c.ctx, c.actor(round))
		if err != nil {
			return err
		}
		p := c.note(author, 700+round)
		if _, err := c.n.PostByURI(c.ctx, p.URI); err != parvis.ErrNotFound {
			return fmt.Errorf("it is here: %v", err)
		}
		if _, err := c.n.HasLocalFollower(c.ctx, author.ID); err != nil {
			return err
		}
		return c.try(func(ctx context.Context, t *storage.Tx) error { return t.AddPost(ctx, p, []string{"t5"}) })
	},
	"write it to homes": func(c *crowd, round int) error {
		p := c.PostID(c.someNumber(round))
		return c.try(func(ctx context.Context, t *storage.Tx) error {
			_, err := t.AddToHomes(ctx, []storage.HomeWrite{{Post: p, Source: c.actor(round), Entry: p}})
			return err
		})
	},
	"share by a feed that all follow": func(c *crowd, round int) error {
		p := c.PostID(c.someNumber(round))
		return c.try(func(ctx context.Context, t *storage.Tx) error {
			_, err := t.AddToHomes(ctx, []storage.HomeWrite{{Post: p, Source: parvistest.CrowdFeed, Sharer: parvistest.CrowdFeed, Entry: p + 1}})
			return err
		})
	},
	"plan a fan-out to 100 hosts": func(c *crowd, _ int) error {
		inboxes, err := c.n.FollowerInboxes(c.ctx, parvistest.FirstResident+2)
		if err == nil && len(inboxes) != 100 {
			err = fmt.Errorf("%d inboxes", len(inboxes))
		}
		return err
	},
	"home, with the feed merged": func(c *crowd, round int) error {
		return full(c.n.Home(c.ctx, c.resident(round), parvis.Page{}))
	},
	"home, second page": func(c *crowd, round int) error {
		return full(c.n.Home(c.ctx, c.resident(round), parvis.Page{Before: c.PostID(c.Posts - 500)}))
	},
	"profile": func(c *crowd, round int) error {
		_, err := c.n.PostsBy(c.ctx, c.resident(round), []parvis.Audience{parvis.Everyone}, true, parvis.Page{})
		return err
	},
	"post by its address": func(c *crowd, round int) error {
		i := c.someNumber(round)
		_, err := c.n.PostByURI(c.ctx, fmt.Sprintf("https://h%d.example/posts/%d", i%c.Hosts, i))
		return err
	},
	"conversation": func(c *crowd, round int) error {
		i := c.someNumber(round)
		_, err := c.n.Thread(c.ctx, c.PostID(i-i%10), c.resident(round))
		return err
	},
	"actor by its address": func(c *crowd, round int) error {
		i := 1 + (round*7919+17)%c.Actors
		_, err := c.n.AccountByURI(c.ctx, fmt.Sprintf("https://h%d.example/users/a%d", i%c.Hosts, i))
		return err
	},
	// Transactions keep nothing in memory: in the small town the post was read before.
	"notifications": func(c *crowd, round int) error {
		return c.try(func(ctx context.Context, t *storage.Tx) error {
			list, err := t.Notifications(ctx, c.resident(round), nil, parvis.Page{Limit: 1})
			if err == nil && len(list) != 1 {
				err = fmt.Errorf("%d notifications", len(list))
			}
			return err
		})
	},
	"unseen": func(c *crowd, round int) error { _, err := c.n.Unseen(c.ctx, c.resident(round)); return err },
	"search an account": func(c *crowd, round int) error {
		list, err := c.n.SearchAccounts(c.ctx, fmt.Sprintf("hab%d", 1+round%2), 0, 10)
		if err == nil && len(list) != 10 {
			err = fmt.Errorf("%d accounts", len(list))
		}
		return err
	},
	"find offers by a word": func(c *crowd, round int) error {
		return c.finds(20, []parvis.Kind{parvis.KindOffer}, fmt.Sprint("rue", (c.someNumber(round)-1)/400))
	},
	"find offers by two words": func(c *crowd, round int) error {
		return c.finds(2, []parvis.Kind{parvis.KindOffer}, fmt.Sprint("rue", (c.someNumber(round)-1)/400), fmt.Sprint("dix", round%10))
	},
	"find posts by half a word": func(c *crowd, round int) error {
		return c.finds(400, parvis.Kinds, fmt.Sprint("rue", (c.someNumber(round)-1)/400), "perce*")
	},
	"find by the commonest word": func(c *crowd, _ int) error { return c.finds(1000, parvis.Kinds, "perceux") },
	"find people": func(c *crowd, round int) error {
		list, err := c.n.SearchPeople(c.ctx, storage.PeopleSearch{Shelf: storage.ShelfResidents, Viewer: c.resident(round),
			Terms: []storage.Term{{Words: []string{"voisine"}}, {Words: []string{fmt.Sprint("a", 1+round%50)}}}})
		if err == nil && len(list) != 1 {
			err = fmt.Errorf("%d people", len(list))
		}
		return err
	},
	"public timeline": func(c *crowd, round int) error {
		return full(c.n.Posts(c.ctx, storage.PostFilter{Audiences: []parvis.Audience{parvis.Everyone}, Viewer: c.resident(round)}, parvis.Page{}))
	},
	"offers of the town": func(c *crowd, round int) error {
		return full(c.n.Posts(c.ctx, storage.PostFilter{Audiences: []parvis.Audience{parvis.Everyone}, Kind: parvis.KindOffer, Where: storage.Here,
			Offer: &storage.OfferFilter{Sorts: []parvis.Sort{parvis.SortObject}}, Viewer: c.resident(round)}, parvis.Page{}))
	},
	"hashtag": func(c *crowd, round int) error {
		_, err := c.n.Posts(c.ctx, storage.PostFilter{Audiences: []parvis.Audience{parvis.Everyone}, Tag: "t5", Viewer: c.resident(round)}, parvis.Page{Limit: 2})
		return err
	},
	"followers of a popular account": func(c *crowd, _ int) error {
		return full(c.n.Followers(c.ctx, parvistest.FirstResident+3, true, parvis.Page{}))
	},
	"like": func(c *crowd, round int) error {
		return c.try(func(ctx context.Context, t *storage.Tx) error {
			return t.AddReaction(ctx, storage.Likes, &storage.Reaction{ID: parvis.NewID(after(round)), AccountID: c.actor(round), PostID: c.PostID(c.someNumber(round) - 1), URI: fmt.Sprint("x", round)})
		})
	},
	"unfollow and follow": func(c *crowd, round int) error {
		return c.try(func(ctx context.Context, t *storage.Tx) error {
			if _, err := t.RemoveFollow(ctx, parvistest.FirstResident+2+parvis.ID(round), parvistest.CrowdFeed); err != nil {
				return err
			}
			f := &parvis.Follow{FollowerID: parvistest.FirstResident + 2 + parvis.ID(round), FollowedID: parvistest.CrowdFeed, Accepted: true, CreatedAt: after(round)}
			if err := t.AddFollow(ctx, f); err != nil {
				return err
			}
			return t.FillHome(ctx, f.FollowerID, parvistest.CrowdFeed)
		})
	},
	"take jobs and settle them": func(c *crowd, round int) error {
		err := c.try(func(ctx context.Context, t *storage.Tx) error {
			return t.AddJob(ctx, &parvis.Job{Kind: parvis.JobHome, Lane: fmt.Sprint("h", round), Args: []byte("{}"), RunAt: after(500), CreatedAt: after(500)})
		})
		if err != nil {
			return err
		}
		taken, err := c.db.TurnJobs(c.ctx, nil, storage.Claim{Kinds: []parvis.JobKind{parvis.JobHome}, Now: after(500), Until: after(501), Limit: 20})
		if err != nil || len(taken) != 1 {
			return fmt.Errorf("%d jobs taken: %w", len(taken), err)
		}
		return c.db.SettleJobs(c.ctx, storage.Ended{Job: taken[0]})
	},
	"look for jobs": func(c *crowd, _ int) error {
		_, err := c.db.TurnJobs(c.ctx, nil, storage.Claim{Kinds: deliveries, Now: after(500), Until: after(501), Limit: 20})
		return err
	},
	"forget a batch of posts": func(c *crowd, _ int) error {
		return c.try(func(ctx context.Context, t *storage.Tx) error {
			_, err := t.ForgetPosts(ctx, after(0), parvistest.Noon, 20)
			return err
		})
	},
	"forget a batch of accounts": func(c *crowd, _ int) error {
		return c.try(func(ctx context.Context, t *storage.Tx) error {
			_, err := t.ForgetAccounts(ctx, after(0), parvistest.Noon, 1)
			return err
		})
	},
	"sweep, with nothing to do": func(c *crowd, _ int) error { return c.db.Sweep(c.ctx, after(0), 24*time.Hour) },
}

var operationNames = func() (names []string) {
	for name := range operations {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}()

// full reports a page that is not full: measuring nothing is easy.
func full[T any](list []T, err error) error {
	if err == nil && len(list) != parvis.PageSize {
		err = fmt.Errorf("%d on the page, want %d", len(list), parvis.PageSize)
	}
	return err
}

// The small size keeps the generator and the operations alive.
func TestOperationsOnACrowd(t *testing.T) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			c := newCrowd(t, engine, parvistest.WholeCrowd.Part(500))
			for _, name := range operationNames {
				if err := operations[name](c, 1); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}
