package text

import (
	"strings"
	"unicode"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
)

// MaxStems bounds how many words of one text are kept.
const MaxStems = 4000

// maxWord bounds the length of one word in bytes; nobody searches for longer ones.
const maxWord = 64

// Stems returns the words of a text as search compares them, in order and with repetitions: folded, without elisions and stop words,
// reduced to their stem in French ("fr") and English ("en"), whole in any other language. Index and queries must both go through it.
func Stems(lang, text string) []string {
	tongue := tongues[baseLanguage(lang)]
	var stems []string
	for word := range strings.FieldsFuncSeq(Fold(text), isBetweenWords) {
		word = tongue.bare(strings.Trim(word, "'"))
		if word == "" || len(word) > maxWord || isLetter(word) || tongue.stop[word] {
			continue
		}
		if tongue.stem != nil {
			word = tongue.stem(word)
		}
		if stems = append(stems, word); len(stems) == MaxStems {
			break
		}
	}
	return stems
}

func baseLanguage(lang string) string {
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	return base
}

func isBetweenWords(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' }

// isLetter tells whether a word is one letter alone; a digit alone may matter ("T 3").
func isLetter(word string) bool { return len(word) == 1 && (word[0] < '0' || word[0] > '9') }

// stemFrench adds to Snowball's rules the plurals which they leave alone: vélos, amis, menus.
func stemFrench(word string) string {
	env := snowballstem.NewEnv(word)
	french.Stem(env)
	stem := env.Current()
	if n := len(stem); n > 3 && stem[n-1] == 's' && strings.IndexByte("aiou", stem[n-2]) >= 0 {
		return stem[:n-1]
	}
	return stem
}

func stemEnglish(word string) string {
	env := snowballstem.NewEnv(word)
	english.Stem(env)
	return env.Current()
}

// tongue is how a language treats its words.
type tongue struct {
	stem     func(word string) string // nil: words stay whole
	elisions map[string]bool          // what is dropped before an apostrophe
	endings  map[string]bool          // what is dropped after one
	stop     map[string]bool
}

// bare takes a word with apostrophes apart: "l'echelle" is an echelle, "aujourd'hui" is one word.
func (t tongue) bare(word string) string {
	before, after, found := strings.Cut(word, "'")
	switch {
	case !found:
		return word
	case t.elisions[before]:
		return t.bare(after)
	case t.endings[after]:
		return before
	}
	return strings.ReplaceAll(word, "'", "")
}

// tongues are written folded, as the words are when they meet them.
var tongues = map[string]tongue{
	"fr": {
		stem:     stemFrench,
		elisions: words("l d j m t s n c qu jusqu lorsqu puisqu quoiqu"),
		stop: words(`a ai ainsi alors apres as au aucun aucune aussi autre autres aux avant avec avez avoir avons c ca car ce ceci cela
			celle celles celui ces cet cette ceux chez comme d dans de des donc dont du elle elles en encore entre es est et etaient etais
			etait etant ete etes etre eu eux fait font il ils je l la le les leur leurs lui m ma mais me meme memes mes moi mon n ne ni nos
			notre nous on ont ou par parce pas peu plus pour puis qu quand que quel quelle quelles quelqu quels qui s sa sans se sera seront
			ses si soi soit sommes son sont sous suis sur t ta te tes toi ton tous tout toute toutes tres tu un une vos votre vous y`),
	},
	"en": {
		stem:    stemEnglish,
		endings: words("s ll re ve d m"),
		stop: words(`a about after all also am an and any are as at be because been before being but by can did do does for from had has
			have he her here hers him his how i if in into is it its just me more most my no nor not of on or other our out over own she so
			some such than that the their them then there these they this those through to too under up us very was we were what when where
			which while who why will with would you your`),
	},
}

func words(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}
