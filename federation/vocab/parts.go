package vocab

import (
	"fmt"

	"github.com/go-fed/activity/streams"
)

// An Image is a picture: an attachment of a post, or of a profile.
type Image struct {
	URL           string
	MediaType     string
	Alt           string // what it shows, for those who do not see it
	Width, Height int
	Blurhash      string
	Focus         *Focus
}

// A Focus is the point of a picture that shall stay visible when it is cropped,
// from -1, -1 at the bottom left to 1, 1 at the top right.
type Focus struct {
	X, Y float64
}

func (i Image) build() (asObject, error) {
	image := streams.NewActivityStreamsImage()
	b := &builder[asObject]{to: image}
	b.url(i.URL)
	b.mediaType(i.MediaType)
	b.name(i.Alt)
	if i.Width > 0 && i.Height > 0 {
		width := streams.NewActivityStreamsWidthProperty()
		width.Set(i.Width)
		image.SetActivityStreamsWidth(width)
		height := streams.NewActivityStreamsHeightProperty()
		height.Set(i.Height)
		image.SetActivityStreamsHeight(height)
	}
	if i.Blurhash != "" {
		p := streams.NewTootBlurhashProperty()
		p.Set(i.Blurhash)
		image.SetTootBlurhash(p)
	}
	if i.Focus != nil {
		b.extra("focalPoint", []any{i.Focus.X, i.Focus.Y})
	}
	return b.done()
}

// A Place is where something is or happens.
type Place struct {
	ID    string
	Name  string
	Point *Point
	Extra map[string]any // such as a schema.org address
}

// A Point is a position in degrees (WGS 84).
type Point struct {
	Latitude, Longitude float64
}

func (p Place) build() (asObject, error) {
	place := streams.NewActivityStreamsPlace()
	b := &builder[asObject]{to: place}
	b.id(p.ID)
	b.name(p.Name)
	if p.Point != nil {
		latitude := streams.NewActivityStreamsLatitudeProperty()
		latitude.Set(p.Point.Latitude)
		place.SetActivityStreamsLatitude(latitude)
		longitude := streams.NewActivityStreamsLongitudeProperty()
		longitude.Set(p.Point.Longitude)
		place.SetActivityStreamsLongitude(longitude)
	}
	b.extras(p.Extra)
	return b.done()
}

func unknownType(typ string) error {
	return fmt.Errorf("%w: the type %q", ErrUnwritable, typ)
}
