package federation

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/maypok86/otter/v2"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
)

// deliver runs a JobDeliver: it posts one activity to one inbox.
func (s *Server) deliver(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.DeliverArgs](ctx, s, j)
	if err != nil {
		return err
	}
	logActivity(ctx, strings.TrimSuffix(j.Key, deliveryKey("", args.Inbox)))
	if age := s.now().Sub(j.CreatedAt); age > patience && j.Attempt >= minTries {
		return work.Drop(fmt.Errorf("%s did not take it for %s", args.Inbox, age))
	}
	if err := s.welcome(ctx, n, args.Inbox); err != nil { // blocked since it was sent off
		return settle(err)
	}
	health, err := s.app.DB.Host(ctx, j.Host)
	if err != nil {
		return err
	}
	if rests(health, s.now()) {
		return waitFor(health, j, fmt.Errorf("%s is down", j.Host))
	}
	body, err := s.activity(ctx, n, args.Activity)
	if err != nil {
		return settle(err)
	}
	key, err := s.keyOf(ctx, n, args.Signer)
	if err != nil {
		return settle(err)
	}
	more, err := s.followsHeader(ctx, n, args)
	if err != nil {
		return settle(err)
	}
	answer, err := s.client.Post(ctx, args.Inbox, body, *key, more...)
	if errors.Is(err, ErrRefusedAddress) {
		return work.Drop(err)
	}
	if err != nil {
		return s.hostFailed(ctx, j, 0, err)
	}
	return s.answered(ctx, j, args.Inbox, answer)
}

// activity returns the bytes of something to say, which many deliveries share.
func (s *Server) activity(ctx context.Context, n *parvis.Node, id parvis.ID) ([]byte, error) {
	return s.said.Get(ctx, id, otter.LoaderFunc[parvis.ID, []byte](func(ctx context.Context, id parvis.ID) ([]byte, error) {
		kept, err := s.rows(n).Activity(ctx, id)
		if err != nil {
			return nil, err
		}
		return kept.Body, nil
	}))
}
