package mastodon

import "github.com/parvis-coop/parvis/internal/parvis"

// A quote is https://docs.joinmastodon.org/entities/Quote/.
type quote struct {
	State  quoteState `json:"state"`
	Status *status    `json:"quoted_status"`
}

// A shallowQuote is https://docs.joinmastodon.org/entities/ShallowQuote/: what is
// quoted within a quote.
type shallowQuote struct {
	State    quoteState `json:"state"`
	StatusID *string    `json:"quoted_status_id"`
}

// A quoteState says how a quote stands. Of Mastodon's words these are true here:
// why somebody did not agree is not kept, and why one may not see something is not
// told.
type quoteState string

const (
	quotePending      quoteState = "pending" // its author did not agree, as far as is known
	quoteAccepted     quoteState = "accepted"
	quoteUnauthorized quoteState = "unauthorized" // its author agreed, but it is not for the viewer, or gone
)

func stateOf(p *parvis.Post) quoteState {
	switch {
	case p.QuoteStamp == "":
		return quotePending
	case p.Quoted == nil:
		return quoteUnauthorized
	}
	return quoteAccepted
}

// quote shows what a post quotes; nil if it quotes nothing.
func (c *call) quote(p *parvis.Post, authors map[parvis.ID]parvis.ID) any {
	if p.QuoteURI == "" {
		return nil
	}
	shown := quote{State: stateOf(p)}
	if p.Quoted != nil {
		shown.Status = c.post(p.Quoted, authors)
		shown.Status.Quote = c.shallowQuote(p.Quoted)
	}
	return shown
}

func (c *call) shallowQuote(p *parvis.Post) any {
	if p.QuoteURI == "" {
		return nil
	}
	shown := shallowQuote{State: stateOf(p)}
	if p.Quoted != nil {
		shown.StatusID = textOrNull(p.Quoted.ID.Decimal())
	}
	return shown
}

// An approval is https://docs.joinmastodon.org/entities/QuoteApproval/.
type approval struct {
	Automatic   []string `json:"automatic"`
	Manual      []string `json:"manual"`
	CurrentUser string   `json:"current_user"`
}

// approvalOf says who may quote a post. What other servers' authors allow is not
// kept, and residents quote by link only, so apps offer nothing that would fail.
func approvalOf(p *parvis.Post) approval {
	a := approval{Automatic: []string{}, Manual: []string{}, CurrentUser: "denied"}
	if p.Author.Local() && p.QuotableByAnyone() {
		a.Automatic = append(a.Automatic, "public")
	}
	return a
}
