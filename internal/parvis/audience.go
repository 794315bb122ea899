package parvis

import "slices"

// Audience says who may see a post.
type Audience string

// The audiences. Residents choose among node, partners and everyone; the others
// come with posts written in an app or on another server.
const (
	// Everyone: public, listed, announced by the feeds.
	Everyone Audience = "everyone"
	// Unlisted: public, but in no public list and not announced.
	Unlisted Audience = "unlisted"
	// Followers: those who follow the author.
	Followers Audience = "followers"
	// Partners: the residents of this node and of its partners.
	Partners Audience = "partners"
	// OnNode: the residents of this node; it never leaves it.
	OnNode Audience = "node"
	// Named: the people mentioned in the post.
	Named Audience = "named"
)

// ParseAudience reads an audience's name.
func ParseAudience(s string) (Audience, error) {
	switch a := Audience(s); a {
	case Everyone, Unlisted, Followers, Partners, OnNode, Named:
		return a, nil
	}
	return "", Invalid("audience", "post.audience.unknown")
}

// Public reports whether anyone may see it, signed in or not.
func (a Audience) Public() bool { return a == Everyone || a == Unlisted }

// Leaves reports whether posts of this audience are ever sent to other servers.
func (a Audience) Leaves() bool { return a != OnNode }

// Narrower reports whether a may be seen by fewer people than b, and by nobody
// else. Followers compare with public audiences only: people elsewhere follow,
// and who lives on the node may not.
func (a Audience) Narrower(b Audience) bool { return slices.Contains(narrower[b], a) }

// narrower lists what lies within each audience. Whom an author names in a post
// is their own choice, so Named lies within all.
var narrower = map[Audience][]Audience{
	Everyone:  {Unlisted, Partners, OnNode, Followers, Named},
	Unlisted:  {Partners, OnNode, Followers, Named},
	Partners:  {OnNode, Named},
	OnNode:    {Named},
	Followers: {Named},
}

// AudienceOfReply returns the audience of an answer to a post seen by parent:
// an answer to what is not public is never wider than what it answers.
func AudienceOfReply(parent, wanted Audience) Audience {
	if parent.Public() {
		return wanted
	}
	if wanted.Narrower(parent) {
		return wanted
	}
	return parent
}

// CountsUnder reports whether an answer of audience a is counted under a post of
// audience parent: whoever sees the count must be able to see what is counted. Of
// those who are named in a post, not all need be in what answers it.
func (a Audience) CountsUnder(parent Audience) bool {
	return a == parent && a != Named || a.Public() && parent.Public()
}
