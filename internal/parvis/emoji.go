package parvis

import (
	"slices"
	"strings"
	"time"
)

// An Emoji is a small picture of another server that stands in its people's names
// and texts as ":name:". It is shown when its copy is here.
type Emoji struct {
	Name      string // without its colons
	Host      string // of the server whose it is
	Media     *Media // nil until it is known here
	UpdatedAt time.Time
}

// Ready reports whether there is anything to show.
func (e Emoji) Ready() bool { return e.Media.Ready() }

// MaxEmojis is how many emojis of a name or text are shown.
const MaxEmojis = 30

// ValidEmoji reports whether a name can stand between colons: letters, digits and
// underscores, as Mastodon has it, and hyphens and plus signs, as others have.
func ValidEmoji(name string) bool {
	return len(name) > 0 && len(name) <= 64 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-") == ""
}

// EmojiNames returns the names of emojis, each once.
func EmojiNames(all []Emoji) []string {
	var names []string
	for _, e := range all {
		if !slices.Contains(names, e.Name) {
			names = append(names, e.Name)
		}
	}
	return names
}
