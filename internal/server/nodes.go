package server

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Nodes keeps the nodes of the database in memory, by host. Commands change them
// while a server runs, so it looks every second whether any did.
type Nodes struct {
	db     *storage.DB
	byHost atomic.Pointer[map[string]*parvis.Node]
	seen   atomic.Int64
}

// lookEvery is how often Watch looks for changes.
const lookEvery = time.Second

// NewNodes reads the nodes of a database.
func NewNodes(ctx context.Context, db *storage.DB) (*Nodes, error) {
	n := &Nodes{db: db}
	n.seen.Store(-1)
	return n, n.Refresh(ctx)
}

// Refresh reads the nodes again if any changed.
func (n *Nodes) Refresh(ctx context.Context) error {
	version, err := n.db.NodesVersion(ctx)
	if err != nil || version == n.seen.Load() {
		return err
	}
	list, err := n.db.Nodes(ctx)
	if err != nil {
		return err
	}
	byHost := make(map[string]*parvis.Node, len(list))
	for _, node := range list {
		byHost[node.Host] = node
	}
	n.byHost.Store(&byHost)
	n.seen.Store(version)
	return nil
}

// Watch keeps the nodes fresh until ctx ends.
func (n *Nodes) Watch(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := n.Refresh(ctx); err != nil && ctx.Err() == nil {
				zerolog.Ctx(ctx).Error().Err(err).Msg("nodes cannot be read")
			}
		case <-ctx.Done():
			return
		}
	}
}

// Find returns the node that a Host header names, or nil.
func (n *Nodes) Find(host string) *parvis.Node {
	byHost := *n.byHost.Load()
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if node := byHost[host]; node != nil {
		return node
	}
	// A client may spell out the port that is the scheme's own.
	if short, ok := strings.CutSuffix(host, ":443"); ok && byHost[short] != nil && byHost[short].Scheme == "https" {
		return byHost[short]
	}
	if short, ok := strings.CutSuffix(host, ":80"); ok && byHost[short] != nil && byHost[short].Scheme == "http" {
		return byHost[short]
	}
	return nil
}

// Hosts returns the host names, without ports, that certificates may be asked for.
func (n *Nodes) Hosts() []string {
	var hosts []string
	for _, node := range *n.byHost.Load() {
		hosts = append(hosts, node.Hostname())
	}
	return hosts
}
