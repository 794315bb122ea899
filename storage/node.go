package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type nodeRow struct {
	bun.BaseModel `bun:"table:nodes"`

	ID                 parvis.ID `bun:",pk"`
	Host               string
	Scheme             string
	Name               string
	Summary            string
	Language           string
	Contact            string
	Signup             string
	NeighbourhoodsJSON string
	CenterJSON         string
	Federation         parvis.Federation
	AuthorizedFetch    bool
	ActorID            parvis.ID
	HasAdmin           bool
	KeepPosts          int
	KeepPictures       int
	MinAge             int
	Charter            int
	CharterAsked       int
	Version            int64
	CreatedAt          int64
}

func (r *nodeRow) node() (*parvis.Node, error) {
	n := &parvis.Node{ID: r.ID, Host: r.Host, Scheme: r.Scheme, Name: r.Name, Summary: r.Summary, Language: r.Language,
		Contact: r.Contact, Signup: parvis.Signup(r.Signup), Federation: r.Federation, AuthorizedFetch: r.AuthorizedFetch, ActorID: r.ActorID, HasAdmin: r.HasAdmin,
		KeepPosts: r.KeepPosts, KeepPictures: r.KeepPictures, MinAge: r.MinAge, Charter: r.Charter, CharterAsked: r.CharterAsked, Version: r.Version, CreatedAt: at(r.CreatedAt)}
	if err := json.Unmarshal([]byte(r.NeighbourhoodsJSON), &n.Neighbourhoods); err != nil {
		return nil, fmt.Errorf("neighbourhoods of node %s: %w", n.Host, err)
	}
	if err := json.Unmarshal([]byte(r.CenterJSON), &n.Center); err != nil {
		return nil, fmt.Errorf("center of node %s: %w", n.Host, err)
	}
	return n, nil
}

func newNodeRow(n *parvis.Node) *nodeRow {
	return &nodeRow{ID: n.ID, Host: n.Host, Scheme: n.Scheme, Name: n.Name, Summary: n.Summary, Language: n.Language,
		Contact: n.Contact, Signup: string(n.Signup), NeighbourhoodsJSON: jsonOf(n.Neighbourhoods), CenterJSON: jsonOf(n.Center),
		Federation: n.Federation, AuthorizedFetch: n.AuthorizedFetch,
		ActorID: n.ActorID, HasAdmin: n.HasAdmin, KeepPosts: n.KeepPosts, KeepPictures: n.KeepPictures,
		MinAge: n.MinAge, Charter: n.Charter, CharterAsked: n.CharterAsked, Version: n.Version, CreatedAt: ms(n.CreatedAt)}
}

// jsonOf encodes our own types, which cannot fail; nil slices become [].
func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	if string(b) == "null" {
		return "[]"
	}
	return string(b)
}

// AddNode stores a new node; a host that is taken is parvis.ErrConflict.
func (db *DBTx) AddNode(ctx context.Context, n *parvis.Node) error {
	if n.ID == 0 {
		n.ID = parvis.NewID(n.CreatedAt)
	}
	row := newNodeRow(n)
	err := db.insertNew(ctx, "nodes", &row.ID, row)
	n.ID = row.ID
	return err
}

// UpdateNode stores a node's settings and raises its version, whichever version
// n was read at: two changes are two versions. The charter is left to [Tx.AddCharter].
func (db *DBTx) UpdateNode(ctx context.Context, n *parvis.Node) error {
	res, err := db.q.NewUpdate().Model(newNodeRow(n)).ExcludeColumn("id", "created_at", "charter", "charter_asked").Value("version", "version + 1").
		WherePK().Exec(ctx)
	if err := oneRow(res, err); err != nil {
		return err
	}
	db.decides = true
	return translate(db.statement("SELECT version FROM nodes WHERE id = ?", n.ID).Scan(ctx, &n.Version))
}

// Nodes returns all nodes, the first made first.
func (db *DB) Nodes(ctx context.Context) ([]*parvis.Node, error) {
	var rows []nodeRow
	if err := db.q.NewSelect().Model(&rows).Order("id").Scan(ctx); err != nil {
		return nil, translate(err)
	}
	nodes := make([]*parvis.Node, len(rows))
	for i := range rows {
		n, err := rows[i].node()
		if err != nil {
			return nil, err
		}
		nodes[i] = n
	}
	return nodes, nil
}

// NodeByHost returns the node with a public name.
func (db *DB) NodeByHost(ctx context.Context, host string) (*parvis.Node, error) {
	var row nodeRow
	if err := db.q.NewSelect().Model(&row).Where("host = ?", host).Scan(ctx); err != nil {
		return nil, translate(err)
	}
	return row.node()
}

// NodeByID returns the node that a job is for.
func (db *DB) NodeByID(ctx context.Context, id parvis.ID) (*parvis.Node, error) {
	n, err := remembered(ctx, db.neighbours, nodesCache, id, func(ctx context.Context) (*parvis.Node, error) {
		var row nodeRow
		if err := db.q.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
			return nil, translate(err)
		}
		return row.node()
	})
	if err != nil {
		return nil, err
	}
	own := *n
	return &own, nil
}

// NodesVersion returns a number that changes whenever any node does; it is cheap
// enough to ask every second.
func (db *DB) NodesVersion(ctx context.Context) (int64, error) {
	var v int64
	err := db.statement("SELECT COALESCE(SUM(version), 0) + COUNT(*) FROM nodes").Scan(ctx, &v)
	return v, err
}

// Stats counts what NodeInfo tells about a node.
type Stats struct{ Accounts, ActiveMonth, ActiveHalfYear, Posts int }

// Stats counts residents and what they published. It reads the residents' rows:
// callers keep the answer for a while.
func (n *Node) Stats(ctx context.Context, now time.Time) (Stats, error) {
	var s Stats
	err := n.raw(`SELECT COUNT(*), COALESCE(SUM(CASE WHEN l.last_seen_at >= ? THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN l.last_seen_at >= ? THEN 1 ELSE 0 END), 0), COALESCE(SUM(a.posts), 0)
		FROM logins l JOIN accounts a ON a.id = l.account_id WHERE l.node_id = ? AND a.deleted_at = 0 AND a.suspended_at = 0`,
		ms(now.AddDate(0, -1, 0)), ms(now.AddDate(0, -6, 0)), n.node).
		Scan(ctx, &s.Accounts, &s.ActiveMonth, &s.ActiveHalfYear, &s.Posts)
	return s, err
}
