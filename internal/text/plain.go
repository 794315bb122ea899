package text

import (
	"strings"
	"unicode"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Plain returns the text that a reader sees in HTML: paragraphs apart by an empty line, list items and line breaks by a new line, and a
// shortened address as it is shown. It is for notices, mail, excerpts and search; escape it before it goes into a page.
func Plain(source string) string {
	w := plainWriter{tokens: xhtml.NewTokenizer(strings.NewReader(source))}
	for {
		switch w.tokens.Next() {
		case xhtml.ErrorToken:
			return strings.TrimSpace(w.out.String())
		case xhtml.TextToken:
			w.text(string(w.tokens.Text()))
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			w.open(w.tokens.Token())
		case xhtml.EndTagToken:
			w.close(w.tokens.Token().DataAtom)
		}
	}
}

// plainWriter follows the tokens of a text and writes what is visible of it.
type plainWriter struct {
	tokens *xhtml.Tokenizer
	out    strings.Builder
	breaks int    // new lines owed before the next text
	space  bool   // a space owed before the next text
	bullet bool   // a list item's dash owed before the next text
	spans  []bool // for each open span: does it end in an ellipsis?
	hidden int    // open spans that nobody sees, counted from the outermost
	pre    int    // open pre elements, in which white space counts
}

func (w *plainWriter) open(t xhtml.Token) {
	switch t.DataAtom {
	case atom.Br:
		w.lineBreak()
	case atom.P, atom.Blockquote, atom.Ul, atom.Ol, atom.Div, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.paragraph()
	case atom.Pre:
		w.paragraph()
		w.pre++
	case atom.Li:
		w.breaks, w.bullet = max(w.breaks, 1), true
	case atom.Script, atom.Style, atom.Title, atom.Textarea, atom.Noscript, atom.Iframe:
		if t.Type == xhtml.StartTagToken {
			w.tokens.Next() // the tokenizer gives their content as one token
		}
	case atom.Span:
		if t.Type == xhtml.StartTagToken {
			w.openSpan(strings.Fields(attribute(t.Attr, "class")))
		}
	}
}

func (w *plainWriter) openSpan(classes []string) {
	ellipsis := false
	for _, class := range classes {
		ellipsis = ellipsis || class == "ellipsis"
		if class == "invisible" && w.hidden == 0 {
			w.hidden = len(w.spans) + 1
		}
	}
	w.spans = append(w.spans, ellipsis)
}

func (w *plainWriter) close(a atom.Atom) {
	switch a {
	case atom.P, atom.Blockquote, atom.Ul, atom.Ol, atom.Div, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.paragraph()
	case atom.Pre:
		w.paragraph()
		w.pre = max(0, w.pre-1)
	case atom.Li:
		w.breaks = max(w.breaks, 1)
	case atom.Span:
		w.closeSpan()
	}
}

func (w *plainWriter) closeSpan() {
	last := len(w.spans) - 1
	if last < 0 {
		return
	}
	if w.spans[last] {
		w.text("…")
	}
	if w.hidden == last+1 {
		w.hidden = 0
	}
	w.spans = w.spans[:last]
}

// paragraph owes an empty line, except between a list item's dash and its first paragraph.
func (w *plainWriter) paragraph() {
	if !w.bullet {
		w.breaks = 2
	}
}

func (w *plainWriter) lineBreak() { w.breaks = min(w.breaks+1, 2) }

// text writes visible text with white space collapsed as a browser would.
func (w *plainWriter) text(s string) {
	if w.hidden > 0 {
		return
	}
	if w.pre > 0 {
		w.flush()
		w.out.WriteString(s)
		return
	}
	for _, r := range s {
		if r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\f' {
			w.space = true
			continue
		}
		w.flush()
		w.out.WriteRune(r)
	}
}

// flush writes what is owed before visible text. Nothing is owed before the first.
func (w *plainWriter) flush() {
	switch {
	case w.out.Len() == 0:
	case w.breaks > 0:
		w.out.WriteString("\n\n"[:w.breaks])
	case w.space:
		w.out.WriteByte(' ')
	}
	if w.bullet {
		w.out.WriteString("- ")
	}
	w.breaks, w.space, w.bullet = 0, false, false
}

// Excerpt shortens text to at most n characters on one line, cut between words and ended with an ellipsis when something is missing.
func Excerpt(text string, n int) string {
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) <= n {
		return string(line)
	}
	if n < 1 {
		return ""
	}
	end := n - 1 // room for the ellipsis
	if !unicode.IsSpace(line[end]) {
		if space := lastSpace(line[:end]); space > end/3 { // a very long word is cut rather than dropped
			end = space
		}
	}
	return strings.TrimRightFunc(string(line[:end]), isTrailing) + "…"
}

func lastSpace(line []rune) int {
	for i := len(line) - 1; i >= 0; i-- {
		if unicode.IsSpace(line[i]) {
			return i
		}
	}
	return -1
}

// isTrailing names what looks lost before an ellipsis.
func isTrailing(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(",;:.–—-(«…", r)
}
