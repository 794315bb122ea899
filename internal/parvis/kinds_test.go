package parvis_test

import (
	"testing"

	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// TestEveryKind proves that no kind was forgotten here: its sample is valid, and
// what it says in words can be said in every language.
func TestEveryKind(t *testing.T) {
	t.Parallel()
	catalogue, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range parvis.Kinds {
		detail := parvistest.Sample(kind)
		if got := detail.Kind(); got != kind {
			t.Errorf("the sample of %s is a %s", kind, got)
		}
		for _, origin := range []parvis.Origin{parvis.Local, parvis.Remote} {
			if err := detail.Validate(origin); err != nil {
				t.Errorf("the sample of %s is not valid: %v", kind, err)
			}
		}
		// A note says everything in its envelope; any other kind has something to add.
		if len(detail.Facts()) == 0 && kind != parvis.KindNote {
			t.Errorf("the sample of %s has no facts", kind)
		}
		checkFacts(t, catalogue, detail)
	}
}

func TestEveryOfferCanBeSaid(t *testing.T) {
	t.Parallel()
	catalogue, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, purpose := range []parvis.Purpose{parvis.PurposeOffer, parvis.PurposeRequest} {
		for _, sort := range parvis.Sorts {
			for _, category := range append(parvis.Categories, "") {
				offer := &parvis.Offer{Purpose: purpose, Sort: sort, Category: category}
				if err := offer.Validate(parvis.Local); err != nil {
					t.Errorf("%+v: %v", offer, err)
				}
				checkFacts(t, catalogue, offer)
			}
		}
	}
}

func checkFacts(t *testing.T, catalogue *i18n.Catalogue, detail parvis.Detail) {
	t.Helper()
	for _, fact := range detail.Facts() {
		if fact.Label == "" || (fact.Text == "") == (fact.Term == "") {
			t.Errorf("%s: fact %+v needs a label, and a text or a term", detail.Kind(), fact)
		}
		for _, lang := range i18n.Languages {
			for _, key := range []string{fact.Label, fact.Term} {
				if key != "" && !catalogue.For(lang).Has(key) {
					t.Errorf("%s: no %q in %s", detail.Kind(), key, lang)
				}
			}
		}
	}
}
