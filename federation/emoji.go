package federation

import (
	"strings"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// readEmojis lists the small pictures that a text of an origin uses. Those of other
// origins are not its server's to give.
func readEmojis(o *vocab.Object, home string) []parvis.Emoji {
	var emojis []parvis.Emoji
	for _, tag := range o.Objects("tag") {
		name := strings.Trim(tag.String("name"), ":")
		if tag.Type() != vocab.TypeEmoji || !parvis.ValidEmoji(name) || len(emojis) == parvis.MaxEmojis {
			continue
		}
		if id := tag.ID("id"); id != "" && !SameOrigin(id, home) {
			continue
		}
		icon := tag.Object("icon")
		picture := icon.Href("url", icon.String("mediaType"))
		if !isWebURL(picture) || len(picture) > maxURL {
			continue
		}
		emojis = append(emojis, parvis.Emoji{Name: name, UpdatedAt: tag.Time("updated"), Media: &parvis.Media{RemoteURL: picture}})
	}
	return emojis
}
