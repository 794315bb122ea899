package parvis

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// KindQuestion is the kind of a Question.
const KindQuestion Kind = "question"

// A Question is put to others, who choose among its options (FEP-9967). Post.EndsAt
// says until when. Only counts of it are ever told: who chose what is for
// themselves to know.
type Question struct {
	Options []Option
	Several bool // one may choose several options
	Hidden  bool // nobody is told the counts before the end

	Voters      int       // people who voted; Untold if their server does not say
	LocalVoters int       // of them, residents of this node
	ClosedAt    time.Time // when voting was over; zero before that, and as long as nobody said so
}

// Untold stands for a number of voters that another server does not tell.
const Untold = -1

// An Option is one of the answers to a question.
type Option struct {
	Name  string
	Votes int
	Local int // of them, by residents of this node
}

// Limits of a question. Another server's may have more options and longer ones;
// beyond MaxRemoteOptions it is read as a plain note with a link.
const (
	MinOptions       = 2
	MaxOptions       = 10
	MaxOption        = 100 // characters
	MaxRemoteOptions = 100
	MaxRemoteOption  = 300 // characters
	MinQuestion      = 5 * time.Minute
	MaxQuestion      = 365 * 24 * time.Hour
)

// Kind implements Detail.
func (*Question) Kind() Kind { return KindQuestion }

// Lasts implements Detail.
func (*Question) Lasts() Lasting {
	return Lasting{Least: MinQuestion, Most: MaxQuestion, Missing: "question.ends.missing", Soon: "question.ends.soon", Far: "question.ends.far"}
}

// Validate implements Detail.
func (q *Question) Validate(o Origin) error {
	least, most, long := MinOptions, MaxOptions, MaxOption
	if o == Remote {
		least, most, long = 1, MaxRemoteOptions, MaxRemoteOption
	}
	var e InvalidError
	switch {
	case len(q.Options) < least:
		e.Add("options", "question.options.few", "Min", least)
	case len(q.Options) > most:
		e.Add("options", "question.options.many", "Max", most)
	}
	known := make(map[string]bool, len(q.Options))
	for _, option := range q.Options {
		switch name := option.Name; {
		case strings.TrimSpace(name) == "" || !utf8.ValidString(name) || strings.ContainsAny(name, "\r\n\x00"):
			e.Add("options", "question.options.invalid")
		case utf8.RuneCountInString(name) > long:
			e.Add("options", "question.options.long", "Max", long)
		case known[name]:
			e.Add("options", "question.options.twice", "Option", name)
		}
		known[option.Name] = true
	}
	return e.OrNil()
}

// Facts implements Detail.
func (q *Question) Facts() []Fact {
	return []Fact{{Label: "question.fact.options", Text: strings.Join(q.Names(), " / ")}}
}

// Names lists what one can choose.
func (q *Question) Names() []string {
	names := make([]string, len(q.Options))
	for i, option := range q.Options {
		names[i] = option.Name
	}
	return names
}

// Position returns where the option with a name stands, -1 if there is none.
func (q *Question) Position(name string) int { return slices.Index(q.Names(), name) }

// Votes returns how many votes there are. With several choices there may be more
// than voters.
func (q *Question) Votes() int {
	sum := 0
	for _, option := range q.Options {
		sum += option.Votes
	}
	return sum
}

// Check reports what is wrong with a choice of options, by their positions.
func (q *Question) Check(choices []int) error {
	switch {
	case len(choices) == 0:
		return Invalid("choice", "question.vote.none")
	case len(choices) > 1 && !q.Several:
		return Invalid("choice", "question.vote.one")
	}
	for i, choice := range choices {
		if choice < 0 || choice >= len(q.Options) || slices.Contains(choices[:i], choice) {
			return Invalid("choice", "question.vote.unknown")
		}
	}
	return nil
}

// VotingOver reports whether nobody may vote in the question of a post any more.
func (p *Post) VotingOver(now time.Time) bool {
	q, ok := p.Detail.(*Question)
	return !ok || !q.ClosedAt.IsZero() || p.Expired(now)
}

// CountsShown reports whether a question's counts may be told.
func (p *Post) CountsShown(now time.Time) bool {
	q, ok := p.Detail.(*Question)
	return ok && (!q.Hidden || p.VotingOver(now))
}

// CanVote reports, as an *InvalidError, why the viewer may not vote in a question
// that they may see. A vote cannot be changed, and nobody votes on their own question.
func (v Viewer) CanVote(p *Post, now time.Time) error {
	switch {
	case v.ID() == p.AuthorID:
		return Invalid("choice", "question.vote.own")
	case len(p.Chosen) > 0:
		return Invalid("choice", "question.vote.again")
	case p.VotingOver(now):
		return Invalid("choice", "question.vote.late")
	}
	return nil
}
