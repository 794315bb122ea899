package app

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parvis-coop/parvis/internal/parvis"
)

const (
	// repeatLife is how long a draft's key is known.
	repeatLife = 24 * time.Hour
	// maxKey is its length, in bytes.
	maxKey = 100
)

// publishOnce publishes a draft, or returns the post that it was published as.
func (a *App) publishOnce(ctx context.Context, n *parvis.Node, v parvis.Viewer, d Draft) (*parvis.Post, error) {
	if len(d.Key) > maxKey || !utf8.ValidString(d.Key) || strings.Contains(d.Key, "\x00") {
		return nil, parvis.Invalid("key", "post.key.invalid", "Max", maxKey)
	}
	since := a.Now().Add(-repeatLife)
	p, err := a.publish(ctx, n, v, d, since)
	if err == nil {
		return p, nil
	}
	// Only now: whatever stopped it, the pictures that the first post has taken
	// for one, a draft that was published has succeeded.
	first, unknown := a.node(n).Repeated(ctx, v.ID(), d.Key, since)
	if errors.Is(unknown, parvis.ErrNotFound) {
		return nil, err
	}
	if unknown != nil {
		return nil, unknown
	}
	return a.Post(ctx, n, v, first)
}
