package text

import (
	"html"
	"iter"
	"regexp"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	gtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// mark is a mention or a hashtag in a Markdown text.
type mark struct {
	ast.BaseInline
	sign byte   // @ or #
	word string // as typed, without the sign
	href string // where it leads; empty: it stays text
}

var kindMark = ast.NewNodeKind("Mark")

// Kind implements ast.Node.
func (*mark) Kind() ast.NodeKind { return kindMark }

// Dump implements ast.Node.
func (m *mark) Dump(source []byte, level int) {
	ast.DumpHelper(m, source, level, map[string]string{"Word": string(m.sign) + m.word}, nil)
}

// handle is how a mentioned account is looked up.
func (m *mark) handle() string { return strings.ToLower(m.word) }

// name is a handle without its host: what readers see.
func (m *mark) name() string {
	name, _, _ := strings.Cut(m.word, "@")
	return name
}

// Usernames are those that Mastodon accepts; a host may carry a port, for nodes under test.
var (
	mentionWord = regexp.MustCompile(`^@([A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*(?:@[\p{L}\p{N}]+(?:[.-]+[\p{L}\p{N}]+)*(?::[0-9]{1,5})?)?)`)
	hashtagWord = regexp.MustCompile(`^#([\p{L}\p{M}\p{N}_]*[\p{L}_][\p{L}\p{M}\p{N}_]*)`)
)

// markParser finds mentions and hashtags between the other inline elements; code spans and addresses never reach it.
type markParser struct{}

// Trigger implements parser.InlineParser.
func (markParser) Trigger() []byte { return []byte{'@', '#'} }

// Parse implements parser.InlineParser.
func (markParser) Parse(_ ast.Node, block gtext.Reader, _ parser.Context) ast.Node {
	if before := block.PrecendingCharacter(); isWord(before) || strings.ContainsRune("@#/&.-", before) {
		return nil
	}
	line, _ := block.PeekLine()
	pattern := mentionWord
	if line[0] == '#' {
		pattern = hashtagWord
	}
	found := pattern.FindSubmatch(line)
	if found == nil || line[0] == '#' && strings.Trim(string(found[1]), "_0123456789") == "" {
		return nil
	}
	block.Advance(len(found[0]))
	return &mark{sign: line[0], word: string(found[1])}
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// marks walks over the mentions and hashtags of a document, but not those in the words of a link.
func marks(doc ast.Node) iter.Seq[*mark] {
	return func(yield func(*mark) bool) {
		// The visitor never fails, so neither does the walk.
		_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if !entering {
				return ast.WalkContinue, nil
			}
			if n.Kind() == ast.KindLink || n.Kind() == ast.KindImage {
				return ast.WalkSkipChildren, nil
			}
			if m, ok := n.(*mark); ok && !yield(m) {
				return ast.WalkStop, nil
			}
			return ast.WalkContinue, nil
		})
	}
}

// renderMark writes a mark the way Mastodon does, because other servers look for exactly that.
func renderMark(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	m := n.(*mark)
	if !entering {
		return ast.WalkContinue, nil
	}
	href, word := html.EscapeString(m.href), html.EscapeString(m.word)
	var out string
	switch {
	case m.href == "":
		out = string(m.sign) + word
	case m.sign == '@':
		out = `<span class="h-card"><a href="` + href + `" class="u-url mention">@<span>` + html.EscapeString(m.name()) + `</span></a></span>`
	default:
		out = `<a href="` + href + `" class="mention hashtag" rel="tag">#<span>` + word + `</span></a>`
	}
	_, err := w.WriteString(out)
	return ast.WalkContinue, err
}

var _ renderer.NodeRendererFunc = renderMark
