package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// maxFields bounds the text of a form, in bytes; longer forms are nobody's.
const maxFields = 1 << 20

// A sentForm is a form as it was sent. Its photos are stored already, so that
// they are not lost while the rest is corrected.
type sentForm struct {
	url.Values
	photos   []parvis.Media      // those kept from before, then the new ones
	problems parvis.InvalidError // with the files
}

// crop is the square of a portrait that the form asks for, as far as it has
// arrived: it is sent before the file.
func (in *sentForm) crop() parvis.Crop { return parvis.ParseCrop(in.Get("crop")) }

// readForm reads a form that may carry pictures. Each part is dealt with as it
// arrives: a picture that is refused takes nothing else along.
func (v *visit) readForm(shape app.Shape) (*sentForm, error) {
	if err := v.resident(); err != nil {
		return nil, err
	}
	in := &sentForm{Values: url.Values{}}
	var fresh []parvis.Media
	if kind, _, err := mime.ParseMediaType(v.Header.Get("Content-Type")); err == nil && kind == "multipart/form-data" {
		if fresh, err = v.readParts(in, shape); err != nil {
			return nil, err
		}
	} else {
		if err := v.ParseForm(); err != nil {
			return nil, formError(err)
		}
		in.Values = v.PostForm
	}
	kept, err := v.keptPhotos(in.Values)
	in.photos = append(kept, fresh...)
	if len(in.photos) > parvis.MaxMedia {
		in.photos = in.photos[:parvis.MaxMedia]
		in.problems.Add("photos", "post.photos.many", "Max", parvis.MaxMedia)
	}
	return in, err
}

func (v *visit) readParts(in *sentForm, shape app.Shape) ([]parvis.Media, error) {
	parts, err := v.MultipartReader()
	if err != nil {
		return nil, formError(err)
	}
	var fresh []parvis.Media
	for left := int64(maxFields); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return fresh, nil
		}
		if err != nil {
			return nil, formError(err)
		}
		if part.FileName() != "" && part.FormName() != "photos" {
			continue // no picture: whoever reads it reads the form otherwise
		}
		if part.FileName() != "" {
			if len(fresh) >= parvis.MaxMedia {
				in.problems.Add("photos", "post.photos.many", "Max", parvis.MaxMedia)
				continue
			}
			m, err := v.upload(in, shape, part)
			if err != nil {
				return nil, err
			}
			if m != nil {
				fresh = append(fresh, *m)
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return nil, formError(err)
		}
		if left -= int64(len(value)); left < 0 {
			return nil, &http.MaxBytesError{Limit: maxFields}
		}
		if part.FormName() != "photos" { // an empty file field
			in.Add(part.FormName(), string(value))
		}
	}
}

// upload stores a picture; one that is refused becomes a problem of the form.
func (v *visit) upload(in *sentForm, shape app.Shape, part *multipart.Part) (*parvis.Media, error) {
	m, err := v.app.Upload(v.Context(), v.node, v.viewer, app.NewPicture{Shape: shape, Crop: in.crop(), File: part})
	if err != nil {
		if large := new(http.MaxBytesError); errors.As(err, &large) {
			return nil, err
		}
		return nil, in.problems.Join(err)
	}
	return m, nil
}

// keptPhotos are those that were sent before and not ticked to be removed, with
// the descriptions typed for them. Whose they are is checked when they are used.
func (v *visit) keptPhotos(values url.Values) ([]parvis.Media, error) {
	var kept []parvis.Media
	for _, name := range values["photo"] {
		id, err := parvis.ParseID(name)
		if err != nil || values.Get("remove-"+name) != "" {
			continue
		}
		m, err := v.app.DB.Node(v.node.ID).Media(v.Context(), id)
		if errors.Is(err, parvis.ErrNotFound) || err == nil && m.AccountID != v.viewer.ID() {
			continue
		}
		if err != nil {
			return nil, err
		}
		m.Description = values.Get("alt-" + name)
		kept = append(kept, *m)
	}
	return kept, nil
}

// formError tells a form that is too long from one that is broken.
func formError(err error) error {
	if large := new(http.MaxBytesError); errors.As(err, &large) {
		return err
	}
	return errors.Join(parvis.Invalid("form", "web.form.broken"), err)
}

func draftMedia(photos []parvis.Media) []app.DraftMedia {
	var out []app.DraftMedia
	for _, m := range photos {
		out = append(out, app.DraftMedia{ID: m.ID, Description: m.Description})
	}
	return out
}
