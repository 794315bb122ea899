package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/web"
)

type federationCmd struct {
	Block   blockCmd   `cmd:"" help:"Decide about the servers of a domain and of those below it."`
	Unblock unblockCmd `cmd:"" help:"Forget what was decided about a domain."`
	Blocks  blocksCmd  `cmd:"" help:"List what was decided about domains."`
	Import  importCmd  `cmd:"" help:"Take over the rules of a CSV file, in Mastodon's format or one domain a line."`
	List    listCmd    `cmd:"" help:"Manage the shared lists of domains that a node follows."`
	Peers   peersCmd   `cmd:"" help:"Show how deliveries to other servers fare."`
	Retry   retryCmd   `cmd:"" help:"Send what waits for a server now."`
	Relay   relayCmd   `cmd:"" help:"Manage relays."`
	Trace   traceCmd   `cmd:"" help:"Show what a fetch, WebFinger or delivery to an address would do, and why it fails. Stores nothing and delivers nothing."`
}

type blockCmd struct {
	nodeFlag
	Domain        string `arg:"" help:"The domain; those below it are meant too."`
	Severity      string `enum:"suspend,silence,noop,allow" default:"suspend" help:"suspend, silence, noop (only the other flags), or allow."`
	RejectMedia   bool   `help:"Do not copy pictures from there."`
	RejectReports bool   `help:"Ignore reports from there."`
	Obfuscate     bool   `help:"Kept for exports: do not spell the name out in public."`
	Comment       string `help:"Why; it is part of exports."`
}

// Run implements the command.
func (cmd *blockCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		r, err := a.RuleDomain(e.ctx, n, parvis.DomainRule{Domain: cmd.Domain, Severity: parvis.Severity(cmd.Severity), RejectMedia: cmd.RejectMedia,
			RejectReports: cmd.RejectReports, Obfuscate: cmd.Obfuscate, Comment: cmd.Comment})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.out, "%s: %s\n", r.Domain, r.Severity)
		return err
	})
}

type unblockCmd struct {
	nodeFlag
	Domain string `arg:"" help:"The domain."`
}

// Run implements the command.
func (cmd *unblockCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		err := a.UnruleDomain(e.ctx, n, cmd.Domain)
		if errors.Is(err, parvis.ErrNotFound) {
			return fmt.Errorf("nothing was decided about %s; a shared list may name it: `parvis federation block %s --severity allow` overrules that", cmd.Domain, cmd.Domain)
		}
		return err
	})
}

type blocksCmd struct {
	nodeFlag
	CSV     bool `name:"csv" help:"As Mastodon exports blocks."`
	Allowed bool `help:"As Mastodon exports allowed domains."`
}

// Run implements the command.
func (cmd *blocksCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		rules, err := a.AllDomainRules(e.ctx, n)
		switch {
		case err != nil:
			return err
		case cmd.Allowed:
			return app.WriteAllowed(e.out, rules)
		case cmd.CSV:
			return app.WriteDomains(e.out, rules)
		}
		w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
		for _, r := range rules {
			fmt.Fprintf(w, "%s\t%s\t%s\n", r.Domain, r.Severity, r.Comment)
		}
		return w.Flush()
	})
}

type importCmd struct {
	nodeFlag
	File     string `arg:"" help:"The file, or - for standard input."`
	Severity string `enum:"suspend,silence,noop,allow" default:"suspend" help:"What a file means that does not say."`
}

// Run implements the command.
func (cmd *importCmd) Run(e env, c *config.Config) error {
	in, err := e.open(cmd.File)
	if err != nil {
		return err
	}
	defer in.Close()
	raw, err := io.ReadAll(io.LimitReader(in, app.MaxListBytes+1))
	if err != nil {
		return err
	}
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		done, err := a.ImportDomains(e.ctx, n, raw, parvis.Severity(cmd.Severity))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.out, "%d rules imported, %d decided before, %d lines left out\n", done.Kept, done.Known, done.Skipped)
		return err
	})
}

type listCmd struct {
	Add    listAddCmd    `cmd:"" help:"Follow a shared list; it is read daily."`
	Show   listShowCmd   `cmd:"" help:"Show the lists, and how reading them went."`
	Read   listReadCmd   `cmd:"" help:"Read a list now."`
	Remove listRemoveCmd `cmd:"" help:"Unfollow a list: what it says holds no longer."`
}

type listAddCmd struct {
	nodeFlag
	URL string `arg:"" name:"url" help:"Address of the CSV file."`
}

// Run implements the command.
func (cmd *listAddCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		l, err := a.FollowList(e.ctx, n, cmd.URL)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(e.out, l.ID)
		return err
	})
}

type listShowCmd struct{ nodeFlag }

// Run implements the command.
func (cmd *listShowCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		lists, err := a.BlockLists(e.ctx, n)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
		for _, l := range lists {
			fmt.Fprintf(w, "%s\t%s\t%d domains\t%s\t%s\n", l.ID, l.URL, l.Entries, when(l.FetchedAt), l.Error)
		}
		return w.Flush()
	})
}

