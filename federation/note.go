package federation

import (
	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// noteCodec is for plain posts, which have nothing beyond their envelope.
var noteCodec = codec{
	typ:    vocab.TypeNote,
	terms:  func(*parvis.Post) map[string]any { return nil },
	detail: func(*vocab.Object) parvis.Detail { return &parvis.Note{} },
	is:     func(*vocab.Object) bool { return false },
}
