package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// maxLists is how many shared lists a node follows at most.
const maxLists = 20

// listEvery is how often shared lists are read again.
const listEvery = 24 * time.Hour

// An Import says what reading a file of domains did.
type Import struct {
	Kept    int
	Skipped int // lines that could not be used
	Known   int // domains about which the team had decided already
}

// ImportDomains takes the rules of a file over as the team's own. What the team
// decided before stays. A file without severities means otherwise.
func (a *App) ImportDomains(ctx context.Context, n *parvis.Node, raw []byte, otherwise parvis.Severity) (Import, error) {
	list, err := ParseDomains(raw, otherwise)
	if err != nil {
		return Import{}, listProblem(err)
	}
	done := Import{Skipped: list.Skipped}
	for batch := range slices.Chunk(list.Rules, domainBatch) {
		err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
			for _, r := range batch {
				clean, bad := a.cleanRule(n, r)
				if bad != nil {
					done.Skipped++
					continue
				}
				_, err := t.TeamRule(ctx, clean.Domain)
				if err == nil {
					done.Known++
					continue
				}
				if !errors.Is(err, parvis.ErrNotFound) {
					return err
				}
				if err := a.saveRule(ctx, t, clean); err != nil {
					return err
				}
				done.Kept++
			}
			return nil
		})
		if err != nil {
			return done, err
		}
	}
	return done, a.inTx(ctx, n, a.applyDomains)
}

// listProblem says why a list cannot be used.
func listProblem(err error) error {
	if errors.Is(err, ErrListTooLong) {
		return parvis.Invalid("file", "list.long")
	}
	return parvis.Invalid("file", "list.empty")
}

// AllDomainRules returns all that the team decided.
func (a *App) AllDomainRules(ctx context.Context, n *parvis.Node) ([]parvis.DomainRule, error) {
	var all []parvis.DomainRule
	for after := ""; ; after = all[len(all)-1].Domain {
		rules, err := a.node(n).TeamRules(ctx, after, domainBatch)
		all = append(all, rules...)
		if err != nil || len(rules) < domainBatch {
			return all, err
		}
	}
}

// BlockLists lists the shared lists that the node follows.
func (a *App) BlockLists(ctx context.Context, n *parvis.Node) ([]*parvis.BlockList, error) {
	return a.node(n).BlockLists(ctx)
}

// FollowList makes the node follow a shared list of domains, which it then reads
// daily. Partners and what the team decided are out of its reach.
func (a *App) FollowList(ctx context.Context, n *parvis.Node, address string) (*parvis.BlockList, error) {
	address = strings.TrimSpace(address)
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != n.Scheme || len(address) > 1000 {
		return nil, parvis.Invalid("url", "list.url", "URL", address)
	}
	lists, err := a.node(n).BlockLists(ctx)
	if err != nil {
		return nil, err
	}
	if len(lists) >= maxLists {
		return nil, parvis.Invalid("url", "list.many", "Max", maxLists)
	}
	l := &parvis.BlockList{URL: address, CreatedAt: a.Now()}
	err = a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.AddBlockList(ctx, l); err != nil {
			return err
		}
		return a.readList(ctx, t, l.ID)
	})
	if errors.Is(err, parvis.ErrConflict) {
		return nil, parvis.Invalid("url", "list.known")
	}
	return l, err
}

// ReadList has a shared list read now.
func (a *App) ReadList(ctx context.Context, n *parvis.Node, id parvis.ID) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if _, err := t.BlockList(ctx, id); err != nil {
			return err
		}
		return a.readList(ctx, t, id)
	})
}

func (a *App) readList(ctx context.Context, t *storage.Tx, id parvis.ID) error {
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobList, Key: id.String()}, parvis.ListArgs{List: id})
}

// readLists has the lists read that nobody read for a day.
func (a *App) readLists(ctx context.Context, n *parvis.Node) error {
	due, err := a.node(n).DueBlockLists(ctx, a.Now().Add(-listEvery))
	if err != nil || len(due) == 0 {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		for _, id := range due {
			if err := a.readList(ctx, t, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// LeaveList ends that the node follows a shared list: what it says holds no longer.
func (a *App) LeaveList(ctx context.Context, n *parvis.Node, id parvis.ID) error {
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.RemoveBlockList(ctx, id); err != nil {
			return err
		}
		return a.applyDomains(ctx, t)
	})
}

// ReceiveList takes over what a shared list says now; cause says why it could not
// be read. Then what it said before goes on to hold.
func (a *App) ReceiveList(ctx context.Context, n *parvis.Node, id parvis.ID, raw []byte, cause error) error {
	l, err := a.node(n).BlockList(ctx, id)
	if err != nil {
		return ignore(err, parvis.ErrNotFound)
	}
	var said DomainList
	if cause == nil {
		said, cause = ParseDomains(raw, parvis.Suspend)
	}
	l.TriedAt = a.Now()
	if cause != nil {
		l.Error = cause.Error()
		return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.SaveBlockList(ctx, l) })
	}
	rules := make([]parvis.DomainRule, 0, len(said.Rules))
	for _, r := range said.Rules {
		// Others do not decide whom we want, nor that we refuse ourselves.
		clean, bad := a.cleanRule(n, r)
		if bad != nil || clean.Severity == parvis.Allow {
			said.Skipped++
			continue
		}
		clean.List = id
		rules = append(rules, clean)
	}
	if err := a.replaceListed(ctx, n, id, rules); err != nil {
		return fmt.Errorf("list %s: %w", l.URL, err)
	}
	l.Entries, l.Skipped, l.FetchedAt, l.Error = len(rules), said.Skipped, l.TriedAt, ""
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.SaveBlockList(ctx, l); err != nil {
			return err
		}
		return a.applyDomains(ctx, t)
	})
}

// replaceListed stores what changed in a list, a batch at a time.
func (a *App) replaceListed(ctx context.Context, n *parvis.Node, list parvis.ID, rules []parvis.DomainRule) error {
	old, err := a.node(n).ListedRules(ctx, list)
	if err != nil {
		return err
	}
	gone := make(map[string]parvis.DomainRule, len(old))
	for _, r := range old {
		gone[r.Domain] = r
	}
	var changed []parvis.DomainRule
	for _, r := range rules {
		if gone[r.Domain] != r {
			changed = append(changed, r)
		}
		delete(gone, r.Domain)
	}
	for batch := range slices.Chunk(changed, domainBatch) {
		if err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.SaveListedRules(ctx, batch) }); err != nil {
			return err
		}
	}
	var removed []string
	for domain := range gone {
		removed = append(removed, domain)
	}
	for batch := range slices.Chunk(removed, domainBatch) {
		if err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.RemoveListedRules(ctx, list, batch) }); err != nil {
			return err
		}
	}
	return nil
}
