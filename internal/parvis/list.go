package parvis

import (
	"strings"
	"time"
	"unicode/utf8"
)

// A List is some of those whom a resident follows, to be read apart from the others.
// Nobody else knows of it.
type List struct {
	ID        ID
	AccountID ID // whose it is
	Title     string
	Replies   Replies
	CreatedAt time.Time
}

// Replies says which answers a list shows, besides those to its owner and those in
// which somebody goes on by themself
// (https://docs.joinmastodon.org/entities/List/#replies_policy).
type Replies string

// What answers a list shows.
const (
	RepliesFollowed Replies = "followed" // to whom its owner follows
	RepliesList     Replies = "list"     // to its members
	RepliesNone     Replies = "none"
)

// RepliesChoices are what a list can show of answers, the usual choice first.
var RepliesChoices = []Replies{RepliesList, RepliesFollowed, RepliesNone}

// How many lists a resident has at most, how many people a list, and how many
// characters its title.
const (
	MaxLists       = 50
	MaxListMembers = 500
	MaxListTitle   = 80
)

// Validate reports what must be corrected.
func (l *List) Validate() error {
	var e InvalidError
	switch {
	case strings.TrimSpace(l.Title) == "":
		e.Add("title", "list.title.missing")
	case utf8.RuneCountInString(l.Title) > MaxListTitle:
		e.Add("title", "list.title.long", "Max", MaxListTitle)
	case !utf8.ValidString(l.Title) || strings.ContainsAny(l.Title, "\r\n\x00"):
		e.Add("title", "list.title.missing")
	}
	if l.Replies != RepliesFollowed && l.Replies != RepliesList && l.Replies != RepliesNone {
		e.Add("replies", "list.replies.unknown")
	}
	return e.OrNil()
}
