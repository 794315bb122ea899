package text

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	ghtml "github.com/yuin/goldmark/renderer/html"
	gtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// MaxMarks bounds how many mentions, and how many hashtags, of one text become links; the rest stays text. It spares the servers
// which a post with thousands of names would otherwise have to be sent to.
const MaxMarks = 40

// Links answers where mentions and hashtags lead. A nil function, or an answer of false, leaves the words as text.
type Links struct {
	Mention func(handle string) (href string, ok bool) // handle is lower case and without the first @: "lea", "lea@malakoff.example"
	Hashtag func(key string) (href string, ok bool)    // key is folded and without #: "fete", for #Fête
}

// Hashtag is a word that files a post under a subject.
type Hashtag struct {
	Key  string // what hashtags are compared by: folded and lower case
	Name string // as it was typed, without #
}

// Rendered is a text ready to be shown and stored.
type Rendered struct {
	HTML     string
	Plain    string
	Hashtags []Hashtag // each key once, in the order of the text
	Mentions []string  // handles that were resolved, each once
}

// Markdown renders what somebody typed. It knows paragraphs, emphasis, links, lists, quotes and code; line breaks count, bare addresses
// become links, headings become bold paragraphs so that Mastodon shows them alike, and HTML and pictures are shown as words.
func Markdown(source string, links Links) Rendered {
	src := []byte(strings.Map(dropControl, strings.ToValidUTF8(source, "\uFFFD")))
	doc := markdown().Parser().Parse(gtext.NewReader(src))
	var out Rendered
	for mark := range marks(doc) {
		out.resolve(mark, links)
	}
	var buf bytes.Buffer
	if err := markdown().Renderer().Render(&buf, src, doc); err != nil { // a buffer does not fail
		buf.Reset()
		buf.WriteString(html.EscapeString(string(src)))
	}
	out.HTML = clean(buf.String())
	out.Plain = Plain(out.HTML)
	return out
}

// Mentions returns the handles that a Markdown text mentions, each once, so that all can be looked up together before it is rendered.
func Mentions(source string) []string {
	doc := markdown().Parser().Parse(gtext.NewReader([]byte(strings.ToValidUTF8(source, "\uFFFD"))))
	var found Rendered
	for mark := range marks(doc) {
		found.resolve(mark, Links{Mention: func(string) (string, bool) { return "", true }})
	}
	return found.Mentions
}

// resolve gives a mark its address and notes it, unless there are too many.
func (r *Rendered) resolve(m *mark, links Links) {
	switch {
	case m.sign == '@' && links.Mention != nil:
		known := contains(r.Mentions, m.handle())
		if !known && len(r.Mentions) == MaxMarks {
			return
		}
		href, ok := links.Mention(m.handle())
		if !ok {
			return
		}
		m.href = href
		if !known {
			r.Mentions = append(r.Mentions, m.handle())
		}
	case m.sign == '#':
		tag := Hashtag{Key: Fold(m.word), Name: m.word}
		if !r.note(tag) || links.Hashtag == nil {
			return
		}
		if href, ok := links.Hashtag(tag.Key); ok {
			m.href = href
		}
	}
}

// note keeps a hashtag and tells whether it is among those kept.
func (r *Rendered) note(tag Hashtag) bool {
	for _, known := range r.Hashtags {
		if known.Key == tag.Key {
			return true
		}
	}
	if len(r.Hashtags) == MaxMarks {
		return false
	}
	r.Hashtags = append(r.Hashtags, tag)
	return true
}

func contains(list []string, s string) bool {
	for _, item := range list {
		if item == s {
			return true
		}
	}
	return false
}

// webAddress ends an address at spaces, also the narrow ones of French punctuation, and at quotation marks.
var webAddress = regexp.MustCompile(`^https?://[^\s\x{A0}\x{202F}<>"«»“”…]+`)

// markdown is built once; goldmark's parser and renderer are safe to share. Left out on purpose: raw HTML, underlined headings and
// link definitions, which make typed lines vanish, and code by indentation, which residents never mean.
var markdown = sync.OnceValue(func() goldmark.Markdown {
	blocks := parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(indented{parser.NewParagraphParser()}, 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(markParser{}, 400),
			util.Prioritized(parser.NewEmphasisParser(), 500),
			util.Prioritized(extension.NewStrikethroughParser(), 500),
			util.Prioritized(extension.NewLinkifyParser(
				extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"}),
				extension.WithLinkifyURLRegexp(webAddress),
			), 999),
		),
	)
	nodes := renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(plainNodes{}, 100),
		util.Prioritized(ghtml.NewRenderer(ghtml.WithHardWraps()), 1000),
	))
	return goldmark.New(goldmark.WithParser(blocks), goldmark.WithRenderer(nodes))
})

// indented lets a paragraph begin with any indentation, which would be code otherwise, and without a parser for that: lost.
type indented struct{ parser.BlockParser }

// CanAcceptIndentedLine implements parser.BlockParser.
func (indented) CanAcceptIndentedLine() bool { return true }

// plainNodes renders what we show otherwise than goldmark does.
type plainNodes struct{}

// RegisterFuncs implements goldmark's renderer.NodeRenderer.
func (plainNodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindHeading, around("<p><strong>", "</strong></p>\n"))
	r.Register(ast.KindImage, around("", "")) // its description stays
	r.Register(ast.KindThematicBreak, around("<p>* * *</p>\n", ""))
	r.Register(extast.KindStrikethrough, around("<del>", "</del>"))
	r.Register(kindMark, renderMark)
}

func around(before, after string) renderer.NodeRendererFunc {
	return func(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			_, _ = w.WriteString(before) // the writer keeps its first error
		} else {
			_, _ = w.WriteString(after)
		}
		return ast.WalkContinue, nil
	}
}
