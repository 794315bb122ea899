package federation

import (
	"context"
	"crypto"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
	"github.com/parvis-coop/parvis/storage"
)

// Locales are the words in which offers are told to servers that do not know
// offers; they belong into the catalogue of [Config].
//
//go:embed locales
var Locales embed.FS

// Config is what a [Server] is made of.
type Config struct {
	App     *app.App // its clock is the server's
	Client  *Client
	Words   *i18n.Catalogue // with Locales, and the messages that Detail.Facts names
	Version string          // of the software, for NodeInfo
	// Backlog bounds how much may be accepted and not digested; 0 is no bound.
	Backlog int
	// Refused, if set, is told of each activity that the backlog had no room for.
	Refused func(status int)
}

// A Server speaks ActivityPub for all nodes of a process: it answers requests
// ([Server.Mount]), runs the jobs that talk to other servers, and looks things up
// for the app (it is an app.Remote).
type Server struct {
	app     *app.App
	client  *Client
	words   *i18n.Catalogue
	version string

	replays *ReplayMemory
	relays  *otter.Cache[parvis.ID, *rate.Limiter] // how much each relay may have us fetch
	ailing  ailing
	backlog backlog
	refused func(status int)
	said    *otter.Cache[parvis.ID, []byte]        // activities that are being delivered
	keys    *otter.Cache[keyHolder, *Key]          // of local accounts, decoded
	public  *otter.Cache[string, crypto.PublicKey] // of others, by their text
	asked   *otter.Cache[string, keyOwner]         // keys asked for lately
	// How often a server is asked for keys that are unknown here, and for known ones
	// that did not match.
	strangers, refreshes *hostLimit
	moves                *hostLimit                             // how often a server may have us look where its people went
	stats                *otter.Cache[parvis.ID, storage.Stats] // of nodes, for NodeInfo

	documents *otter.Cache[documentKey, []byte]
	rosters   *otter.Cache[rosterKey, roster] // of followers
}

// Sizes and ages of what is kept in memory. None of it must be true for ever: a
// key may be replaced by another process.
const (
	replaysKept = 20_000
	saidKept    = 200 // of less than 60 kB, mostly 3
	saidFor     = time.Minute
	keysKept    = 2_000
	publicKept  = 5_000
	keysFor     = 10 * time.Minute
	askedKept   = 10_000
	askedFor    = 5 * time.Minute
	failedFor   = time.Minute // what could not be had is asked for again sooner
	statsKept   = 1_000
	statsFor    = 10 * time.Minute
)

// New makes a server.
func New(c Config) *Server {
	c.Client.schemes.db = c.App.DB
	if c.Refused == nil {
		c.Refused = func(int) {}
	}
	return &Server{
		backlog: backlog{limit: c.Backlog}, refused: c.Refused,
		app: c.App, client: c.Client, words: c.Words, version: c.Version,
		replays:   NewReplayMemory(replaysKept),
		relays:    newRelayLimits(),
		said:      newCache[parvis.ID, []byte](saidKept, saidFor),
		keys:      newCache[keyHolder, *Key](keysKept, keysFor),
		public:    newCache[string, crypto.PublicKey](publicKept, keysFor),
		asked:     newCache[string, keyOwner](askedKept, askedFor),
		strangers: newHostLimit(strangersEvery, strangersBurst), refreshes: newHostLimit(refreshesEvery, refreshesBurst),
		moves: newHostLimit(movesEvery, movesBurst),
		stats: newCache[parvis.ID, storage.Stats](statsKept, statsFor),

		documents: newDocuments(),
		rosters:   newRosters(),
	}
}

func newCache[K comparable, V any](size int, age time.Duration) *otter.Cache[K, V] {
	return otter.Must(&otter.Options[K, V]{MaximumSize: size, ExpiryCalculator: otter.ExpiryWriting[K, V](age)})
}

// Handlers are the jobs that work on our own database only.
func (s *Server) Handlers() map[parvis.JobKind]work.Handler {
	return map[parvis.JobKind]work.Handler{parvis.JobPublish: s.publish, parvis.JobSay: s.say}
}

