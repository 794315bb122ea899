package text

import "strings"

// Emojis puts pictures in place of ":name:" in the texts of cleaned HTML, never
// inside a tag. picture gives the HTML of one, or nothing for what is no emoji. It
// reads each byte once: what is between two colons is short.
func Emojis(html string, picture func(name string) string) string {
	var b strings.Builder
	rest := html
	for {
		i := strings.IndexAny(rest, "<:")
		if i < 0 {
			break
		}
		if rest[i] == '<' {
			end := strings.IndexByte(rest[i:], '>')
			if end < 0 {
				break
			}
			b.WriteString(rest[:i+end+1])
			rest = rest[i+end+1:]
			continue
		}
		b.WriteString(rest[:i])
		rest = rest[i:]
		name := emojiName(rest[1:])
		if shown := ""; name != "" {
			if shown = picture(name); shown != "" {
				b.WriteString(shown)
				rest = rest[len(name)+2:]
				continue
			}
		}
		b.WriteByte(':') // the next colon may begin one
		rest = rest[1:]
	}
	b.WriteString(rest)
	return b.String()
}

// maxEmojiName is longer than any name that a server gives.
const maxEmojiName = 64

// emojiName returns what stands before the next colon, if it can be a name.
func emojiName(s string) string {
	for i := range min(len(s), maxEmojiName+1) {
		c := s[i]
		switch {
		case c == ':':
			return s[:i]
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c == '+':
		default:
			return ""
		}
	}
	return ""
}
