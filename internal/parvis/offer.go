package parvis

import (
	"cmp"
	"slices"
	"time"
)

// KindOffer is the kind of an Offer.
const KindOffer Kind = "offer"

// An Offer is something that a neighbour proposes or looks for.
type Offer struct {
	Purpose  Purpose
	Sort     Sort
	Category Category // may be empty
}

// Purpose tells offers from requests, in the words of FEP-0837.
type Purpose string

// The purposes.
const (
	PurposeOffer   Purpose = "offer"
	PurposeRequest Purpose = "request"
)

// Sort says what is proposed or looked for.
type Sort string

// Sorts lists the sorts in the order in which forms show them.
var Sorts = []Sort{SortObject, SortGift, SortService, SortLesson, SortRide, SortJob, SortRoom, SortOther}

// The sorts of offers.
const (
	SortObject  Sort = "object"  // a thing to lend or borrow
	SortGift    Sort = "gift"    // a thing to keep
	SortService Sort = "service" // a hand
	SortLesson  Sort = "lesson"  // a lesson or a skill
	SortRide    Sort = "ride"
	SortJob     Sort = "job"
	SortRoom    Sort = "room" // a place to meet, work or sleep
	SortOther   Sort = "other"
)

// Category is the field of life that an offer belongs to.
type Category string

// Categories lists the categories in the order in which forms show them.
var Categories = []Category{"tools", "garden", "home", "kitchen", "food", "children", "clothes", "culture",
	"sport", "mobility", "digital", "paperwork", "care", "animals", "festivity"}

// Kind implements Detail.
func (*Offer) Kind() Kind { return KindOffer }

// Validate implements Detail. A peer's unknown sort is read as SortOther and its
// unknown category as none, by the decoder; so both are errors here.
func (f *Offer) Validate(Origin) error {
	var e InvalidError
	if f.Purpose != PurposeOffer && f.Purpose != PurposeRequest {
		e.Add("purpose", "offer.purpose.missing")
	}
	if !slices.Contains(Sorts, f.Sort) {
		e.Add("sort", "offer.sort.missing")
	}
	if f.Category != "" && !slices.Contains(Categories, f.Category) {
		e.Add("category", "offer.category.unknown")
	}
	return e.OrNil()
}

const day = 24 * time.Hour

// usually is how long an offer of a sort lasts if its author does not say; other sorts
// last 60 days. What one has stays longer than what passes.
var usually = map[Sort]time.Duration{SortObject: 180 * day, SortLesson: 120 * day, SortService: 90 * day, SortGift: 30 * day, SortRide: 30 * day}

// Lasts implements Detail. Who looks for something finds it, or gives up, sooner than
// who has it.
func (f *Offer) Lasts() Lasting {
	l := notLong
	l.Usual = cmp.Or(usually[f.Sort], 60*day)
	if f.Purpose == PurposeRequest {
		l.Usual = min(l.Usual, 60*day)
	}
	return l
}

// Facts implements Detail.
func (f *Offer) Facts() []Fact {
	facts := []Fact{{Label: "offer.fact." + string(f.Purpose), Term: "offer.sort." + string(f.Sort)}}
	if f.Category != "" {
		facts = append(facts, Fact{Label: "offer.fact.category", Term: "offer.category." + string(f.Category)})
	}
	return facts
}
