package federation

import (
	"slices"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// offerCodec is for offers and requests. They carry the terms of FEP-0837, which
// others may know, and our own.
var offerCodec = codec{typ: vocab.TypeNote, terms: offerTerms, detail: offerDetail, is: isOffer}

func offerTerms(p *parvis.Post) map[string]any {
	offer := p.Detail.(*parvis.Offer)
	terms := map[string]any{
		"purpose":   string(offer.Purpose),
		"unitBased": false, // one thing, not so many of a kind
		"publishes": map[string]any{
			"type":   "Intent",
			"id":     p.URI + "#primary",
			"action": offerAction(offer.Sort),
			"resourceQuantity": map[string]any{
				"hasUnit":           "one",
				"hasNumericalValue": "1",
			},
		},
		"parvis:sort": string(offer.Sort),
	}
	if offer.Category != "" {
		terms["parvis:category"] = string(offer.Category)
	}
	return terms
}

// offerAction is the ValueFlows action that an offer is about: FEP-0837 knows
// handing over a thing and doing something for somebody.
func offerAction(s parvis.Sort) string {
	switch s {
	case parvis.SortObject, parvis.SortGift, parvis.SortOther:
		return "transfer"
	}
	return "deliverService"
}

func offerDetail(o *vocab.Object) parvis.Detail {
	offer := &parvis.Offer{Purpose: parvis.PurposeOffer, Sort: parvis.Sort(o.String("parvis:sort")),
		Category: parvis.Category(o.String("parvis:category"))}
	if o.String("purpose") == string(parvis.PurposeRequest) {
		offer.Purpose = parvis.PurposeRequest
	}
	if !slices.Contains(parvis.Sorts, offer.Sort) {
		offer.Sort = parvis.SortOther
	}
	if !slices.Contains(parvis.Categories, offer.Category) {
		offer.Category = ""
	}
	return offer
}

// isOffer recognises a Note that another program marked up with FEP-0837.
func isOffer(o *vocab.Object) bool {
	purpose := parvis.Purpose(o.String("purpose"))
	return (purpose == parvis.PurposeOffer || purpose == parvis.PurposeRequest) && o.Object("publishes") != nil
}
