package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/parvis"
)

type nodeCmd struct {
	Add        nodeAddCmd        `cmd:"" help:"Make a node."`
	List       nodeListCmd       `cmd:"" help:"List the nodes of the database."`
	Show       nodeShowCmd       `cmd:"" help:"Show a node's settings."`
	Set        nodeSetCmd        `cmd:"" help:"Change a node's settings."`
	Identity   nodeIdentityCmd   `cmd:"" help:"Decide which other services may say who people are."`
	Charter    nodeCharterCmd    `cmd:"" help:"Publish a new version of the rules of the place, in Markdown."`
	RotateKeys nodeRotateKeysCmd `cmd:"" help:"Give the node itself and its feeds new signing keys, and tell other servers."`
}

// nodeSettings are what people may change of a node; what is empty stays.
type nodeSettings struct {
	Name            *string  `name:"name" help:"What people call the place: Malakoff."`
	Summary         *string  `name:"summary" help:"One sentence that says what this place is."`
	Language        *string  `name:"language" placeholder:"fr|en" help:"Language of the pages, for who asks for none."`
	Contact         *string  `name:"contact" help:"Mail or web address where people reach the team."`
	Signup          *string  `name:"signup" placeholder:"MODE" help:"Who may make an account: open, approval (the team decides), invitation or closed."`
	MinAge          *int     `name:"min-age" placeholder:"YEARS" help:"How old residents say to be: 15, if nothing is said; 0 asks nobody."`
	KeepPosts       *int     `name:"keep-posts" placeholder:"DAYS" help:"How long posts of other servers stay that nobody here needs: 90, if nothing is said; 0 for ever."`
	KeepPictures    *int     `name:"keep-pictures" placeholder:"DAYS" help:"How long copies of their pictures stay: 14, if nothing is said; 0 as long as the posts."`
	Federation      *string  `name:"federation" placeholder:"open|listed" help:"Exchange with everyone who is not blocked, or with partners and allowed domains only."`
	AuthorizedFetch *bool    `name:"authorized-fetch" negatable:"" help:"Answer only servers that sign what they ask for."`
	Neighbourhoods  []string `name:"neighbourhood" placeholder:"NAME@LAT,LON" sep:";" help:"A neighbourhood to choose from; repeat it. Replaces those there were."`
}

// maxKept is a hundred years: more days would not fit a duration.
const maxKept = 36500

// maxAge is beyond what any law asks for.
const maxAge = 21

func (s *nodeSettings) apply(n *parvis.Node) error {
	for _, f := range []struct{ from, to *string }{{s.Name, &n.Name}, {s.Summary, &n.Summary}, {s.Language, &n.Language}, {s.Contact, &n.Contact}} {
		if f.from != nil {
			*f.to = strings.TrimSpace(*f.from)
		}
	}
	if n.Language != "" && n.Language != "fr" && n.Language != "en" {
		return fmt.Errorf("--language is fr or en, not %q", n.Language)
	}
	if s.Signup != nil {
		mode, err := parvis.ParseSignup(*s.Signup)
		if err != nil {
			return fmt.Errorf("--signup is open, approval, invitation or closed, not %q", *s.Signup)
		}
		n.Signup = mode
	}
	for _, f := range []struct {
		flag string
		from *int
		to   *int
	}{{"--keep-posts", s.KeepPosts, &n.KeepPosts}, {"--keep-pictures", s.KeepPictures, &n.KeepPictures}} {
		if f.from == nil {
			continue
		}
		if *f.from < 0 || *f.from > maxKept {
			return fmt.Errorf("%s is a number of days up to %d, or 0 for ever, not %d", f.flag, maxKept, *f.from)
		}
		if *f.to = *f.from; *f.to == 0 {
			*f.to = parvis.ForEver
		}
	}
	if s.MinAge != nil {
		if *s.MinAge < 0 || *s.MinAge > maxAge {
			return fmt.Errorf("--min-age is a number of years up to %d, or 0 for any age, not %d", maxAge, *s.MinAge)
		}
		if n.MinAge = *s.MinAge; n.MinAge == 0 {
			n.MinAge = parvis.AnyAge
		}
	}
	if s.Federation != nil {
		if n.Federation = parvis.Federation(*s.Federation); n.Federation != parvis.FederationOpen && n.Federation != parvis.FederationListed {
			return fmt.Errorf("--federation is open or listed, not %q", *s.Federation)
		}
	}
	if s.AuthorizedFetch != nil {
		n.AuthorizedFetch = *s.AuthorizedFetch
	}
	if s.Neighbourhoods == nil {
		return nil
	}
	n.Neighbourhoods = nil
	for _, text := range s.Neighbourhoods {
		place, err := parsePlace(text)
		if err != nil {
			return err
		}
		n.Neighbourhoods = append(n.Neighbourhoods, place)
	}
	n.Center = middle(n.Neighbourhoods)
	return nil
}

