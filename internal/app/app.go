// Package app is what people can do: publish, answer, follow, report, read. Each
// verb checks permission and input, then stores the change together with the
// jobs that it causes in one transaction. Pages, apps and other servers all come
// through here, so they cannot drift apart.
package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/parvis-coop/parvis/internal/gather"
	"github.com/parvis-coop/parvis/internal/media"
	"github.com/parvis-coop/parvis/internal/oidc"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// An App carries out the verbs. Its methods may be called from any goroutine.
type App struct {
	DB     *storage.DB
	Media  media.Store
	Photos *media.Darkroom
	Remote Remote           // may be nil: then only what is known here is found
	Voice  Voice            // writes what goes into archives; may be nil in commands
	Now    func() time.Time // the clock
	// Archives is the directory of what people take along, which nobody else may read.
	Archives string
	Mails    bool // mail can be sent
	// NodesChanged is told when the settings of a node changed, so that this process
	// knows before the next request. May be nil.
	NodesChanged func(context.Context) error
	// Identities asks other services who people are.
	Identities *oidc.Client
	// Words says a message in a language, for what the node itself writes to residents.
	// May be nil: then it writes nothing.
	Words func(language, key string, args ...any) string

	// newcomers are posts of other servers that are stored at the same time.
	newcomers gather.Gate[*newcomer]
}

// Remote looks things up on other servers. The federation package is one.
type Remote interface {
	// Account returns the account with a handle ("lea@autre.example") or URI,
	// fetching it if it is unknown.
	Account(ctx context.Context, n *parvis.Node, name string) (*parvis.Account, error)
	// Post returns the post with a URI or page address, fetching it if it is unknown.
	Post(ctx context.Context, n *parvis.Node, uri string) (*parvis.Post, error)
}

// node returns the rows of a node.
func (a *App) node(n *parvis.Node) *storage.Node { return a.DB.Node(n.ID) }

// inTx runs fn in a transaction on a node's rows.
func (a *App) inTx(ctx context.Context, n *parvis.Node, fn func(ctx context.Context, t *storage.Tx) error) error {
	return a.node(n).InTx(ctx, fn)
}

// enqueue stores a job that is due at its time, or at once.
func (a *App) enqueue(ctx context.Context, t *storage.Tx, j parvis.Job, args any) error {
	b, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.Kind, err)
	}
	now := a.Now()
	if j.Args, j.CreatedAt = b, now; j.RunAt.After(now) {
		j.ID = parvis.NewID(j.RunAt) // until then nobody need wonder why it waits
	} else {
		j.RunAt = now
	}
	return t.AddJob(ctx, &j)
}

// say enqueues something smaller than a post.
func (a *App) say(ctx context.Context, t *storage.Tx, s parvis.SayArgs) error {
	j := parvis.Job{Kind: parvis.JobSay}
	switch {
	case s.Post != 0:
		j.Lane = postLane(s.Post)
	case s.Target != 0:
		// A follow, its undo and the next follow must arrive in that order.
		j.Lane = "say:" + s.Actor.String() + ":" + s.Target.String()
	default:
		j.Lane = "say:" + s.Actor.String()
	}
	return a.enqueue(ctx, t, j, s)
}

// postLane orders the jobs about one post.
func postLane(post parvis.ID) string { return "post:" + post.String() }
