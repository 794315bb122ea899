package web

import "github.com/parvis-coop/parvis/internal/parvis"

// kind is what the pages do with the posts of a kind: how one that is published
// is changed, and what else is shown with it.
type kind struct {
	edit  func(*visit, *parvis.Post) error // shows the form
	save  func(*visit, *parvis.Post) error // stores what it says
	alike func(*visit, *parvis.Post) ([]*parvis.Post, error)
}

// kindOf has an entry for each of parvis.Kinds.
func kindOf(k parvis.Kind) kind {
	return map[parvis.Kind]kind{
		parvis.KindNote:     {editNote, saveNote, nothingAlike},
		parvis.KindOffer:    {editOffer, saveOffer, alikeOffers},
		parvis.KindQuestion: {editQuestion, saveQuestion, nothingAlike},
	}[k]
}

func editPost(v *visit) error {
	post, err := v.mine()
	if err != nil {
		return err
	}
	return kindOf(post.Kind()).edit(v, post)
}

func savePost(v *visit) error {
	post, err := v.mine()
	if err != nil {
		return err
	}
	return kindOf(post.Kind()).save(v, post)
}

// mine returns the post of the path if the viewer may change it.
func (v *visit) mine() (*parvis.Post, error) {
	post, err := v.post()
	if err != nil {
		return nil, err
	}
	if err := v.resident(); err != nil {
		return nil, err
	}
	if !v.viewer.CanEdit(post) {
		return nil, parvis.ErrForbidden
	}
	return post, nil
}
