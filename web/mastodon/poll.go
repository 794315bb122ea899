package mastodon

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A poll is https://docs.joinmastodon.org/entities/Poll/. Its id is that of the post.
type poll struct {
	ID          string       `json:"id"`
	ExpiresAt   *string      `json:"expires_at"`
	Expired     bool         `json:"expired"`
	Multiple    bool         `json:"multiple"`
	VotesCount  int          `json:"votes_count"`
	VotersCount *int         `json:"voters_count"` // null if another server does not say
	Options     []pollOption `json:"options"`
	Emojis      []emoji      `json:"emojis"`
	Voted       *bool        `json:"voted,omitempty"`
	OwnVotes    *[]int       `json:"own_votes,omitempty"`
}

type pollOption struct {
	Title      string `json:"title"`
	VotesCount *int   `json:"votes_count"` // null until the counts are told
}

// poll shows what a question asks; nil if the post is none.
func (c *call) poll(p *parvis.Post) *poll {
	q, ok := p.Detail.(*parvis.Question)
	if !ok {
		return nil
	}
	shown := p.CountsShown(c.now)
	out := &poll{ID: p.ID.Decimal(), ExpiresAt: stampOrNull(p.EndsAt), Expired: p.VotingOver(c.now), Multiple: q.Several,
		Options: make([]pollOption, len(q.Options)), Emojis: c.emojisOf(p.Emojis)}
	if q.Voters != parvis.Untold {
		out.VotersCount = &q.Voters
	}
	if shown {
		out.VotesCount = q.Votes()
	}
	for i := range q.Options {
		out.Options[i].Title = q.Options[i].Name
		if shown {
			out.Options[i].VotesCount = &q.Options[i].Votes
		}
	}
	if c.viewer.Resident() {
		// Who asked sees the results, not the form, as if they had voted.
		voted, mine := len(p.Chosen) > 0 || p.AuthorID == c.viewer.ID(), slices.Clone(p.Chosen)
		if mine == nil {
			mine = []int{}
		}
		out.Voted, out.OwnVotes = &voted, &mine
	}
	return out
}

// showPoll answers for the question that the path names.
func (a *API) showPoll(ctx context.Context, c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	p, err := a.App.Post(ctx, c.node, c.viewer, id)
	if err != nil {
		return nil, err
	}
	if p.Kind() != parvis.KindQuestion {
		return nil, parvis.ErrNotFound
	}
	return c.poll(p), nil
}

// vote votes in the question that the path names.
func (a *API) vote(ctx context.Context, c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	choices := make([]int, 0, len(c.in.values["choices"]))
	for _, s := range c.in.values["choices"] {
		choice, err := strconv.Atoi(s)
		if err != nil {
			return nil, parvis.Invalid("choice", "question.vote.unknown")
		}
		choices = append(choices, choice)
	}
	p, err := a.App.Vote(ctx, c.node, c.viewer, id, choices)
	if err != nil {
		return nil, err
	}
	return c.poll(p), nil
}

// question reads what a status asks, and until when.
func (c *call) question() (*parvis.Question, time.Time, error) {
	q := &parvis.Question{Several: c.in.yes("poll[multiple]"), Hidden: c.in.yes("poll[hide_totals]")}
	for _, name := range c.in.values["poll[options]"] {
		q.Options = append(q.Options, parvis.Option{Name: strings.TrimSpace(name)})
	}
	if !c.in.has("poll[expires_in]") {
		return q, time.Time{}, nil
	}
	seconds, err := strconv.Atoi(c.in.text("poll[expires_in]"))
	if err != nil || seconds < 0 {
		return nil, time.Time{}, parvis.Invalid("ends", "question.ends.missing")
	}
	// More than the longest is too long, however much more.
	lasts := time.Duration(min(seconds, int(2*parvis.MaxQuestion/time.Second))) * time.Second
	return q, c.now.Add(lasts).Truncate(time.Second), nil
}
