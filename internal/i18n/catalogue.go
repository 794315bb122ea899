// Package i18n says things in the reader's language: messages from TOML catalogues, and dates, numbers and distances as people there
// write them. French is the first language and stands in for what another one lacks.
//
// A catalogue file is named after its area and language, area.fr.toml, and holds quoted flat keys; a message that counts has two forms:
//
//	"offer.new" = "Proposer ou demander"
//	"offer.by" = "Proposé par {{.Name}}"
//	"offer.answers" = { one = "{{.Count}} réponse", other = "{{.Count}} réponses" }
package i18n

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"
	_ "time/tzdata" // a node's host may have no zone files

	"github.com/BurntSushi/toml"
	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed locales
var locales embed.FS

// Languages are those that the interface speaks, the first one for whoever asks for none of them.
var Languages = []string{"fr", "en"}

// DefaultZone is where times are shown unless a node says otherwise.
const DefaultZone = "Europe/Paris"

// A Catalogue holds every message in every language.
type Catalogue struct {
	// OnMissing is told of a key that a language lacks and of a placeholder without a value. Tests set it to fail.
	OnMissing func(lang, key string)

	languages map[string]*dictionary
	printers  []*Printer // as Languages
	matcher   language.Matcher
}

// dictionary is one language.
type dictionary struct {
	plain     map[string]string          // messages without counts and placeholders: nearly all of them
	messages  map[string]*goi18n.Message // all of them
	localizer *goi18n.Localizer
	calendar  calendar
}

// Load reads the catalogues of this package and every file in the roots whose name ends in the code of a language: offers.fr.toml. A key
// that two files of one language define is an error.
func Load(roots ...fs.FS) (*Catalogue, error) {
	zone, err := time.LoadLocation(DefaultZone)
	if err != nil {
		return nil, err
	}
	c := &Catalogue{languages: map[string]*dictionary{}}
	bundles := map[string]*goi18n.Bundle{}
	var tags []language.Tag
	for _, lang := range Languages {
		// A bundle of its own for each language: go-i18n need not match languages again for every message.
		bundles[lang] = goi18n.NewBundle(language.Make(lang))
		c.languages[lang] = &dictionary{
			plain: map[string]string{}, messages: map[string]*goi18n.Message{}, calendar: calendars[lang],
			localizer: goi18n.NewLocalizer(bundles[lang], lang),
		}
		c.printers = append(c.printers, &Printer{catalogue: c, lang: lang, words: c.languages[lang], zone: zone})
		tags = append(tags, language.Make(lang))
	}
	c.matcher = language.NewMatcher(tags)
	for _, root := range append([]fs.FS{locales}, roots...) {
		if err := c.loadRoot(root, bundles); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Catalogue) loadRoot(root fs.FS, bundles map[string]*goi18n.Bundle) error {
	return fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		for lang, bundle := range bundles {
			if strings.HasSuffix(path, "."+lang+".toml") {
				return c.loadFile(root, path, lang, bundle)
			}
		}
		return nil
	})
}

func (c *Catalogue) loadFile(root fs.FS, path, lang string, bundle *goi18n.Bundle) error {
	data, err := fs.ReadFile(root, path)
	if err != nil {
		return fmt.Errorf("read catalogue: %w", err)
	}
	file, err := goi18n.ParseMessageFileBytes(data, path, map[string]goi18n.UnmarshalFunc{"toml": toml.Unmarshal})
	if err != nil {
		return fmt.Errorf("parse catalogue %s: %w", path, err)
	}
	if err := bundle.AddMessages(language.Make(lang), file.Messages...); err != nil {
		return fmt.Errorf("load catalogue %s: %w", path, err)
	}
	words := c.languages[lang]
	for _, m := range file.Messages {
		if words.messages[m.ID] != nil {
			return fmt.Errorf("load catalogue %s: %q is defined twice", path, m.ID)
		}
		words.messages[m.ID] = m
		if m.One == "" && !strings.Contains(m.Other, "{{") {
			words.plain[m.ID] = m.Other
		}
	}
	return nil
}

// For returns the printer of the language that fits best. A preference is a language ("fr") or an Accept-Language header; earlier ones win,
// and empty ones count for nothing.
func (c *Catalogue) For(preferences ...string) *Printer {
	for _, preference := range preferences {
		for _, p := range c.printers {
			if p.lang == preference {
				return p
			}
		}
		tags, _, err := language.ParseAcceptLanguage(preference)
		if err != nil || len(tags) == 0 {
			continue
		}
		if _, index, confidence := c.matcher.Match(tags...); confidence > language.No {
			return c.printers[index]
		}
	}
	return c.printers[0]
}

func (c *Catalogue) missing(lang, key string) {
	if c.OnMissing != nil {
		c.OnMissing(lang, key)
	}
}
