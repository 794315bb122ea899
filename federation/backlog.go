package federation

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// A backlog bounds what was accepted from other servers and is not digested yet:
// of all together, and of each, so that a loud one fills no more than its share.
// It counts what this process accepts and digests, and asks the database now and
// then what others did.
type backlog struct {
	limit int // 0 is no bound

	mu      sync.Mutex
	total   int
	hosts   map[string]int
	counted time.Time
}

const (
	// backlogShare is the part of the backlog that one server may fill.
	backlogShare = 5
	// backlogTrust is how long the count goes unchecked.
	backlogTrust = 5 * time.Second
	// backlogWait is how many seconds who is refused is asked to wait.
	backlogWait = 60
)

var errBacklog = errors.New("too much waits to be digested")

// admit refuses an activity of a server for which there is no room.
func (b *backlog) admit(ctx context.Context, db *storage.DB, host string, now time.Time) error {
	if b.limit == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hosts == nil || now.Sub(b.counted).Abs() > backlogTrust {
		hosts, err := db.CountInbox(ctx)
		if err != nil {
			return err
		}
		b.hosts, b.total, b.counted = hosts, 0, now
		for _, n := range hosts {
			b.total += n
		}
	}
	switch {
	case b.total >= b.limit:
		return refuse(http.StatusServiceUnavailable, "too much waits here", errBacklog)
	case b.hosts[host] >= max(1, b.limit/backlogShare):
		return refuse(http.StatusTooManyRequests, "too much of yours waits here", errBacklog)
	}
	return nil
}

// add counts what was accepted of a server, or, below zero, digested.
func (b *backlog) add(host string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hosts == nil {
		return // counted when somebody asks
	}
	b.total = max(0, b.total+n)
	if b.hosts[host] = max(0, b.hosts[host]+n); b.hosts[host] == 0 {
		delete(b.hosts, host)
	}
}

// digested runs a JobInbox and makes room in the backlog. What is dropped makes
// room when the backlog is counted next.
func (s *Server) digested(ctx context.Context, j *parvis.Job) error {
	err := s.digest(ctx, j)
	if err == nil {
		s.backlog.add(j.Host, -1)
	}
	return err
}