// A listArg names a list by the id that `list show` prints.
type listArg struct {
	nodeFlag
	ID string `arg:"" name:"id" help:"Id of the list, as list show tells."`
}

type (
	listReadCmd   struct{ listArg }
	listRemoveCmd struct{ listArg }
)

// Run implements the command.
func (cmd *listReadCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		id, err := parvis.ParseID(cmd.ID)
		if err == nil {
			err = a.ReadList(e.ctx, n, id)
		}
		return unknown(err, "list", cmd.ID)
	})
}

// Run implements the command.
func (cmd *listRemoveCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		id, err := parvis.ParseID(cmd.ID)
		if err == nil {
			err = a.LeaveList(e.ctx, n, id)
		}
		return unknown(err, "list", cmd.ID)
	})
}

// unknown says that there is no such thing.
func unknown(err error, what, name string) error {
	if errors.Is(err, parvis.ErrNotFound) {
		return fmt.Errorf("there is no %s %s", what, name)
	}
	return err
}

type peersCmd struct{ nodeFlag }

// Run implements the command.
func (cmd *peersCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		peers, err := a.Peers(e.ctx, n)
		if err != nil {
			return err
		}
		words, err := i18n.Load(web.Locales)
		if err != nil {
			return err
		}
		p := words.For("en")
		w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "host\tlast success\twaiting\tfailures\tnext try\ttrouble")
		for _, peer := range peers {
			trouble, next := "", ""
			if peer.Trouble != parvis.NoTrouble && (peer.Down() || peer.LastFailure.After(peer.LastSuccess)) {
				trouble = p.T("web.trouble." + string(peer.Trouble))
			}
			if peer.Down() {
				next = when(peer.RetryAt)
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\n", peer.Host, when(peer.LastSuccess), peer.Waiting, peer.Failures, next, trouble)
		}
		return w.Flush()
	})
}

// when writes a time, or that there is none.
func when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(time.RFC3339)
}

type retryCmd struct {
	nodeFlag
	PeerHost string `arg:"" name:"host" help:"The server, as peers lists it."`
}

// Run implements the command.
func (cmd *retryCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		return unknown(a.RetryPeer(e.ctx, n, cmd.PeerHost), "peer", cmd.PeerHost)
	})
}

type relayCmd struct {
	Add    relayAddCmd    `cmd:"" help:"Ask a relay to pass posts on."`
	List   relayListCmd   `cmd:"" help:"List relays and what they answered."`
	Remove relayRemoveCmd `cmd:"" help:"Leave a relay."`
}

type relayAddCmd struct {
	nodeFlag
	URL   string `arg:"" name:"url" help:"Address of its inbox (mastodon) or of its actor (litepub)."`
	Style string `enum:"mastodon,litepub" default:"mastodon" help:"mastodon or litepub."`
}

// Run implements the command.
func (cmd *relayAddCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		r, err := a.AddRelay(e.ctx, n, cmd.URL, parvis.RelayStyle(cmd.Style))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(e.out, r.ID)
		return err
	})
}

type relayListCmd struct{ nodeFlag }

// Run implements the command.
func (cmd *relayListCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		relays, err := a.Relays(e.ctx, n)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
		for _, r := range relays {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.ID, r.Address, r.Style, r.State, r.Error)
		}
		return w.Flush()
	})
}

type relayRemoveCmd struct {
	nodeFlag
	ID string `arg:"" name:"id" help:"Id of the relay, as relay list tells."`
}

// Run implements the command.
func (cmd *relayRemoveCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		id, err := parvis.ParseID(cmd.ID)
		if err == nil {
			err = a.LeaveRelay(e.ctx, n, id)
		}
		return unknown(err, "relay", cmd.ID)
	})
}

type traceCmd struct {
	nodeFlag
	Target string `arg:"" help:"A handle (@lea@autre.example), or the address of an actor, post or inbox."`
}

// Run implements the command.
func (cmd *traceCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		words, err := i18n.Load(federation.Locales, web.Locales)
		if err != nil {
			return err
		}
		client, err := guardedClient(a, c)
		if err != nil {
			return err
		}
		wire := federation.New(federation.Config{App: a, Client: client, Words: words, Version: version})
		verdict := wire.Trace(e.ctx, n, cmd.Target, func(s federation.Step) {
			mark := "ok  "
			switch {
			case s.Err != nil && s.Minor:
				mark = "--  " // the steps that follow say what came of it
			case s.Err != nil:
				mark = "FAIL"
			}
			fmt.Fprintf(e.out, "%s %-9s %s\n", mark, s.What, s.Detail)
			if s.Err != nil {
				fmt.Fprintf(e.out, "               %v\n", s.Err)
			}
		})
		if verdict.Err != nil {
			return fmt.Errorf("it fails. %s (%w)", words.For("en").T("web.trouble."+string(verdict.Trouble)), verdict.Err)
		}
		_, err = fmt.Fprintln(e.out, "It works.")
		return err
	})
}
