package parvis

// A Stamp is the consent of one of our authors that a post of theirs is quoted by
// another post (FEP-044f calls it a QuoteAuthorization).
type Stamp struct {
	ID       ID
	PostID   ID // ours
	QuoterID ID
	QuoteURI string // the post that quotes it
}

// A Quotation is a stamp together with who quotes.
type Quotation struct {
	Stamp
	Quoter *Account
}

// Path returns where the stamp lies on this node.
func (s *Stamp) Path() string { return "/stamps/" + s.ID.String() }

// QuotableByAnyone reports whether everyone may quote the post; others only its
// author may quote.
func (p *Post) QuotableByAnyone() bool { return p.Audience.Public() && p.DeletedAt.IsZero() }
