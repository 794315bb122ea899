package i18n

import (
	"fmt"
	"slices"
	"strings"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
)

// Problems lists what is wrong with the catalogues, sorted: a key that a language lacks, a plural without its singular, placeholders that
// differ between languages. Every package that brings catalogues tests that there are none.
func (c *Catalogue) Problems() []string {
	var problems []string
	for _, lang := range Languages {
		for _, other := range Languages {
			for key := range c.languages[other].messages {
				if c.languages[lang].messages[key] == nil {
					problems = append(problems, fmt.Sprintf("%s: %q is missing", lang, key))
				}
			}
		}
		for key, m := range c.languages[lang].messages {
			problems = append(problems, c.check(lang, key, m)...)
		}
	}
	slices.Sort(problems)
	return slices.Compact(problems)
}

func (c *Catalogue) check(lang, key string, m *goi18n.Message) []string {
	var problems []string
	say := func(format string, args ...any) {
		problems = append(problems, fmt.Sprintf("%s: %q ", lang, key)+fmt.Sprintf(format, args...))
	}
	if strings.TrimSpace(m.Other) == "" {
		say("has no text")
	}
	names, err := placeholders(m.Other)
	if err != nil {
		say("%v", err)
	}
	singular, err := placeholders(m.One)
	if err != nil {
		say("%v", err)
	}
	for _, name := range singular {
		if !slices.Contains(names, name) {
			say("has {{.%s}} in the singular only", name)
		}
	}
	if slices.Contains(names, "Count") && m.One == "" {
		say("counts but has no singular")
	}
	if first := c.languages[Languages[0]].messages[key]; first != nil {
		if want, err := placeholders(first.Other); err == nil && !slices.Equal(names, want) {
			say("has placeholders %v, in %s %v", names, Languages[0], want)
		}
	}
	return problems
}

// placeholders returns the names in a message, sorted, each once.
func placeholders(source string) ([]string, error) {
	m, err := parseMessage(source)
	if err != nil {
		return nil, err
	}
	names := m.names()
	slices.Sort(names)
	return slices.Compact(names), nil
}
