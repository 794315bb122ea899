package parvis

import (
	"strings"
	"time"
	"unicode/utf8"
)

// A Charter is a version of the rules of a node, which residents accept. Versions
// count from 1: 0 is the program's own rules.
type Charter struct {
	Version   int
	Source    string // Markdown
	Change    string // what is new, in a line
	Asked     bool   // everybody has to accept it, also who accepted an earlier one
	MadeBy    ID     // 0 if a command did
	CreatedAt time.Time
}

// Bounds on a charter, in characters.
const (
	MaxCharter       = 20000
	MaxCharterChange = 200
)

// Validate checks what an admin writes.
func (c *Charter) Validate() error {
	c.Source, c.Change = strings.TrimSpace(strings.ReplaceAll(c.Source, "\r\n", "\n")), strings.TrimSpace(c.Change)
	var e InvalidError
	switch n := utf8.RuneCountInString(c.Source); {
	case n == 0:
		e.Add("source", "charter.source.missing")
	case n > MaxCharter:
		e.Add("source", "charter.source.long", "Max", MaxCharter, "Length", n)
	}
	switch n := utf8.RuneCountInString(c.Change); {
	case n == 0:
		e.Add("change", "charter.change.missing")
	case n > MaxCharterChange:
		e.Add("change", "charter.change.long", "Max", MaxCharterChange)
	}
	return e.OrNil()
}

// Asks reports whether the owner of a login has to accept the charter before they go
// on; there is none for visitors.
func (n *Node) Asks(l *Login) bool { return l != nil && l.Charter < n.CharterAsked }
