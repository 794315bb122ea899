package federation

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
)

// questionCodec is for questions, which are polls to the fediverse (FEP-9967).
var questionCodec = codec{typ: vocab.TypeQuestion, terms: questionTerms, detail: questionDetail, is: isQuestion}

func questionTerms(p *parvis.Post) map[string]any {
	q := p.Detail.(*parvis.Question)
	options := make([]any, len(q.Options))
	for i, o := range q.Options {
		replies := map[string]any{"type": vocab.TypeCollection}
		if !q.Hidden || !q.ClosedAt.IsZero() {
			replies["totalItems"] = o.Votes
		}
		options[i] = map[string]any{"type": vocab.TypeNote, "name": o.Name, "replies": replies}
	}
	terms := map[string]any{"oneOf": options}
	if q.Several {
		terms = map[string]any{"anyOf": options}
	}
	if q.Voters != parvis.Untold {
		terms["votersCount"] = q.Voters
	}
	if !q.ClosedAt.IsZero() {
		terms["closed"] = q.ClosedAt
	}
	return terms
}

// maxCount bounds what others may claim to have counted.
const maxCount = 1_000_000_000

func questionDetail(o *vocab.Object) parvis.Detail {
	q := &parvis.Question{ClosedAt: o.Time("closed")}
	options := o.Objects("oneOf")
	if len(options) == 0 {
		q.Several, options = true, o.Objects("anyOf")
	}
	if q.ClosedAt.IsZero() && o.Bool("closed") {
		q.ClosedAt = o.Time("published") // it does not say since when
	}
	for _, option := range options {
		votes, told := option.Object("replies").Int("totalItems")
		q.Hidden = q.Hidden || !told
		q.Options = append(q.Options, parvis.Option{Name: option.String("name"), Votes: int(min(max(votes, 0), maxCount))})
	}
	voters, told := o.Int("votersCount")
	switch {
	case told:
		q.Voters = int(min(max(voters, 0), maxCount))
	case q.Several:
		q.Voters = parvis.Untold
	default:
		q.Voters = q.Votes()
	}
	return q
}

// isQuestion tells whether a Question is one that people here can vote in. A vote
// names its option exactly, so the names must be fit to be shown as they are. Any
// other Question is a note that leads to its page.
func isQuestion(o *vocab.Object) bool {
	q := questionDetail(o).(*parvis.Question)
	for _, name := range q.Names() {
		if visible(name) != name {
			return false
		}
	}
	return q.Validate(parvis.Remote) == nil
}

// errVote is wrapped by refusals of what answers a question of ours under a name:
// votes that do not count.
var errVote = errors.New("not a vote that counts")

// votedIn returns the question of ours that an object votes in: a Note with a name
// that answers it. Whatever more it says, it is no post, and nobody is shown it.
func (s *Server) votedIn(ctx context.Context, n *parvis.Node, o *vocab.Object) (*parvis.Post, error) {
	uri := o.ID("inReplyTo")
	if o.Type() != vocab.TypeNote || o.String("name") == "" || !SameOrigin(uri, n.Base()) {
		return nil, nil
	}
	p, err := s.rows(n).PostByURI(ctx, uri)
	if err != nil || !p.Author.Local() || p.Kind() != parvis.KindQuestion {
		return nil, ignore(err, parvis.ErrNotFound)
	}
	return p, nil
}

// digestVote counts a vote in a question of ours, and reports whether what was
// created is one.
func (s *Server) digestVote(ctx context.Context, a said) (bool, error) {
	o := a.all.Object("object")
	p, err := s.votedIn(ctx, a.node, o)
	if p == nil || err != nil {
		return false, err
	}
	if err := soleVote(o, a.by, p); err != nil {
		return true, err
	}
	if err := s.admissible(ctx, a.node, a.by); err != nil {
		return true, err
	}
	err = s.app.ReceiveVote(ctx, a.node, a.by, p, o.String("name"))
	return true, ignore(err, parvis.ErrConflict) // twice is once
}

// soleVote refuses a vote that is not the signer's own, or is meant for others than
// the author of the question: it would tell them who voted what.
func soleVote(o *vocab.Object, by *parvis.Account, p *parvis.Post) error {
	to := append(o.IDs("to"), o.IDs("cc")...)
	content, _ := o.Text("content")
	switch {
	case !slices.Contains(o.IDs("attributedTo"), by.URI), o.Has("id") && !SameOrigin(o.ID("id"), by.URI):
		return fmt.Errorf("%w: of another", errVote)
	case content != "" || len(to) > 1 || len(to) == 1 && to[0] != p.Author.URI:
		return fmt.Errorf("%w: with a text, or for others", errVote)
	}
	return nil
}

// sayVote tells the author of a question which option somebody chose.
func (s *Server) sayVote(_ context.Context, st statement) (letter, error) {
	p := st.post
	if p == nil || !p.DeletedAt.IsZero() || st.target == nil {
		return letter{}, parvis.ErrNotFound
	}
	id := st.actor.URI + "#votes/" + st.job.String()
	vote := vocab.Vote{ID: id, AttributedTo: st.actor.URI, To: st.target.URI, Name: st.Option, InReplyTo: p.URI}
	l, err := st.toTarget(vocab.Activity{Type: vocab.TypeCreate, ID: id + "/activity", Object: vote})
	l.about = p.URI
	return l, err
}

// counts runs a JobCounts: it asks another server for the counts of its question.
func (s *Server) counts(ctx context.Context, j *parvis.Job) error {
	n, args, err := begin[parvis.CountsArgs](ctx, s, j)
	if err != nil {
		return err
	}
	p, err := s.rows(n).Post(ctx, args.Post)
	if err != nil {
		return settle(err)
	}
	if p.Author.Local() || p.Kind() != parvis.KindQuestion || !p.DeletedAt.IsZero() {
		return nil
	}
	as, err := s.rows(n).Account(ctx, args.As)
	if err != nil {
		return settle(err)
	}
	o, author, err := s.fetchObject(ctx, n, p.URI, as)
	if err == nil && author.ID != p.AuthorID {
		err = ErrWrongOrigin
	}
	if err == nil {
		_, err = s.admitPost(ctx, n, o, author, app.Fetched)
	}
	if err != nil && j.Attempt >= fetchTries {
		return work.Drop(err)
	}
	return settle(err)
}
