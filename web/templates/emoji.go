package templates

import (
	"html"
	"strconv"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/text"
)

// emojiHeight is how high emojis are drawn, in pixels; the style says it in ems.
const emojiHeight = 20

// withEmojis puts pictures in place of the names of emojis in safe HTML.
func withEmojis(safe string, emojis []parvis.Emoji) string {
	if len(emojis) == 0 {
		return safe
	}
	return text.Emojis(safe, func(name string) string {
		for _, e := range emojis {
			if e.Name == name && e.Ready() {
				return emojiImage(e)
			}
		}
		return ""
	})
}

func emojiImage(e parvis.Emoji) string {
	r := e.Media.Fitting(2 * emojiHeight)
	name := html.EscapeString(":" + e.Name + ":")
	width := strconv.Itoa(max(1, r.Width*emojiHeight/max(1, r.Height)))
	return `<img class="emoji" src="` + html.EscapeString(r.MediaPath()) + `" alt="` + name + `" title="` + name + `" width="` + width +
		`" height="` + strconv.Itoa(emojiHeight) + `" loading="lazy" decoding="async">`
}
