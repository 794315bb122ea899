package parvis

import (
	"slices"
	"strings"
)

// A Conversation is what some people write to each other. Those who take part
// read it, and nobody else does; but it is not encrypted: whoever runs one of
// their servers could. The same people have one conversation about each post,
// and one about nothing in particular.
type Conversation struct {
	ID        ID
	People    []*Account // all who take part
	SubjectID ID         // the post that it is about, 0 if it is about none
	Subject   *Post      // nil if there is none, or the reader may not see it
	Last      *Post      // the last message that the reader may see
	Latest    ID         // its place
	Seen      ID         // the place up to which the reader has read
	Muted     bool       // the reader is told of nothing that is written there
}

// Unread reports whether something was written since the reader looked.
func (c *Conversation) Unread() bool { return c.Latest > c.Seen }

// Others returns who takes part besides an account.
func (c *Conversation) Others(account ID) []*Account {
	return slices.DeleteFunc(slices.Clone(c.People), func(a *Account) bool { return a.ID == account })
}

// Hosts returns the servers that keep what is written, other than this node, in
// alphabetical order.
func (c *Conversation) Hosts() []string {
	var hosts []string
	for _, a := range c.People {
		if !a.Local() {
			hosts = append(hosts, a.Domain)
		}
	}
	slices.SortFunc(hosts, strings.Compare)
	return slices.Compact(hosts)
}

// A Message is a post of a conversation.
type Message struct {
	Post *Post // nil if the reader may not see it: somebody blocked the other, or was suspended
	// Place orders the messages as they came to this node: what a server kept for
	// a day comes last, and is unread.
	Place ID
	New   bool // written by somebody else since the reader looked
	// Strangers counts those it was sent to besides whom this node does not know, or
	// is [Everybody].
	Strangers int
}

// Everybody stands for the strangers of a message that its author's server shows to
// others than those it names: it answers a private one in public.
const Everybody = -1
