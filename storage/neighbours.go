package storage

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// neighbours remembers for a moment what the node is and decided about other
// servers, who speaks for them and whose their keys are: every request, activity and
// delivery asks. A change by this process is seen at once, one by another process
// within a second.
type neighbours struct {
	nodes    *otter.Cache[parvis.ID, *parvis.Node]
	rules    *otter.Cache[neighbour, []parvis.DomainRule]
	partners *otter.Cache[neighbour, bool]
	actors   *otter.Cache[neighbour, *parvis.Account]
	owners   *otter.Cache[neighbour, *parvis.Account] // of keys
	changes  atomic.Uint64
}

// A neighbour is another server, somebody there or a key of theirs, as a node sees it.
type neighbour struct {
	node parvis.ID
	name string
}

const (
	neighboursKept = 10_000
	neighboursFor  = time.Second
)

func newNeighbours() *neighbours {
	return &neighbours{
		nodes:    briefly[parvis.ID, *parvis.Node](),
		rules:    briefly[neighbour, []parvis.DomainRule](),
		partners: briefly[neighbour, bool](),
		actors:   briefly[neighbour, *parvis.Account](),
		owners:   briefly[neighbour, *parvis.Account](),
	}
}

func briefly[K comparable, V any]() *otter.Cache[K, V] {
	return otter.Must(&otter.Options[K, V]{MaximumSize: neighboursKept, ExpiryCalculator: otter.ExpiryWriting[K, V](neighboursFor)})
}

// forget is called after a change was committed.
func (m *neighbours) forget() {
	m.changes.Add(1)
	m.nodes.InvalidateAll()
	m.rules.InvalidateAll()
	m.partners.InvalidateAll()
	m.actors.InvalidateAll()
	m.owners.InvalidateAll()
}

// remembered returns what ask says, or said a moment ago. Inside a transaction,
// where nothing is remembered, m is nil. What was read while something changed is
// not kept.
func remembered[K comparable, V any](ctx context.Context, m *neighbours, cache func(*neighbours) *otter.Cache[K, V], key K,
	ask func(context.Context) (V, error)) (V, error) {
	if m == nil {
		return ask(ctx)
	}
	if v, ok := cache(m).GetIfPresent(key); ok {
		return v, nil
	}
	before := m.changes.Load()
	v, err := ask(ctx)
	if err == nil && m.changes.Load() == before {
		cache(m).Set(key, v)
		if m.changes.Load() != before {
			cache(m).Invalidate(key)
		}
	}
	return v, err
}

func rulesCache(m *neighbours) *otter.Cache[neighbour, []parvis.DomainRule] { return m.rules }

func partnersCache(m *neighbours) *otter.Cache[neighbour, bool] { return m.partners }

func nodesCache(m *neighbours) *otter.Cache[parvis.ID, *parvis.Node] { return m.nodes }

func actorsCache(m *neighbours) *otter.Cache[neighbour, *parvis.Account] { return m.actors }

func ownersCache(m *neighbours) *otter.Cache[neighbour, *parvis.Account] { return m.owners }

// decided notes that the transaction changes what is decided about other servers,
// or who may speak for them.
func (n *Tx) decided() { n.db.decides = true }
