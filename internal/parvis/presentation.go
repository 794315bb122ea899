package parvis

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Presentation is what a resident says of themself beyond their name, their
// neighbourhood and two lines of text.
type Presentation struct {
	Languages []string // spoken; BCP 47, of SpokenLanguages
	Offers    []string // what they can do for others, in a few words each
	Seeks     []string // what they look for help with
	SkillsFor Audience // who sees languages, offers and seeks: Everyone or OnNode
	Links     []Link
	LinksFor  Audience // likewise
}

// A Link leads from a profile to another page of the same person.
type Link struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	// VerifiedAt is when that page was seen to link back with rel="me"
	// (https://microformats.org/wiki/rel-me): whoever wrote it has this account too.
	VerifiedAt time.Time `json:"verified_at,omitzero"`
}

// SpokenLanguages are those that one may choose from: what is spoken in French towns,
// the languages of France first.
var SpokenLanguages = []string{"fr", "fsl", "ar", "br", "ca", "co", "de", "en", "es", "eu", "gcf", "gsw", "it", "kab", "oc", "pl", "pt", "rcf",
	"ro", "rom", "ru", "ta", "tr", "uk", "vi", "wo", "bm", "zh", "fa", "ps", "so", "hi"}

// Bounds of a presentation; lengths in characters.
const (
	MaxSkills   = 15 // of either sort
	MaxSkill    = 40
	MaxLinks    = 4
	MaxLinkName = 30
	MaxLinkURL  = 300
)

// ProfileAudiences are whom residents may show parts of their profile to.
var ProfileAudiences = []Audience{Everyone, OnNode}

// Validate checks a presentation as its owner wrote it.
func (p *Presentation) Validate() error {
	var e InvalidError
	for _, l := range p.Languages {
		if !slices.Contains(SpokenLanguages, l) {
			e.Add("languages", "profile.language")
		}
	}
	validateSkills(&e, "offers", p.Offers)
	validateSkills(&e, "seeks", p.Seeks)
	for _, a := range []Audience{p.SkillsFor, p.LinksFor} {
		if !slices.Contains(ProfileAudiences, a) {
			e.Add("skillsfor", "profile.audience")
		}
	}
	if len(p.Links) > MaxLinks {
		e.Add("links", "profile.links.many", "Max", MaxLinks)
	}
	for _, l := range p.Links {
		if !l.valid() {
			e.Add("links", "profile.link", "URL", l.URL)
		}
	}
	return e.OrNil()
}

func validateSkills(e *InvalidError, field string, list []string) {
	if len(list) > MaxSkills {
		e.Add(field, "profile.skills.many", "Max", MaxSkills)
	}
	for _, s := range list {
		if utf8.RuneCountInString(s) > MaxSkill {
			e.Add(field, "profile.skill.long", "Max", MaxSkill)
		}
	}
}

func (l Link) valid() bool {
	u, err := url.Parse(l.URL)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil &&
		len(l.URL) <= MaxLinkURL && utf8.RuneCountInString(l.Name) <= MaxLinkName
}

// Label is the link's name, or its address without what everyone knows.
func (l Link) Label() string {
	if l.Name != "" {
		return l.Name
	}
	return l.Short()
}

// Short is the link's address as people say it.
func (l Link) Short() string {
	_, rest, _ := strings.Cut(l.URL, "://")
	return strings.TrimSuffix(strings.TrimPrefix(rest, "www."), "/")
}

// SplitSkills reads what was written on lines or between commas, each once.
func SplitSkills(s string) []string {
	var list []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == ',' || r == ';' }) {
		part = strings.TrimLeft(strings.Join(strings.Fields(part), " "), "#")
		if part != "" && !slices.ContainsFunc(list, func(have string) bool { return strings.EqualFold(have, part) }) {
			list = append(list, part)
		}
	}
	return list
}

// For returns what a viewer may see of the presentation of an account.
func (p *Presentation) For(v Viewer, owner ID) *Presentation {
	seen := *p
	if !v.Sees(p.SkillsFor, owner) {
		seen.Languages, seen.Offers, seen.Seeks = nil, nil, nil
	}
	if !v.Sees(p.LinksFor, owner) {
		seen.Links = nil
	}
	return &seen
}

// Sees reports whether the viewer may see a part of an account's profile that is
// for an audience.
func (v Viewer) Sees(part Audience, owner ID) bool {
	return part == Everyone || v.Resident() || v.ID() != 0 && v.ID() == owner
}

// QuarterFor returns the account's neighbourhood as far as the viewer may know it.
func (a *Account) QuarterFor(v Viewer) string {
	if !v.Sees(a.QuarterAudience, a.ID) {
		return ""
	}
	return a.Quarter
}

// TagRole says what a tag of a profile means.
type TagRole string

// The roles of tags.
const (
	TagOffers TagRole = "offers" // a skill, offered
	TagSeeks  TagRole = "seeks"  // help that is sought
	TagSpeaks TagRole = "speaks" // a language
)

// A ProfileTag is something by which a profile is found.
type ProfileTag struct {
	Role     TagRole
	Tag      string // folded: what is compared
	Name     string // as its owner wrote it
	Audience Audience
}
