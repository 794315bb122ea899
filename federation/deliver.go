package federation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
)

const (
	// patience is how long a delivery is tried.
	patience = 7 * 24 * time.Hour
	// maxHostWait is how long a server that was down is left alone at most: when it
	// comes back it should not wait long for what it missed.
	maxHostWait = time.Hour
	// maxAskedWait bounds what a server may ask for by Retry-After.
	maxAskedWait = 24 * time.Hour
)

// deliver runs a JobDeliver: it posts one activity to one inbox.
func (s *Server) deliver(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.DeliverArgs](ctx, s, j)
	if err != nil {
		return err
	}
	if age := s.now().Sub(j.CreatedAt); age > patience {
		return work.Drop(fmt.Errorf("%s did not take it for %s", args.Inbox, age))
	}
	health, err := s.app.DB.Host(ctx, j.Host)
	if err != nil {
		return err
	}
	if health.RetryAt.After(s.now()) {
		return work.RetryAt(health.RetryAt, fmt.Errorf("%s is down", j.Host))
	}
	said, err := s.rows(n).Activity(ctx, args.Activity)
	if err != nil {
		return settle(err)
	}
	signer, err := s.rows(n).Account(ctx, args.Signer)
	if err != nil {
		return settle(err)
	}
	key, err := s.keyOf(ctx, n, signer)
	if err != nil {
		return settle(err)
	}
	answer, err := s.client.Post(ctx, args.Inbox, said.Body, *key)
	if errors.Is(err, ErrRefusedAddress) {
		return work.Drop(err)
	}
	if err != nil {
		return s.hostFailed(ctx, j, 0, err)
	}
	return s.answered(ctx, j, args.Inbox, answer)
}

// answered settles a delivery by what the server said to it.
func (s *Server) answered(ctx context.Context, j *parvis.Job, inbox string, answer Answer) error {
	refused := fmt.Errorf("%s answered %d", inbox, answer.Status)
	switch {
	case answer.Accepted():
		return s.hostWorks(ctx, j.Host)
	case permanent(answer.Status):
		return work.Drop(refused)
	}
	switch answer.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
		return s.hostFailed(ctx, j, answer.RetryAfter, refused)
	}
	// It works, but not for this: the others need not wait.
	return work.RetryAt(s.now().Add(work.Backoff(j.Attempt+1, j.ID)), refused)
}

// hostWorks forgets that a server was down.
func (s *Server) hostWorks(ctx context.Context, host string) error {
	health, err := s.app.DB.Host(ctx, host)
	if err != nil || health.Failures == 0 {
		return err
	}
	health.Failures = 0
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
	// Deliveries that failed side by side are one failure.
	if !health.RetryAt.After(now) {
		if health.Failures == 0 {
			health.DownSince = now
		}
		health.Failures++
		wait := min(work.Backoff(health.Failures, j.ID), maxHostWait)
		health.RetryAt = now.Add(max(wait, min(asked, maxAskedWait)))
		if err := s.app.DB.SaveHost(ctx, health); err != nil {
			return errors.Join(cause, err)
		}
		if err := s.app.DB.DeferHost(ctx, j.Host, health.RetryAt); err != nil {
			return errors.Join(cause, err)
		}
	}
	return work.RetryAt(health.RetryAt, cause)
}
