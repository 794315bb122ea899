package app

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// maxDrafts is how many drafts an account keeps. Notes beyond them are notes only.
const maxDrafts = 50

// DraftsPath is where residents find their drafts.
const DraftsPath = "/moi/brouillons"

// begun is what follows from a note that names a feed: a draft of what the feed would
// share, and a letter of the feed that asks its author to complete it.
type begun struct {
	draft  *parvis.KeptDraft
	letter *parvis.Post
}

// begin prepares what follows from a post of a resident; nil if nothing does.
func (a *App) begin(ctx context.Context, n *parvis.Node, v parvis.Viewer, p *parvis.Post) (*begun, error) {
	if p.Kind() != parvis.KindNote || p.ReplyTo != 0 {
		return nil, nil
	}
	feed, err := a.feedNamed(ctx, n, p)
	if err != nil || feed == nil || feed.Feed != parvis.KindOffer {
		return nil, err
	}
	if kept, err := a.node(n).CountDrafts(ctx, v.ID()); err != nil || kept >= maxDrafts {
		return nil, err
	}
	b := &begun{draft: &parvis.KeptDraft{ID: parvis.NewID(a.Now()), AccountID: v.ID(), Kind: feed.Feed, Source: withoutName(p.Source, feed, n),
		Language: p.Language, Media: append([]parvis.Media(nil), p.Media...)}}
	if a.Words == nil {
		return b, nil
	}
	language := cmp.Or(v.Language, p.Language, n.Language)
	b.letter, _, err = a.compose(ctx, n, parvis.Viewer{Account: feed}, Draft{Detail: &parvis.Note{}, Audience: parvis.Named, Language: language,
		To: []*parvis.Account{v.Account}, Source: a.Words(language, "draft.letter", "Link", n.URL(DraftsPath))}, nil)
	return b, err
}

// withoutName takes the name of a feed off the beginning and the end of a text, where
// it only says to whom that goes.
func withoutName(source string, feed *parvis.Account, n *parvis.Node) string {
	for _, name := range []string{feed.Handle(n.Host), "@" + feed.Username} {
		if rest, ok := strings.CutPrefix(source, name); ok && !strings.HasPrefix(rest, "@") {
			source = rest
		}
		source = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(source), name))
	}
	return source
}

// keep stores what follows from a note that is stored.
func (a *App) keep(ctx context.Context, n *parvis.Node, t *storage.Tx, b *begun, note *parvis.Post) error {
	if b == nil {
		return nil
	}
	b.draft.PostID = note.ID
	if err := t.AddDraft(ctx, b.draft); err != nil || b.letter == nil {
		return err
	}
	if err := a.addPost(ctx, n, t, b.letter, nil); err != nil {
		return err
	}
	return a.tellNamed(ctx, t, b.letter, nil)
}

// addPost stores a post that was written here under an id that is free.
func (a *App) addPost(ctx context.Context, n *parvis.Node, t *storage.Tx, p *parvis.Post, tags []string) error {
	err := t.AddPost(ctx, p, tags)
	for tries := 0; errors.Is(err, parvis.ErrConflict) && tries < 3; tries++ {
		identify(p, n, a.Now()) // its id was taken by chance
		err = t.AddPost(ctx, p, tags)
	}
	if err != nil {
		return err
	}
	return t.Index(ctx, a.findablePost(n, p))
}

// Drafts lists the viewer's drafts, newest first.
func (a *App) Drafts(ctx context.Context, n *parvis.Node, v parvis.Viewer) ([]*parvis.KeptDraft, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	return a.node(n).Drafts(ctx, v.ID(), maxDrafts)
}

// KeptDraft returns a draft of the viewer's.
func (a *App) KeptDraft(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.KeptDraft, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	return a.node(n).Draft(ctx, v.ID(), id)
}

// Discard forgets a draft of the viewer's.
func (a *App) Discard(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) error {
	if !v.Resident() {
		return parvis.ErrSignIn
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.RemoveDraft(ctx, v.ID(), id) })
}
