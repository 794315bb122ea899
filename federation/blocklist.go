package federation

import (
	"context"
	"errors"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// listTypes are what servers send lists of domains as: that of RFC 4180, and what
// those say that know no CSV.
var listTypes = []string{"text/csv", "text/plain", "application/csv", "application/octet-stream"}

// list runs a JobList: it reads a shared list of domains. One that cannot be read
// holds as it was; it is read again the next day, or when the team asks.
func (s *Server) list(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.ListArgs](ctx, s, j)
	if err != nil {
		return err
	}
	l, err := s.rows(n).BlockList(ctx, args.List)
	if errors.Is(err, parvis.ErrNotFound) {
		return nil // left meanwhile
	}
	if err != nil {
		return err
	}
	raw, _, cause := s.client.GetBytes(ctx, l.URL, app.MaxListBytes, listTypes...)
	return s.app.ReceiveList(ctx, n, l.ID, raw, cause)
}
