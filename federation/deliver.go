package federation

import (
	"context"
	"errors"
	"fmt"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
)

// deliver runs a JobDeliver: it posts one activity to one inbox.
func (s *Server) deliver(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.DeliverArgs](ctx, s, j)
	if err != nil {
		return err
	}
	if age := s.now().Sub(j.CreatedAt); age > patience && j.Attempt >= minTries {
		return work.Drop(fmt.Errorf("%s did not take it for %s", args.Inbox, age))
	}
	health, err := s.app.DB.Host(ctx, j.Host)
	if err != nil {
		return err
	}
	if health.RetryAt.After(s.now()) {
		return waitFor(health, j, fmt.Errorf("%s is down", j.Host))
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