// parsePlace reads "Centre" or "Centre@48.8205,2.3010".
func parsePlace(text string) (parvis.Place, error) {
	name, point, hasPoint := strings.Cut(text, "@")
	p := parvis.Place{Name: strings.TrimSpace(name), HasPoint: hasPoint}
	bad := fmt.Errorf("write a neighbourhood as Centre or Centre@48.8205,2.3010, not %q", text)
	if hasPoint {
		lat, lon, _ := strings.Cut(point, ",")
		var errLat, errLon error
		p.Lat, errLat = strconv.ParseFloat(strings.TrimSpace(lat), 64)
		p.Lon, errLon = strconv.ParseFloat(strings.TrimSpace(lon), 64)
		if errLat != nil || errLon != nil {
			return p, bad
		}
	}
	if p.Name == "" || p.Validate() != nil {
		return p, bad
	}
	return p, nil
}

// middle returns the middle of the places that have a point.
func middle(places []parvis.Place) parvis.Place {
	var m parvis.Place
	count := 0.0
	for _, p := range places {
		if p.HasPoint {
			m.Lat, m.Lon, m.HasPoint = m.Lat+p.Lat, m.Lon+p.Lon, true
			count++
		}
	}
	if m.HasPoint {
		m.Lat, m.Lon = m.Lat/count, m.Lon/count
	}
	return m
}

type nodeAddCmd struct {
	NewHost string `arg:"" name:"host" help:"Public name of the node, with a port if it is unusual. It is permanent."`
	nodeSettings
}

// Run implements the command.
func (cmd *nodeAddCmd) Run(e env, c *config.Config) error {
	return withApp(e, c, func(a *app.App) error {
		n := &parvis.Node{Host: cmd.NewHost, Scheme: c.Scheme}
		if err := cmd.apply(n); err != nil {
			return err
		}
		if err := a.AddNode(e.ctx, n); errors.Is(err, parvis.ErrConflict) {
			return fmt.Errorf("there is a node %s already", n.Host)
		} else if err != nil {
			return err
		}
		_, err := fmt.Fprintf(e.out, "%s is made. Give it an admin, so that people can sign up:\n"+
			"  parvis account create --node %s --role admin --username … --email … --password-stdin\n", n.Base(), n.Host)
		return err
	})
}

type nodeListCmd struct{}

// Run implements the command.
func (nodeListCmd) Run(e env, c *config.Config) error {
	return withApp(e, c, func(a *app.App) error {
		nodes, err := a.DB.Nodes(e.ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
		for _, n := range nodes {
			fmt.Fprintf(w, "%s\t%s\t%s\n", n.Host, n.Name, readiness(n))
		}
		return w.Flush()
	})
}

func readiness(n *parvis.Node) string {
	if n.HasAdmin {
		return "ready"
	}
	return "needs an admin"
}

type nodeShowCmd struct {
	ShowHost string `arg:"" optional:"" name:"host" help:"The node; needed when there are several."`
}

// Run implements the command.
func (cmd *nodeShowCmd) Run(e env, c *config.Config) error {
	return nodeFlag{cmd.ShowHost}.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		stats, err := a.DB.Node(n.ID).Stats(e.ctx, a.Now())
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "address\t%s\nname\t%s\nsummary\t%s\nlanguage\t%s\ncontact\t%s\nsign-up\t%s\nfederation\t%s\nauthorized fetch\t%t\nstate\t%s\nsince\t%s\naccounts\t%d\nposts\t%d\nkeeps others' posts\t%s\nkeeps their pictures\t%s\n",
			n.Base(), n.Name, n.Summary, n.Language, n.Contact, n.Signup, n.Federation, n.AuthorizedFetch, readiness(n), n.CreatedAt.Format(time.DateOnly), stats.Accounts, stats.Posts,
			span(n.KeepPosts), span(n.KeepPictures))
		for _, p := range n.Neighbourhoods {
			fmt.Fprintf(w, "neighbourhood\t%s\n", p.Name)
		}
		return w.Flush()
	})
}

// span says for how many days something is kept.
func span(days int) string {
	if days == parvis.ForEver {
		return "for ever"
	}
	return fmt.Sprintf("%d days", days)
}

type nodeSetCmd struct {
	nodeFlag
	nodeSettings
}

// Run implements the command.
func (cmd *nodeSetCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		if err := cmd.apply(n); err != nil {
			return err
		}
		return a.UpdateNode(e.ctx, n)
	})
}

type nodeRotateKeysCmd struct {
	nodeFlag
}

// Run implements the command.
func (cmd *nodeRotateKeysCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		return a.RotateNodeKeys(e.ctx, n)
	})
}
