// Package mastodon lets apps written for Mastodon use a node: the first part of
// its client API (https://docs.joinmastodon.org/client/intro/). Every post is
// shown as a status, with its facts said in words; there is no code here for any
// kind of posts, and no rule about who may do what: those are in app.
package mastodon

import (
	"context"
	"embed"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// Locales holds the words that only apps are told.
//
//go:embed locales
var Locales embed.FS

// An API answers apps. It is made once for a process and used by pointer.
type API struct {
	App *app.App
	// Words must hold Locales and the names of facts.
	Words *i18n.Catalogue
	// NodeOf returns the node that a request is for.
	NodeOf func(context.Context) *parvis.Node
	// Version is that of the program.
	Version string
	// MaxUpload is the size of the largest picture that is read, in bytes.
	MaxUpload int64

	figures figures
}
