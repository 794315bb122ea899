package federation

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
	"github.com/parvis-coop/parvis/internal/work"
	"github.com/parvis-coop/parvis/storage"
)

const (
	// patience is how long a delivery is tried, and how long a server may be down
	// before it counts as gone: a week, and a day for who comes back on its last.
	patience = 8 * 24 * time.Hour
	// minTries and minFailures are needed besides: a clock that jumped, or a week
	// in which we were down ourselves, must end nothing.
	minTries    = 5
	minFailures = 20
	// maxHostWait is how long a server that was down is left alone at most: when it
	// comes back it should not wait long for what it missed.
	maxHostWait = time.Hour
	// goneWait is how long a server is left alone that has been down for longer
	// than our patience.
	goneWait = 24 * time.Hour
	// maxAskedWait bounds what a server may ask for by Retry-After.
	maxAskedWait = 24 * time.Hour
	// successEvery is how often it is noted that a server took what it was sent: not
	// each delivery needs a write for people to read.
	successEvery = time.Hour
	// probeTime is what one delivery may take that finds out whether a server is
	// back. Everything else meant for it waits for how that ends.
	probeTime = requestTimeout + 5*time.Second
)

// answered settles a delivery by what the server said to it.
func (s *Server) answered(ctx context.Context, j *parvis.Job, inbox string, answer Answer) error {
	if answer.Accepted() {
		zerolog.Ctx(ctx).Debug().Str("inbox", inbox).Msg("activity delivered")
		return s.hostWorks(ctx, j.Host)
	}
	refused := &StatusError{inbox, answer.Status, answer.RetryAfter}
	if answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden {
		if err := s.hostRefuses(ctx, j.Host, refused); err != nil {
			return err
		}
	}
	if permanent(answer.Status) {
		return work.Drop(refused)
	}
	switch answer.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
		return s.hostFailed(ctx, j, answer.RetryAfter, refused)
	}
	// It works, but not for this: the others need not wait.
	return work.RetryAt(s.now().Add(work.Backoff(j.Attempt+1, j.ID)), refused)
}

// hostWorks notes that a server took a delivery, and if it was down sends it at
// once what waits.
func (s *Server) hostWorks(ctx context.Context, host string) error {
	health, err := s.app.DB.Host(ctx, host)
	now := s.now()
	ailed := health.Failures > 0
	if err != nil || !ailed && now.Sub(health.LastSuccess) < successEvery {
		return err
	}
	health.Failures, health.DownSince, health.RetryAt, health.LastSuccess = 0, time.Time{}, now, now
	if err := s.app.DB.SaveHost(ctx, health); err != nil || !ailed {
		return err
	}
	s.ailing.note(health)
	return s.app.DB.RecallHost(ctx, host, s.now())
}

// hostRefuses notes, for an admin to read, that a server works but does not want
// what we send.
func (s *Server) hostRefuses(ctx context.Context, host string, cause error) error {
	health, err := s.app.DB.Host(ctx, host)
	now, trouble := s.now(), troubleOf(cause)
	if err != nil || health.Failures > 0 || health.Trouble == trouble && now.Sub(health.LastFailure) < successEvery {
		return err
	}
	health.RetryAt, health.LastFailure, health.Trouble, health.Error = now, now, trouble, text.Excerpt(cause.Error(), maxHostError)
	return s.app.DB.SaveHost(ctx, health)
}

// hostFailed notes that a server did not answer and lets everything meant for it
// wait, for as long as it asked or the longer the more often it failed.
func (s *Server) hostFailed(ctx context.Context, j *parvis.Job, asked time.Duration, cause error) error {
	now := s.now()
	health, err := s.app.DB.Host(ctx, j.Host)
	if err != nil {
		return errors.Join(cause, err)
	}
	// Deliveries that failed side by side are one failure, and one of them is tried
	// again before the others.
	if rests(health, now) {
		return waitFor(health, j, cause)
	}
	if health.Failures == 0 {
		health.DownSince = now
	}
	health.Failures++
	health.LastFailure, health.Trouble, health.Error = now, troubleOf(cause), text.Excerpt(cause.Error(), maxHostError)
	wait := min(work.Backoff(health.Failures, j.ID), maxHostWait)
	if gone(health, now) {
		wait = goneWait
	}
	health.RetryAt = now.Add(max(wait, min(asked, maxAskedWait)))
	if err := s.app.DB.SaveHost(ctx, health); err != nil {
		return errors.Join(cause, err)
	}
	s.ailing.note(health)
	if gone(health, now) {
		// Each of the others looks for itself whether its own time is over.
		return waitFor(health, j, cause)
	}
	if err := s.app.DB.DeferHost(ctx, j.Host, health.RetryAt.Add(probeTime)); err != nil {
		return errors.Join(cause, err)
	}
	return work.RetryAt(health.RetryAt, cause)
}

