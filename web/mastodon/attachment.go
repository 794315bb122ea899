package mastodon

import (
	"context"
	"strconv"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// An attachment is https://docs.joinmastodon.org/entities/MediaAttachment/.
type attachment struct {
	ID          string  `json:"id"`
	Type        string  `json:"type"`
	URL         string  `json:"url"`
	PreviewURL  string  `json:"preview_url"`
	RemoteURL   *string `json:"remote_url"`
	TextURL     *string `json:"text_url"`
	Meta        meta    `json:"meta"`
	Description *string `json:"description"`
	Blurhash    *string `json:"blurhash"`
}

type meta struct {
	Original size `json:"original"`
	Small    size `json:"small"`
}

type size struct {
	Width  int     `json:"width"`
	Height int     `json:"height"`
	Size   string  `json:"size"`
	Aspect float64 `json:"aspect"`
}

// previewWidth suits a column of a telephone.
const previewWidth = 480

// attachments shows the pictures that there is a copy of.
func (c *call) attachments(media []parvis.Media) []attachment {
	shown := make([]attachment, 0, len(media))
	for i := range media {
		if media[i].Ready() {
			shown = append(shown, c.attachment(&media[i]))
		}
	}
	return shown
}

func (c *call) attachment(m *parvis.Media) attachment {
	large, small := m.Largest(), m.Fitting(previewWidth)
	return attachment{
		ID: m.ID.Decimal(), Type: "image", URL: c.node.URL(large.MediaPath()), PreviewURL: c.node.URL(small.MediaPath()),
		RemoteURL: textOrNull(m.RemoteURL), Meta: meta{sizeOf(large), sizeOf(small)},
		Description: textOrNull(m.Description), Blurhash: textOrNull(m.Blurhash),
	}
}

func sizeOf(r parvis.Rendition) size {
	return size{r.Width, r.Height, strconv.Itoa(r.Width) + "x" + strconv.Itoa(r.Height), float64(r.Width) / float64(max(r.Height, 1))}
}

// upload keeps a picture for a status that will be published soon.
func (a *API) upload(ctx context.Context, c *call) (any, error) {
	if c.in.form == nil || len(c.in.form.File["file"]) == 0 {
		return nil, parvis.Invalid("file", "mastodon.error.file")
	}
	file, err := c.in.form.File["file"][0].Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	m, err := a.App.Upload(ctx, c.node, c.viewer, app.NewPicture{Shape: app.Photo, Description: c.in.text("description"), File: file})
	if err != nil {
		return nil, err
	}
	return c.attachment(m), nil
}

// uploaded shows a picture again to whoever uploaded it.
func (a *API) uploaded(ctx context.Context, c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	m, err := a.App.Uploaded(ctx, c.node, c.viewer, id)
	if err != nil {
		return nil, err
	}
	if !m.Ready() {
		return nil, parvis.ErrNotFound
	}
	return c.attachment(m), nil
}
