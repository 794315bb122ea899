package i18n

import (
	"fmt"
	"strings"
	"time"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// A Printer says things in one language and time zone. It is made once and shared.
type Printer struct {
	catalogue *Catalogue
	lang      string
	words     *dictionary
	zone      *time.Location
}

// Count is an argument of T: the number that chooses between singular and plural, shown where the message says {{.Count}}.
type Count int

// Lang is the printer's language, for the page's lang attribute.
func (p *Printer) Lang() string { return p.lang }

// Zone is where the printer's times are shown.
func (p *Printer) Zone() *time.Location { return p.zone }

// In returns the same printer for another time zone.
func (p *Printer) In(zone *time.Location) *Printer {
	moved := *p
	moved.zone = zone
	return &moved
}

// T returns a message. Arguments are a Count, and pairs of a placeholder's name and its value:
//
//	p.T("offer.new")
//	p.T("offer.answers", i18n.Count(3))
//	p.T("partner.proposes", "Node", "Vanves", i18n.Count(14))
//
// A key that the language lacks is said in French, and one that French lacks too is returned itself.
func (p *Printer) T(key string, args ...any) string {
	if text, ok := p.words.plain[key]; ok {
		return text
	}
	if _, ok := p.words.messages[key]; ok {
		return p.fill(key, args)
	}
	p.catalogue.missing(p.lang, key)
	first := p.catalogue.printers[0]
	if _, ok := first.words.messages[key]; !ok {
		return key
	}
	return first.In(p.zone).T(key, args...)
}

// Has tells whether the printer's language knows a key.
func (p *Printer) Has(key string) bool {
	_, ok := p.words.messages[key]
	return ok
}

func (p *Printer) fill(key string, args []any) string {
	data := filling{printer: p, key: key, args: args}
	config := &goi18n.LocalizeConfig{MessageID: key, TemplateData: data, TemplateParser: messageParser{}}
	for _, arg := range args {
		if count, ok := arg.(Count); ok {
			config.PluralCount = int(count)
		}
	}
	// The error says that a plural form is missing ("many", for a French million): the text is then that of "other".
	text, _ := p.words.localizer.Localize(config)
	return text
}

// filling finds the values of a message's placeholders.
type filling struct {
	printer *Printer
	key     string
	args    []any
}

func (f filling) value(name string) string {
	for i := 0; i < len(f.args); i++ {
		if count, ok := f.args[i].(Count); ok {
			if name == "Count" {
				return f.printer.Number(int(count))
			}
			continue
		}
		if i+1 < len(f.args) && f.args[i] == name {
			return f.say(f.args[i+1])
		}
		i++
	}
	f.printer.catalogue.missing(f.printer.lang, f.key+" {{."+name+"}}")
	return ""
}

func (f filling) say(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case int:
		return f.printer.Number(value)
	}
	return fmt.Sprint(value)
}

// messageParser reads the only template that messages need: {{.Name}}. go-i18n keeps what it returns, so a message is parsed once.
type messageParser struct{}

// Cacheable implements template.Parser.
func (messageParser) Cacheable() bool { return true }

// Parse implements template.Parser.
func (messageParser) Parse(source, _, _ string) (template.ParsedTemplate, error) {
	return parseMessage(source)
}

// message is a text with gaps: text, name, text, name … text.
type message []string

func parseMessage(source string) (message, error) {
	var m message
	for {
		before, rest, found := strings.Cut(source, "{{")
		m = append(m, before)
		if !found {
			return m, nil
		}
		name, after, closed := strings.Cut(rest, "}}")
		name = strings.TrimSpace(name)
		if !closed || len(name) < 2 || name[0] != '.' {
			return nil, fmt.Errorf("placeholder %q is not of the form {{.Name}}", name)
		}
		m = append(m, name[1:])
		source = after
	}
}

// names returns the message's placeholders.
func (m message) names() []string {
	var names []string
	for i := 1; i < len(m); i += 2 {
		names = append(names, m[i])
	}
	return names
}

// Execute implements template.ParsedTemplate.
func (m message) Execute(data any) (string, error) {
	values := data.(filling)
	var out strings.Builder
	for i, part := range m {
		if i%2 == 1 {
			part = values.value(part)
		}
		out.WriteString(part)
	}
	return out.String(), nil
}
