package federation

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/internal/work"
)

// Bounds on the requests that one cause may lead to: an activity that came, a search
// of somebody here, the conversation above one post. An honest one leads to ten;
// Mastodon stops at a thousand.
const (
	maxFetches = 100
	// maxDomainFetches is for all hosts of one owner together: names below a domain
	// cost nothing.
	maxDomainFetches = 50
)

// ErrBudget says that a cause led to more requests than are made for one.
var ErrBudget = errors.New("too many requests for one cause")

// A budget counts the requests that one cause led to, each hop of a redirect for one.
// It travels by context, so that whatever is fetched on the way is counted.
type budget struct {
	mu      sync.Mutex
	spent   int
	domains map[string]int
}

type budgetKey struct{}

// withBudget begins a budget of which some is spent already, by earlier jobs of the
// same cause.
func withBudget(ctx context.Context, spent int) context.Context {
	return context.WithValue(ctx, budgetKey{}, &budget{spent: spent, domains: make(map[string]int)})
}

// bounded gives each run of a job a budget of its own.
func bounded(run work.Handler) work.Handler {
	return func(ctx context.Context, j *parvis.Job) error { return run(withBudget(ctx, 0), j) }
}

// spend counts one request to a host, or refuses it with [ErrBudget]. Without a
// budget, as in commands, nothing is counted.
func spend(ctx context.Context, hostname string) error {
	b, ok := ctx.Value(budgetKey{}).(*budget)
	if !ok {
		return nil
	}
	domain := text.Registrable(hostname)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent >= maxFetches || b.domains[domain] >= maxDomainFetches {
		return fmt.Errorf("%w: %d in all, %d to %s", ErrBudget, b.spent, b.domains[domain], domain)
	}
	b.spent++
	b.domains[domain]++
	return nil
}

// spent tells how much of its budget a cause has used.
func spent(ctx context.Context) int {
	b, ok := ctx.Value(budgetKey{}).(*budget)
	if !ok {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spent
}
