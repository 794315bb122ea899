package storage

import (
	"context"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A detailTable saves and loads what only one kind has.
type detailTable struct {
	save func(context.Context, *Tx, parvis.ID, parvis.Detail) error
	load func(context.Context, *Node, []parvis.ID) (map[parvis.ID]parvis.Detail, error)
}

// details has an entry for every kind.
var details = map[parvis.Kind]detailTable{
	parvis.KindNote:     {saveNote, loadNotes},
	parvis.KindOffer:    {saveOffer, loadOffers},
	parvis.KindQuestion: {saveQuestion, loadQuestions},
}
