package mastodon

import "github.com/parvis-coop/parvis/internal/parvis"

// An emoji is https://docs.joinmastodon.org/entities/CustomEmoji/.
type emoji struct {
	Shortcode       string `json:"shortcode"`
	URL             string `json:"url"`
	StaticURL       string `json:"static_url"`
	VisibleInPicker bool   `json:"visible_in_picker"` // those of other servers never are
}

// emojisOf shows the small pictures of a text, as far as they are here.
func (c *call) emojisOf(all []parvis.Emoji) []emoji {
	list := []emoji{}
	for _, e := range all {
		if e.Ready() {
			url := c.node.URL(e.Media.Largest().MediaPath())
			list = append(list, emoji{Shortcode: e.Name, URL: url, StaticURL: url})
		}
	}
	return list
}
