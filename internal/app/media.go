package app

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/parvis-coop/parvis/internal/media"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Shape says what a picture is for.
type Shape int

// The shapes of pictures.
const (
	Photo  Shape = iota // of a post
	Avatar              // of a person: a square of it
	Copy                // of a post of another server, which has it larger
	Emoji               // inside a text: small, and transparent
)

// A NewPicture is a picture that somebody sends.
type NewPicture struct {
	Shape       Shape
	Crop        parvis.Crop // which square of it becomes an Avatar
	Description string
	File        io.Reader
}

// uploadLimit bounds what one person can make us decode.
var uploadLimit = limit{"upload", 60, time.Hour}

// Upload keeps a picture for a post or profile that the viewer will write. If it
// is never used, it is swept away after a day.
func (a *App) Upload(ctx context.Context, n *parvis.Node, v parvis.Viewer, p NewPicture) (*parvis.Media, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	if len([]rune(p.Description)) > parvis.MaxDescription {
		return nil, parvis.Invalid("photos", "post.photos.description.long", "Max", parvis.MaxDescription)
	}
	if err := a.attempt(ctx, n, uploadLimit, v.ID().String()); err != nil {
		return nil, err
	}
	m := &parvis.Media{ID: parvis.NewID(a.Now()), AccountID: v.ID(), Description: p.Description}
	if err := a.develop(ctx, m, p); err != nil {
		return nil, pictureProblem(err)
	}
	return m, a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.AddMedia(ctx, m) })
}

// Uploaded returns a picture that the viewer uploaded; another's is parvis.ErrNotFound.
func (a *App) Uploaded(ctx context.Context, n *parvis.Node, v parvis.Viewer, id parvis.ID) (*parvis.Media, error) {
	if !v.Resident() {
		return nil, parvis.ErrSignIn
	}
	m, err := a.node(n).Media(ctx, id)
	if err != nil {
		return nil, err
	}
	if m.AccountID != v.ID() {
		return nil, parvis.ErrNotFound
	}
	return m, nil
}

// develop prepares a picture's renditions and stores their files.
func (a *App) develop(ctx context.Context, m *parvis.Media, p NewPicture) error {
	prepare := a.Photos.Photo
	switch p.Shape {
	case Copy:
		prepare = a.Photos.Copy
	case Avatar:
		prepare = func(ctx context.Context, r io.Reader) (media.Prepared, error) {
			return a.Photos.Avatar(ctx, r, p.Crop.Square)
		}
	case Emoji:
		prepare = a.Photos.Emoji
	}
	prepared, err := prepare(ctx, p.File)
	if err != nil {
		return err
	}
	if err := prepared.Save(ctx, a.Media); err != nil {
		return err
	}
	m.Blurhash, m.Renditions = prepared.Blurhash, nil
	for _, one := range prepared.Renditions {
		m.Renditions = append(m.Renditions, parvis.Rendition{Key: one.Key, Type: media.TypeOf(one.Key),
			Width: one.Width, Height: one.Height, Size: int64(len(one.Data))})
	}
	return nil
}

// pictureProblem turns what can be wrong with a file into a sentence.
func pictureProblem(err error) error {
	for problem, key := range map[error]string{
		media.ErrTooLarge:      "photo.large",
		media.ErrTooManyPixels: "photo.pixels",
		media.ErrNotPicture:    "photo.type",
		media.ErrBroken:        "photo.broken",
	} {
		if errors.Is(err, problem) {
			return parvis.Invalid("photos", key)
		}
	}
	return err
}

// PictureWanted returns a picture of another server that has no copy here yet,
// and what it is for; parvis.ErrNotFound means that there is nothing to do.
func (a *App) PictureWanted(ctx context.Context, n *parvis.Node, id parvis.ID) (*parvis.Media, Shape, error) {
	m, err := a.node(n).Media(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	if m.Ready() || m.RemoteURL == "" {
		return nil, 0, parvis.ErrNotFound
	}
	if m.PostID != 0 {
		return m, Copy, nil
	}
	emoji, err := a.node(n).IsEmoji(ctx, m.ID)
	if emoji {
		return m, Emoji, err
	}
	return m, Avatar, err
}

// ReceivePicture stores the copy of a picture of another server.
func (a *App) ReceivePicture(ctx context.Context, n *parvis.Node, m *parvis.Media, s Shape, r io.Reader) error {
	if err := a.develop(ctx, m, NewPicture{Shape: s, File: r}); err != nil {
		return pictureProblem(err)
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.UpdateMedia(ctx, m); err != nil {
			return err
		}
		return t.Copied(ctx, m.ID, a.Now())
	})
}
