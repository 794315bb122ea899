package federation

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// account returns the local account that a request is about. A deleted one is
// parvis.ErrGone; a suspended one looks as if it never was: it may come back.
func (s *Server) account(a asked) (*parvis.Account, error) {
	ctx, rows := a.Context(), s.rows(a.node)
	name, ok := mux.Vars(a.Request)["name"]
	var acc *parvis.Account
	var err error
	if ok {
		acc, err = s.local(rows.AccountByAcct(ctx, name))
	} else {
		acc, err = rows.Account(ctx, a.node.ActorID)
	}
	switch {
	case err != nil:
		return nil, err
	case !acc.DeletedAt.IsZero():
		return acc, parvis.ErrGone
	case !acc.SuspendedAt.IsZero():
		return nil, parvis.ErrNotFound
	}
	return acc, nil
}

func (s *Server) showActor(a asked) ([]byte, error) {
	acc, err := s.account(a)
	if errors.Is(err, parvis.ErrGone) {
		return marshal(vocab.Tombstone{ID: acc.URI, FormerType: string(acc.Type), Deleted: acc.DeletedAt}, err)
	}
	if err != nil {
		return nil, err
	}
	if a.nameless && acc.ID != a.node.ActorID {
		return vocab.Marshal(stub(acc))
	}
	return s.document(documentKey{acc.ID, acc.Version, a.node.Version}, func() (vocab.Thing, error) { return s.actor(a.node, acc), nil })
}

// stub is what an actor must say for its signatures to be checked, and no more.
func stub(acc *parvis.Account) vocab.Actor {
	return vocab.Actor{Type: string(acc.Type), ID: acc.URI, Username: acc.Username, Inbox: acc.Inbox, SharedInbox: acc.SharedInbox,
		Key: vocab.PublicKey{ID: acc.KeyID, PEM: acc.PublicKey}}
}

// localPost returns the post that a request is about, if whoever asks may see it
// and it was written here.
func (s *Server) localPost(a asked) (*parvis.Post, error) {
	id, err := parvis.ParseID(mux.Vars(a.Request)["id"])
	if err != nil {
		return nil, err
	}
	p, err := s.app.Post(a.Context(), a.node, a.viewer, id)
	if err != nil {
		return nil, err
	}
	if !p.Author.Local() {
		if p.Audience.Public() {
			return nil, elsewhere(p.URI)
		}
		return nil, parvis.ErrNotFound
	}
	return p, nil
}

func (s *Server) showPost(a asked) ([]byte, error) {
	p, err := s.localPost(a)
	if errors.Is(err, parvis.ErrGone) {
		return marshal(s.showTombstone(a))
	}
	if err != nil {
		return nil, err
	}
	return s.document(documentKey{p.ID, p.Version, a.node.Version}, func() (vocab.Thing, error) {
		u, err := s.utter(a.Context(), a.node, p)
		if err != nil {
			return nil, err
		}
		return u.note(), nil
	})
}

func (s *Server) showTombstone(a asked) (vocab.Thing, error) {
	id, err := parvis.ParseID(mux.Vars(a.Request)["id"])
	if err != nil {
		return nil, err
	}
	p, err := s.rows(a.node).Post(a.Context(), id)
	if err != nil {
		return nil, err
	}
	if !p.Author.Local() {
		return nil, parvis.ErrGone
	}
	return tombstone(p), parvis.ErrGone
}

func (s *Server) showCreate(a asked) (vocab.Thing, error) {
	p, err := s.localPost(a)
	if err != nil {
		return nil, err
	}
	u, err := s.utter(a.Context(), a.node, p)
	if err != nil {
		return nil, err
	}
	return u.activity(parvis.VerbCreate)
}

// showShare shows that a local account shared a public post.
func (s *Server) showShare(a asked) (vocab.Thing, error) {
	uri := a.node.URL(a.URL.Path)
	r, err := s.rows(a.node).ReactionByURI(a.Context(), storage.Shares, uri)
	if err != nil {
		return nil, err
	}
	by, err := s.app.Account(a.Context(), a.node, r.AccountID)
	if err != nil {
		return nil, err
	}
	p, err := s.app.Post(a.Context(), a.node, parvis.Viewer{}, r.PostID)
	if err != nil {
		return nil, err
	}
	return announce(a.node, by, p, uri), nil
}

// idIn reads the id at the end of one of our addresses.
func idIn(n *parvis.Node, path, uri string) (parvis.ID, error) {
	rest, ok := strings.CutPrefix(uri, n.URL(path))
	if !ok {
		return 0, fmt.Errorf("%w: %s is not under %s", parvis.ErrNotFound, uri, path)
	}
	return parvis.ParseID(rest)
}

// namespace serves the meaning of our terms.
func (s *Server) namespace(w http.ResponseWriter, r *http.Request) {
	doc, err := vocab.NamespaceDocument()
	if err != nil {
		s.broken(w, r, err)
		return
	}
	anyOrigin(w)
	write(w, http.StatusOK, "application/ld+json; charset=utf-8", doc)
}