// DeliverHandlers are the jobs that send to other servers, which may be slow.
func (s *Server) DeliverHandlers() map[parvis.JobKind]work.Handler {
	return map[parvis.JobKind]work.Handler{parvis.JobDeliver: s.deliver}
}

// InboxHandlers are the jobs that digest what was received, each within a budget
// of what it may ask other servers for.
func (s *Server) InboxHandlers() map[parvis.JobKind]work.Handler {
	return map[parvis.JobKind]work.Handler{parvis.JobInbox: bounded(s.digested)}
}

// FetchHandlers are the jobs that ask other servers for something, each within a
// budget.
func (s *Server) FetchHandlers() map[parvis.JobKind]work.Handler {
	return map[parvis.JobKind]work.Handler{parvis.JobPicture: bounded(s.picture), parvis.JobPartner: bounded(s.partner),
		parvis.JobThread: bounded(s.thread), parvis.JobList: bounded(s.list), parvis.JobRelay: bounded(s.relay),
		parvis.JobSoftware: bounded(s.software), parvis.JobCounts: bounded(s.counts), parvis.JobLinks: bounded(s.links)}
}

// FillHandlers are the jobs that ask other servers for what is nice to have. They may
// wait for everything else.
func (s *Server) FillHandlers() map[parvis.JobKind]work.Handler {
	return map[parvis.JobKind]work.Handler{parvis.JobFill: bounded(s.fill), parvis.JobPins: bounded(s.pins), parvis.JobFollows: bounded(s.follows),
		parvis.JobQuote: bounded(s.quote)}
}

func (s *Server) now() time.Time { return s.app.Now() }

func (s *Server) rows(n *parvis.Node) *storage.Node { return s.app.DB.Node(n.ID) }

// begin reads a job's arguments and its node. Jobs of a node that is gone, or
// whose arguments cannot be read, are dropped.
func begin[T any](ctx context.Context, s *Server, j *parvis.Job) (*parvis.Node, T, error) {
	var args T
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return nil, args, work.Drop(fmt.Errorf("arguments of job %s: %w", j.ID, err))
	}
	n, err := s.app.DB.NodeByID(ctx, j.NodeID)
	if errors.Is(err, parvis.ErrNotFound) {
		err = work.Drop(fmt.Errorf("node of job %s: %w", j.ID, err))
	}
	return n, args, err
}

// enqueue stores a job that is due at its time, or at once.
func (s *Server) enqueue(ctx context.Context, t *storage.Tx, j parvis.Job, args any) error {
	raw, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.Kind, err)
	}
	now := s.now()
	j.Args, j.CreatedAt = raw, now
	if j.RunAt.IsZero() {
		j.RunAt = now
	}
	return t.AddJob(ctx, &j)
}

// hopeless are the errors that trying again does not mend.
var hopeless = []error{
	parvis.ErrNotFound, parvis.ErrForbidden, parvis.ErrGone, parvis.ErrConflict, app.ErrUnwanted,
	vocab.ErrMalformed, vocab.ErrUnknownType, vocab.ErrUnwritable,
	ErrRefusedAddress, ErrRedirect, ErrTooLarge, ErrWrongType, ErrWrongOrigin, ErrNotFound, ErrGone, ErrBudget,
	ErrFinger, ErrHandle, ErrKey, errBadActor, errBadPost, errVote, errNoCollection, errFollows,
}

// settle makes the errors final that trying again does not mend: what others sent
// is wrong, refused or of no interest here.
func settle(err error) error {
	if err == nil {
		return nil
	}
	for _, e := range hopeless {
		if errors.Is(err, e) {
			return work.Drop(err)
		}
	}
	var invalid *parvis.InvalidError
	var answer *StatusError
	if errors.As(err, &invalid) || errors.As(err, &answer) && permanent(answer.Status) {
		return work.Drop(err)
	}
	return err
}

// permanent tells whether a status means that asking again is of no use: the
// client's errors except those that pass, and "not implemented".
func permanent(status int) bool {
	switch status {
	case 401, 408, 429:
		return false
	case 501:
		return true
	}
	return status/100 == 4 || status/100 == 3
}