// waitFor lets a delivery wait until another one has found out whether its
// server is back. What was only sent to find that out ends.
func waitFor(health storage.Host, j *parvis.Job, cause error) error {
	if gone(health, j.CreatedAt) {
		return work.Drop(cause)
	}
	return work.RetryAt(health.RetryAt.Add(probeTime), cause)
}

// gone tells whether a server has been down for so long that nothing new is kept
// for it. What it was sent before is still tried for as long as our patience
// lasts; then one delivery a day finds out whether it is back.
func gone(h storage.Host, now time.Time) bool {
	return h.Failures >= minFailures && now.Sub(h.DownSince) > patience
}

// rests tells whether a server is left alone. One that seems to be for longer
// than we ever do was noted by a clock that has been set back since.
func rests(h storage.Host, now time.Time) bool {
	return h.RetryAt.After(now) && h.RetryAt.Sub(now) <= maxAskedWait
}

// heard is told that a server spoke to us. If deliveries to it failed it may be
// back: one is tried now.
func (s *Server) heard(ctx context.Context, host string) error {
	now := s.now()
	known, err := s.ailing.hosts(ctx, s.app.DB, now)
	if err != nil {
		return err
	}
	// One that speaks but never listens is tried a little sooner, not all the time.
	if h, ok := known[host]; !ok || !rests(h, now) || !s.ailing.mayTry(host, now) {
		return nil
	}
	health, err := s.app.DB.Host(ctx, host)
	if err != nil || health.Failures == 0 {
		return err
	}
	health.RetryAt = now
	if err := s.app.DB.SaveHost(ctx, health); err != nil {
		return err
	}
	s.ailing.note(health)
	return s.app.DB.RecallHost(ctx, host, now)
}

// withoutGone leaves out the inboxes of servers that are gone, but for one
// delivery a day.
func (s *Server) withoutGone(ctx context.Context, inboxes []string) ([]string, error) {
	now := s.now()
	known, err := s.ailing.hosts(ctx, s.app.DB, now)
	if err != nil || len(known) == 0 {
		return inboxes, err
	}
	return slices.DeleteFunc(inboxes, func(inbox string) bool {
		h, ok := known[hostOf(inbox)]
		return ok && gone(h, now) && rests(h, now)
	}), nil
}

// ailing remembers which servers do not answer, so that sending and receiving
// need not ask the database about each.
type ailing struct {
	mu    sync.Mutex
	known map[string]storage.Host
	tried map[string]time.Time // when heard last had one tried
	read  time.Time
}

// ailingFor is how long what other processes found out may go unnoticed.
const ailingFor = 30 * time.Second

// hosts returns the servers that do not answer; the map must not be changed.
func (a *ailing) hosts(ctx context.Context, db *storage.DB, now time.Time) (map[string]storage.Host, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known != nil && now.Sub(a.read).Abs() < ailingFor {
		return a.known, nil
	}
	list, err := db.AilingHosts(ctx)
	if err != nil {
		return nil, err
	}
	a.known, a.read = make(map[string]storage.Host, len(list)), now
	for _, h := range list {
		a.known[h.Host] = h
	}
	maps.DeleteFunc(a.tried, func(_ string, at time.Time) bool { return now.Sub(at).Abs() > maxHostWait })
	return a.known, nil
}

// note takes what this process found out.
func (a *ailing) note(h storage.Host) {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := maps.Clone(a.known) // others read it
	if known == nil {
		return // read when somebody asks
	}
	if h.Failures == 0 {
		delete(known, h.Host)
	} else {
		known[h.Host] = h
	}
	a.known = known
}

// mayTry reports whether a server that spoke may be tried out of turn.
func (a *ailing) mayTry(host string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if last, ok := a.tried[host]; ok && now.Sub(last).Abs() < maxHostWait/6 {
		return false
	}
	if a.tried == nil {
		a.tried = make(map[string]time.Time)
	}
	a.tried[host] = now
	return true
}
