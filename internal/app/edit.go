package app

import (
	"context"
	"slices"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Edit replaces what a post says. Its audience and what it answers stay.
func (a *App) Edit(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID, d Draft) (*parvis.Post, error) {
	old, err := a.editable(ctx, n, v, id)
	if err != nil {
		return nil, err
	}
	p := d.post(n, v.Account, a.Now())
	if p.Kind() != old.Kind() {
		return nil, parvis.ErrConflict
	}
	p.ID, p.URI, p.URL, p.Audience, p.State = old.ID, old.URI, old.URL, old.Audience, old.State
	p.ReplyTo, p.ReplyToURI, p.Thread, p.AnsweredID = old.ReplyTo, old.ReplyToURI, old.Thread, old.AnsweredID
	p.PublishedAt, p.EditedAt = old.PublishedAt, nextEdit(old, a.Now())
	p.Replies, p.Likes, p.Shares = old.Replies, old.Likes, old.Shares
	p.Context, p.QuoteURI, p.QuoteStamp = old.Context, old.QuoteURI, old.QuoteStamp
	if err := a.attach(ctx, n, v, p); err != nil {
		return nil, err
	}
	now := a.Now()
	if p.EndsAt.Equal(old.EndsAt) {
		now = old.PublishedAt // a deadline that passed meanwhile is not the editor's mistake
	}
	if err := p.Validate(parvis.Local, now); err != nil {
		return nil, err
	}
	tags, err := a.render(ctx, n, p)
	if err != nil {
		return nil, err
	}
	if p.Audience == parvis.Named {
		if p.Mentions, err = a.stillNamed(ctx, n, old, p, d.KeepReaders); err != nil {
			return nil, err
		}
	}
	return p, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.UpdatePost(ctx, p, tags); err != nil {
			return err
		}
		if err := t.Index(ctx, a.findablePost(n, p)); err != nil {
			return err
		}
		if err := a.tellNamed(ctx, t, p, nil); err != nil {
			return err
		}
		if err := a.answered(ctx, t, p); err != nil {
			return err
		}
		if err := a.await(ctx, t, p); err != nil {
			return err
		}
		return a.spread(ctx, t, p, parvis.VerbUpdate)
	})
}

// stillNamed returns whom an edited post for named people is for. Nobody is added:
// they would come into a conversation of others. Unless
// all of them stay, whom its text does not name any more, though it did, is left out.
func (a *App) stillNamed(ctx context.Context, n *parvis.Node, old, edited *parvis.Post, all bool) ([]parvis.Mention, error) {
	if all {
		return old.Mentions, nil
	}
	before := *old
	if _, err := a.render(ctx, n, &before); err != nil {
		return nil, err
	}
	var left []parvis.Mention
	for _, m := range old.Mentions {
		if names(edited, m.AccountID) || !names(&before, m.AccountID) {
			left = append(left, m)
		}
	}
	return left, nil
}

// names reports whether a post names an account.
func names(p *parvis.Post, account parvis.ID) bool {
	return slices.ContainsFunc(p.Mentions, func(m parvis.Mention) bool { return m.AccountID == account })
}

// nextEdit returns the time of an edit: whole seconds, as they are sent, and
// later than the edit before, or other servers would ignore it.
func nextEdit(p *parvis.Post, now time.Time) time.Time {
	now = now.Truncate(time.Second)
	if last := p.UpdatedAt(); !now.After(last) {
		return last.Add(time.Second)
	}
	return now
}

// SetState marks a post as open, reserved or done. What ended meanwhile, or never would, and
// is open again lasts as if it were new.
func (a *App) SetState(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID, next parvis.State) (*parvis.Post, error) {
	p, err := a.editable(ctx, n, v, id)
	if err != nil {
		return nil, err
	}
	if p.State == next {
		return p, nil // pressed twice
	}
	if !p.Kind().Stages() {
		return nil, parvis.Invalid("state", "post.state.step")
	}
	if err := p.State.To(next); err != nil {
		return nil, err
	}
	before := p.State
	p.State, p.EditedAt = next, nextEdit(p, a.Now())
	end := p.EndsAt
	if next == parvis.Open && (p.EndsAt.IsZero() || p.Expired(a.Now())) {
		end = p.Renewed(a.Now())
	}
	return p, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.SetState(ctx, p.ID, before, next, p.EditedAt); err != nil {
			return err
		}
		if err := a.answered(ctx, t, p); err != nil {
			return err
		}
		if !end.Equal(p.EndsAt) {
			return a.endAt(ctx, t, p, end)
		}
		if err := a.await(ctx, t, p); err != nil {
			return err
		}
		return a.spread(ctx, t, p, parvis.VerbUpdate)
	})
}

func (a *App) editable(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Post, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	p, err := a.Post(ctx, n, v, id)
	if err != nil {
		return nil, err
	}
	if !v.CanEdit(p) {
		return nil, parvis.ErrForbidden
	}
	return p, nil
}

// Delete takes a post back, here and from everyone who was shown it.
func (a *App) Delete(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	p, err := a.Post(ctx, n, v, id)
	if err != nil {
		return err
	}
	if !v.CanDelete(p) {
		return parvis.ErrForbidden
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return a.remove(ctx, t, p) })
}

// remove deletes a post; if it is ours, other servers are told.
func (a *App) remove(ctx context.Context, t *storage.Tx, p *parvis.Post) error {
	if err := t.DeletePost(ctx, p, a.Now()); err != nil {
		return err
	}
	sharing := t.LocalSharers
	if p.Author.Local() {
		if err := a.spread(ctx, t, p, parvis.VerbDelete); err != nil {
			return err
		}
	} else {
		sharing = t.LocalFeedsSharing // who follows a feed hears of it from nobody else
	}
	sharers, err := sharing(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, s := range sharers {
		if err := a.say(ctx, t, parvis.SayArgs{Verb: parvis.VerbShare, Undo: true, Actor: s.AccountID, Post: p.ID, URI: s.URI}); err != nil {
			return err
		}
	}
	return nil
}
