package federation

import (
	"bytes"
	"context"
	"errors"

	"github.com/parvis-coop/parvis/internal/media"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
)

// pictureTypes are the formats that the darkroom can develop.
var pictureTypes = []string{"image/jpeg", "image/png", "image/gif", "image/webp"}

// picture runs a JobPicture: it copies a picture of another server, so that our
// pages ask nobody else for it.
func (s *Server) picture(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.PictureArgs](ctx, s, j)
	if err != nil {
		return err
	}
	m, shape, err := s.app.PictureWanted(ctx, n, args.Media)
	if errors.Is(err, parvis.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.welcome(ctx, n, m.RemoteURL); err != nil {
		return settle(err)
	}
	owner, err := s.rows(n).Account(ctx, m.AccountID)
	if err != nil {
		return settle(err)
	}
	if p, err := s.policyOf(ctx, n, owner); err != nil || p.RejectMedia {
		return err
	}
	raw, _, err := s.client.GetBytes(ctx, m.RemoteURL, media.DefaultLimits.Bytes, pictureTypes...)
	if err == nil {
		err = s.app.ReceivePicture(ctx, n, m, shape, bytes.NewReader(raw))
	}
	if err != nil && j.Attempt >= fetchTries {
		return work.Drop(err)
	}
	return settle(err)
}
