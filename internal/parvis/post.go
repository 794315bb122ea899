package parvis

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// A Post is the envelope of everything that people publish. What only one kind
// has is in its Detail.
type Post struct {
	ID       ID
	AuthorID ID
	Author   *Account
	Detail   Detail

	URI, URL  string
	Title     string
	Source    string // Markdown, as typed here; empty for other servers' posts
	HTML      string // rendered or cleaned; safe to show
	Warning   string // content warning
	Sensitive bool
	Language  string // BCP 47
	Audience  Audience
	State     State

	ReplyTo    ID // the post that this one answers, if it is known here
	ReplyToURI string
	AnsweredID ID // who wrote that one; filled by storage
	Thread     ID // the first post of the conversation; its own ID for a first post

	Place    *Place
	EndsAt   time.Time // deadline; zero if there is none
	Media    []Media
	Mentions []Mention
	// Strangers counts those that a new post from elsewhere, for named people, was
	// sent to besides, and whom this node does not know.
	Strangers int
	Tags      []string // as typed, without '#'
	Emojis    []Emoji

	Context    string // the id of the conversation, as another server names it
	QuoteURI   string // the post that it quotes
	QuoteStamp string // where that one's author agreed, once that was seen

	Replies, Likes, Shares int

	PublishedAt time.Time
	EditedAt    time.Time
	DeletedAt   time.Time
	StoredAt    time.Time // of another server's post, when it is new: what nobody needs leaves some time after

	// Version grows with every change but those of its author and emojis, so that
	// caches notice.
	Version int64

	// Filled for the viewer who asked.
	Liked, Shared, Saved bool
	Pinned               bool  // to its author's profile
	Quoted               *Post // what it quotes, if that one's author agreed and the viewer may see it
	Chosen               []int // options of the question that the viewer voted for
}

// Kind returns the post's kind.
func (p *Post) Kind() Kind {
	if p.Detail == nil {
		return KindNote
	}
	return p.Detail.Kind()
}

// Path returns the post's page on this node.
func (p *Post) Path() string { return "/p/" + p.ID.String() }

// UpdatedAt returns when the post was last written.
func (p *Post) UpdatedAt() time.Time {
	if p.EditedAt.After(p.PublishedAt) {
		return p.EditedAt
	}
	return p.PublishedAt
}

// Expired reports whether the deadline has passed.
func (p *Post) Expired(now time.Time) bool { return !p.EndsAt.IsZero() && p.EndsAt.Before(now) }

// A Mention names an account in a post.
type Mention struct {
	AccountID ID
	Acct      string // as Account.Acct
	URI, URL  string
}

// State is where a post stands.
type State string

// The states of a post.
const (
	Open     State = "open"
	Reserved State = "reserved"
	Done     State = "done"
)

// nextStates lists what may follow each state. Done things can be reopened:
// people make mistakes, and loans come back.
var nextStates = map[State][]State{
	Open:     {Reserved, Done},
	Reserved: {Open, Done},
	Done:     {Open},
}

// ParseState reads a state's name.
func ParseState(s string) (State, error) {
	switch st := State(s); st {
	case Open, Reserved, Done:
		return st, nil
	}
	return "", Invalid("state", "post.state.unknown")
}

// Next returns the states that may follow s.
func (s State) Next() []State { return nextStates[s] }

// To checks the step from s to next.
func (s State) To(next State) error {
	for _, n := range nextStates[s] {
		if n == next {
			return nil
		}
	}
	return Invalid("state", "post.state.step")
}

// Limits of a post, in characters and pieces. A peer may send longer texts
// (MaxRemoteHTML bytes); titles are cut.
const (
	MaxTitle       = 120
	MaxText        = 5000
	MaxWarning     = 300
	MaxMedia       = 4
	MaxDescription = 1500
	MaxTags        = 20
	MaxMentions    = 30
	MaxRemoteHTML  = 60 << 10
)

// Validate reports everything that a person must correct in the post.
func (p *Post) Validate(o Origin, now time.Time) error {
	var e InvalidError
	if o == Local {
		p.validateText(&e)
		p.validateEnd(&e, now)
	}
	if _, err := ParseAudience(string(p.Audience)); err != nil {
		e.Add("audience", "post.audience.unknown")
	}
	if p.Place != nil {
		if err := e.Join(p.Place.Validate()); err != nil {
			return err
		}
	}
	if len(p.Media) > MaxMedia && o == Local {
		e.Add("photos", "post.photos.many", "Max", MaxMedia)
	}
	if p.Detail != nil {
		if err := e.Join(p.Detail.Validate(o)); err != nil {
			return err
		}
	}
	return e.OrNil()
}

// grace is what may pass between choosing how long a post lasts and sending it.
const grace = time.Minute

func (p *Post) validateEnd(e *InvalidError, now time.Time) {
	lasts := p.lasts()
	switch {
	case p.EndsAt.IsZero() && lasts.Missing != "":
		e.Add("ends", lasts.Missing)
	case p.EndsAt.IsZero():
	case p.EndsAt.Before(now.Add(max(0, lasts.Least-grace))):
		e.Add("ends", lasts.Soon)
	case p.EndsAt.After(now.Add(lasts.Most)):
		e.Add("ends", lasts.Far)
	}
}

func (p *Post) validateText(e *InvalidError) {
	titled, written := p.Kind().Titled(), p.Source
	if p.Kind() != KindNote {
		written += p.Title
	}
	switch {
	case titled && strings.TrimSpace(p.Title) == "":
		e.Add("title", "post.title.missing")
	case utf8.RuneCountInString(p.Title) > MaxTitle:
		e.Add("title", "post.title.long", "Max", MaxTitle)
	case !utf8.ValidString(p.Title) || strings.ContainsAny(p.Title, "\r\n\x00"):
		e.Add("title", "post.title.invalid")
	}
	switch {
	case p.Kind() == KindQuestion && strings.TrimSpace(written) == "":
		e.Add("title", "question.title.missing")
	case !titled && strings.TrimSpace(written) == "" && len(p.Media) == 0:
		e.Add("text", "post.text.missing")
	case utf8.RuneCountInString(p.Source) > MaxText:
		e.Add("text", "post.text.long", "Max", MaxText)
	case !utf8.ValidString(p.Source) || strings.Contains(p.Source, "\x00"):
		e.Add("text", "post.text.invalid")
	}
	if utf8.RuneCountInString(p.Warning) > MaxWarning {
		e.Add("warning", "post.warning.long", "Max", MaxWarning)
	}
	if p.Language != "" && !ValidLanguage(p.Language) {
		e.Add("language", "post.language.invalid")
	}
}

// languageTag is the shape of a BCP 47 tag, of which 35 characters suffice
// (https://www.rfc-editor.org/rfc/rfc5646#section-4.4.1).
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// ValidLanguage reports whether s looks like a language tag, such as "fr".
func ValidLanguage(s string) bool { return len(s) <= 35 && languageTag.MatchString(s) }
