package templates

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// sourceSet lists the renditions of a picture for the browser to choose from.
func sourceSet(m *parvis.Media) string {
	renditions := slices.Clone(m.Renditions)
	slices.SortFunc(renditions, func(a, b parvis.Rendition) int { return a.Width - b.Width })
	parts := make([]string, len(renditions))
	for i, r := range renditions {
		parts[i] = fmt.Sprintf("%s %dw", r.MediaPath(), r.Width)
	}
	return strings.Join(parts, ", ")
}

const base83 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"

// meanColour reads a picture's average colour from its blurhash, where it stands
// in the third to sixth character (https://github.com/woltapp/blurhash/blob/master/Algorithm.md).
// It returns "" if there is none.
func meanColour(blurhash string) string {
	if len(blurhash) < 6 {
		return ""
	}
	value := 0
	for _, c := range blurhash[2:6] {
		digit := strings.IndexRune(base83, c)
		if digit < 0 {
			return ""
		}
		value = value*83 + digit
	}
	return fmt.Sprintf("#%06x", value&0xffffff)
}
