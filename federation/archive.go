package federation

import (
	"context"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// ActorDocument writes an account of this node as other servers read it.
func (s *Server) ActorDocument(n *parvis.Node, acc *parvis.Account) ([]byte, error) {
	return vocab.Marshal(s.actor(n, acc))
}

// EntryDocument writes the Create of a local post, or the Announce of a share, as other
// servers read it: also of what is for this node alone.
func (s *Server) EntryDocument(ctx context.Context, n *parvis.Node, e storage.HomeEntry) ([]byte, error) {
	if e.Sharer != nil {
		return vocab.Marshal(announce(n, e.Sharer, e.Post, e.URI))
	}
	u, err := s.utter(ctx, n, e.Post)
	if err != nil {
		return nil, err
	}
	created, err := u.activity(parvis.VerbCreate)
	if err != nil {
		return nil, err
	}
	return vocab.Marshal(created)
}
