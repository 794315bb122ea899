package mastodon

import (
	"context"
	"errors"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// found returns what the id in the path names: a post, or a share of one. Apps
// hold both for statuses.
func (a *API) found(ctx context.Context, c *call) (storage.HomeEntry, error) {
	id, err := c.id()
	if err != nil {
		return storage.HomeEntry{}, err
	}
	p, err := a.App.Post(ctx, c.node, c.viewer, id)
	if errors.Is(err, parvis.ErrNotFound) {
		return a.App.SharedPost(ctx, c.node, c.viewer, id)
	}
	return storage.HomeEntry{ID: id, Post: p}, err
}

func (a *API) status(ctx context.Context, c *call) (any, error) {
	e, err := a.found(ctx, c)
	if err != nil {
		return nil, err
	}
	return a.statusOfEntry(ctx, c, e)
}

func (a *API) statusOfEntry(ctx context.Context, c *call, e storage.HomeEntry) (*status, error) {
	list, err := a.statusesOf(ctx, c, []storage.HomeEntry{e})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// publish publishes a plain post, an answer or a question; what has facts of its
// own is published on the pages.
func (a *API) publish(ctx context.Context, c *call) (any, error) {
	d, err := a.draft(ctx, c)
	if err != nil {
		return nil, err
	}
	// An app that did not hear the answer asks again under the same key.
	d.Key = c.r.Header.Get("Idempotency-Key")
	p, err := a.App.Publish(ctx, c.node, c.viewer, d)
	if err != nil {
		return nil, err
	}
	return a.statusOf(ctx, c, p)
}

func (a *API) draft(ctx context.Context, c *call) (app.Draft, error) {
	d := app.Draft{Detail: &parvis.Note{}, Source: c.in.text("status"), Warning: c.in.text("spoiler_text"),
		Sensitive: c.in.yes("sensitive"), Language: c.in.text("language")}
	var known bool
	var err error
	if d.Audience, known = audiences[c.in.text("visibility")]; !known {
		return d, parvis.Invalid("visibility", "mastodon.error.visibility")
	}
	if c.in.has("scheduled_at") {
		return d, parvis.Invalid("scheduled_at", "mastodon.error.scheduled")
	}
	if c.in.has("quoted_status_id") {
		return d, parvis.Invalid("quoted_status_id", "mastodon.error.quote")
	}
	if c.in.has("poll[options]") {
		if d.Detail, d.EndsAt, err = c.question(); err != nil {
			return d, err
		}
	}
	if d.ReplyTo, err = c.in.id("in_reply_to_id"); err != nil {
		return d, err
	}
	d.Media, err = a.pictures(ctx, c)
	return d, err
}

// pictures returns those to attach, with the descriptions that they were uploaded with.
func (a *API) pictures(ctx context.Context, c *call) ([]app.DraftMedia, error) {
	ids, err := c.in.ids("media_ids")
	if err != nil {
		return nil, err
	}
	if len(ids) > parvis.MaxMedia {
		return nil, parvis.Invalid("photos", "post.photos.many", "Max", parvis.MaxMedia)
	}
	pictures := make([]app.DraftMedia, len(ids))
	for i, id := range ids {
		m, err := a.App.Uploaded(ctx, c.node, c.viewer, id)
		if errors.Is(err, parvis.ErrNotFound) {
			return nil, parvis.Invalid("photos", "post.photos.unknown")
		}
		if err != nil {
			return nil, err
		}
		pictures[i] = app.DraftMedia{ID: id, Description: m.Description}
	}
	return pictures, nil
}

// remove deletes a post, or takes back a share. The app is given what was typed,
// to write it anew.
func (a *API) remove(ctx context.Context, c *call) (any, error) {
	e, err := a.found(ctx, c)
	if err != nil {
		return nil, err
	}
	s, err := a.statusOfEntry(ctx, c, e)
	if err != nil {
		return nil, err
	}
	if e.Sharer != nil {
		if e.Sharer.ID != c.viewer.ID() {
			return nil, parvis.ErrForbidden
		}
		_, err := a.App.Unshare(ctx, c.node, c.viewer, e.Post.ID)
		return s, err
	}
	if e.Post.AuthorID == c.viewer.ID() {
		s.Text = &e.Post.Source
	}
	return s, a.App.Delete(ctx, c.node, c.viewer, e.Post.ID)
}

// A threadContext is https://docs.joinmastodon.org/entities/Context/.
type threadContext struct {
	Ancestors   []*status `json:"ancestors"`
	Descendants []*status `json:"descendants"`
}

func (a *API) thread(ctx context.Context, c *call) (any, error) {
	e, err := a.found(ctx, c)
	if err != nil {
		return nil, err
	}
	before, after, err := a.App.Thread(ctx, c.node, c.viewer, e.Post)
	if err != nil {
		return nil, err
	}
	all, err := a.statusesOf(ctx, c, entriesOf(append(before, after...)...))
	if err != nil {
		return nil, err
	}
	return threadContext{all[:len(before)], all[len(before):]}, nil
}

// reacted does something to the post that the path names and shows it again.
func (a *API) reacted(ctx context.Context, c *call,
	do func(context.Context, *parvis.Node, parvis.Viewer, parvis.ID) (*parvis.Post, error)) (any, error) {
	e, err := a.found(ctx, c)
	if err != nil {
		return nil, err
	}
	p, err := do(ctx, c.node, c.viewer, e.Post.ID)
	if err != nil {
		return nil, err
	}
	return a.statusOf(ctx, c, p)
}

func (a *API) favourite(ctx context.Context, c *call) (any, error) {
	return a.reacted(ctx, c, a.App.Like)
}

func (a *API) unfavourite(ctx context.Context, c *call) (any, error) {
	return a.reacted(ctx, c, a.App.Unlike)
}

func (a *API) unreblog(ctx context.Context, c *call) (any, error) {
	return a.reacted(ctx, c, a.App.Unshare)
}

// reblog shares a post and shows the share.
func (a *API) reblog(ctx context.Context, c *call) (any, error) {
	e, err := a.found(ctx, c)
	if err != nil {
		return nil, err
	}
	if _, err := a.App.Share(ctx, c.node, c.viewer, e.Post.ID); err != nil {
		return nil, err
	}
	if e, err = a.App.ShareBy(ctx, c.node, c.viewer, c.viewer.ID(), e.Post.ID); err != nil {
		return nil, err
	}
	return a.statusOfEntry(ctx, c, e)
}
