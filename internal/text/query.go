package text

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a query. What is typed beyond them is not looked for.
const (
	maxQuery      = 300 // characters
	maxQueryTerms = 8
)

// A Term is a word that somebody looks for.
type Term struct {
	// Words are what stands for it in the index of texts in several languages.
	Words []string
	// Prefix is how words begin that may be meant too, if it is the last one and long
	// enough: people look at what is found before they have typed all.
	Prefix string
}

// minPrefix is how many letters somebody must have typed before we guess.
const minPrefix = 3

// Query returns the words of what somebody typed in a language, each once: first as
// that one has them, then as others do, since a text may be in any. Its stop words
// are not looked for.
func Query(typed, language string, others ...string) []Term {
	if runes := []rune(strings.ToValidUTF8(typed, " ")); len(runes) > maxQuery {
		typed = string(runes[:maxQuery])
	}
	var terms []Term
	var last string
	for word := range strings.FieldsFuncSeq(Fold(typed), isBetweenWords) {
		word = tongues[baseLanguage(language)].bare(strings.Trim(word, "'"))
		words := Stems(language, word)
		if last = ""; len(words) == 0 || slices.ContainsFunc(terms, func(t Term) bool { return t.Words[0] == words[0] }) {
			continue
		}
		if len(terms) == maxQueryTerms {
			break
		}
		for _, other := range append(slices.Clip(others), "") {
			for _, stem := range Stems(other, word) {
				if !slices.Contains(words, stem) {
					words = append(words, stem)
				}
			}
		}
		terms, last = append(terms, Term{Words: words}), word
	}
	if last != "" {
		terms[len(terms)-1].Prefix = beginningOf(last)
	}
	return terms
}

// beginningOf is how words begin of which somebody has typed so much. The last letter
// of a long one is left open: that is what changes in the index, where words have lost
// their ends.
func beginningOf(word string) string {
	if utf8.RuneCountInString(word) < minPrefix || len(word) > maxWord {
		return ""
	}
	if _, size := utf8.DecodeLastRuneInString(word); utf8.RuneCountInString(word) > 2*minPrefix-1 {
		return word[:len(word)-size]
	}
	return word
}
