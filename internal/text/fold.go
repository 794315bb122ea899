package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold makes text comparable as people compare it when they search: lower case, without accents, ligatures spelt out, one apostrophe.
func Fold(s string) string {
	if isPlainASCII(s) {
		return strings.ToLower(s)
	}
	var out strings.Builder
	out.Grow(len(s))
	for _, r := range norm.NFKD.String(s) {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		if letters, ok := folded[r]; ok {
			out.WriteString(letters)
			continue
		}
		for _, lower := range strings.ToLower(string(r)) { // one character may lower to two, the second a mark
			if !unicode.Is(unicode.Mn, lower) {
				out.WriteRune(lower)
			}
		}
	}
	return out.String()
}

func isPlainASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// folded holds the letters that Unicode does not take apart.
var folded = map[rune]string{
	'œ': "oe", 'Œ': "oe", 'æ': "ae", 'Æ': "ae", 'ß': "ss", 'ẞ': "ss", 'ø': "o", 'Ø': "o", 'ł': "l", 'Ł': "l", 'đ': "d", 'Đ': "d",
	'ð': "d", 'Ð': "d", 'þ': "th", 'Þ': "th", 'ı': "i", '’': "'", '‘': "'", 'ʼ': "'", '′': "'",
}
