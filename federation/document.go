package federation

import (
	"errors"
	"net/http"

	"github.com/maypok86/otter/v2"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// A documentKey names the bytes of a local account or post as others see it. What
// they are made of besides never changes: who answers whom, and the addresses of
// accounts. Whoever asks for them has just read the versions, after it was found
// that they may see it; see docs/decisions/0011-caches-by-version.md.
type documentKey struct {
	ID          parvis.ID
	Version     int64
	NodeVersion int64
}

// documentsKept is how many bytes of documents are kept.
const documentsKept = 8 << 20

func newDocuments() *otter.Cache[documentKey, []byte] {
	return otter.Must(&otter.Options[documentKey, []byte]{MaximumWeight: documentsKept,
		Weigher: func(_ documentKey, body []byte) uint32 { return uint32(len(body) + 200) }})
}

// document returns the bytes of a thing, written anew unless they are kept.
func (s *Server) document(key documentKey, write func() (vocab.Thing, error)) ([]byte, error) {
	if body, ok := s.documents.GetIfPresent(key); ok {
		return body, nil
	}
	t, err := write()
	if err != nil {
		return nil, err
	}
	body, err := vocab.Marshal(t)
	if err == nil {
		s.documents.Set(key, body)
	}
	return body, err
}

// thing makes a handler of a function that finds what was asked for. With
// parvis.ErrGone it returns the tombstone.
func (s *Server) thing(find func(asked) (vocab.Thing, error)) http.Handler {
	return s.bytes(func(a asked) ([]byte, error) { return marshal(find(a)) })
}

// marshal writes what was found, or the tombstone of what is gone.
func marshal(found vocab.Thing, err error) ([]byte, error) {
	if found == nil || err != nil && !errors.Is(err, parvis.ErrGone) {
		return nil, err
	}
	body, wrong := vocab.Marshal(found)
	if wrong != nil {
		return nil, wrong
	}
	return body, err
}
