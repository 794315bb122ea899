package mail

import (
	"html/template"
	"strings"
)

// A Letter is what a mail says, in the order in which it is read. It becomes text and
// HTML alike: no pictures, nothing from elsewhere, no colours that a dark screen would
// have to guess.
type Letter struct {
	Language string
	Subject  string
	Body     []Paragraph
	Foot     []Paragraph // why it comes, and how to end that
}

// A Paragraph is some words, where they lead, and the items of a list below them. A link
// without words stands for itself.
type Paragraph struct {
	Words string
	Link  string
	Items []Paragraph
}

// Paragraphs reads text whose paragraphs stand apart by empty lines. One that is an
// address becomes a link.
func Paragraphs(text string) []Paragraph {
	var list []Paragraph
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		part = strings.TrimSpace(part)
		if strings.HasPrefix(part, "http") && !strings.ContainsAny(part, " \n") {
			list = append(list, Paragraph{Link: part})
		} else if part != "" {
			list = append(list, Paragraph{Words: part})
		}
	}
	return list
}

// Text is the letter for those who read text.
func (l Letter) Text() string {
	var b strings.Builder
	write(&b, l.Body)
	if len(l.Foot) > 0 {
		b.WriteString("-- \n") // where a signature begins (RFC 3676 §4.3)
		write(&b, l.Foot)
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func write(b *strings.Builder, list []Paragraph) {
	for _, p := range list {
		writeLines(b, "", p)
		for _, item := range p.Items {
			b.WriteString("\n")
			writeLines(b, "- ", item)
		}
		b.WriteString("\n")
	}
}

func writeLines(b *strings.Builder, mark string, p Paragraph) {
	indent := strings.Repeat(" ", len(mark))
	for _, line := range []string{p.Words, p.Link} {
		if line != "" {
			b.WriteString(mark + line + "\n")
			mark = indent
		}
	}
}

// page is the HTML of a letter. Styles are within the tags, since some mail programs
// drop others; colours are the reader's own but for links, which are told apart on light
// and dark.
var page = template.Must(template.New("letter").Parse(`<!doctype html>
<html lang="{{.Language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{.Subject}}</title>
<style>
:root { color-scheme: light dark; }
a { color: #0b5a63; }
@media (prefers-color-scheme: dark) { a { color: #7cc7d0; } }
</style>
</head>
<body style="margin: 0; padding: 24px 16px; font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif;">
<div style="max-width: 36em; margin: 0 auto; overflow-wrap: anywhere;">
{{range .Body}}{{template "paragraph" .}}{{end}}
{{- if .Foot}}<hr style="border: 0; border-top: 1px solid #8886; margin: 28px 0 16px;">
<div style="font-size: 14px;">
{{range .Foot}}{{template "paragraph" .}}{{end}}</div>
{{end}}</div>
</body>
</html>
{{define "words"}}{{if .Link}}<a href="{{.Link}}">{{if .Words}}{{.Words}}{{else}}{{.Link}}{{end}}</a>{{else}}{{.Words}}{{end}}{{end}}
{{- define "paragraph"}}{{if or .Words .Link}}<p style="margin: 0 0 16px; white-space: pre-line;">{{template "words" .}}</p>
{{end}}{{if .Items}}<ul style="margin: 0 0 16px; padding-left: 20px;">
{{range .Items}}<li style="margin: 0 0 10px;">{{template "words" .}}</li>
{{end}}</ul>
{{end}}{{end}}`))

// HTML is the letter for everybody else.
func (l Letter) HTML() (string, error) {
	var b strings.Builder
	err := page.Execute(&b, l)
	return b.String(), err
}
