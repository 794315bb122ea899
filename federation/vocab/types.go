package vocab

import "strings"

// Types of actors (ActivityStreams Vocabulary §3.2).
const (
	TypePerson       = "Person"
	TypeOrganization = "Organization"
	TypeGroup        = "Group"
	TypeApplication  = "Application"
	TypeService      = "Service"
)

// Types of the activities that Parvis sends or acts upon (ActivityStreams
// Vocabulary §3.1).
const (
	TypeCreate   = "Create"
	TypeUpdate   = "Update"
	TypeDelete   = "Delete"
	TypeFollow   = "Follow"
	TypeAccept   = "Accept"
	TypeReject   = "Reject"
	TypeUndo     = "Undo"
	TypeAnnounce = "Announce"
	TypeLike     = "Like"
	TypeFlag     = "Flag"
	TypeBlock    = "Block"
	TypeMove     = "Move"
	TypeAdd      = "Add"
	TypeRemove   = "Remove"
)

// Types of objects (ActivityStreams Vocabulary §3.3), and of links and tags.
const (
	TypeNote      = "Note"
	TypePage      = "Page"
	TypeArticle   = "Article"
	TypeEvent     = "Event"
	TypeQuestion  = "Question"
	TypeDocument  = "Document"
	TypeImage     = "Image"
	TypeVideo     = "Video"
	TypeAudio     = "Audio"
	TypePlace     = "Place"
	TypeTombstone = "Tombstone"
	TypeMention   = "Mention"
	TypeHashtag   = "Hashtag"
	TypeEmoji     = "Emoji" // of Mastodon

	TypeQuoteRequest       = "QuoteRequest"       // FEP-044f
	TypeQuoteAuthorization = "QuoteAuthorization" // FEP-044f

	TypeCollection            = "Collection"
	TypeCollectionPage        = "CollectionPage"
	TypeOrderedCollection     = "OrderedCollection"
	TypeOrderedCollectionPage = "OrderedCollectionPage"
)

// known holds every type that the ActivityStreams Vocabulary defines.
var known = set(
	"Object", "Link", "Activity", "IntransitiveActivity",
	TypeCollection, TypeOrderedCollection, TypeCollectionPage, TypeOrderedCollectionPage,
	TypeAccept, TypeAdd, TypeAnnounce, "Arrive", TypeBlock, TypeCreate, TypeDelete, "Dislike",
	TypeFlag, TypeFollow, "Ignore", "Invite", "Join", "Leave", TypeLike, "Listen", TypeMove,
	"Offer", TypeQuestion, TypeReject, "Read", TypeRemove, "TentativeReject", "TentativeAccept",
	"Travel", TypeUndo, TypeUpdate, "View",
	TypeApplication, TypeGroup, TypeOrganization, TypePerson, TypeService,
	TypeArticle, TypeAudio, TypeDocument, TypeEvent, TypeImage, TypeNote, TypePage, TypePlace,
	"Profile", "Relationship", TypeTombstone, TypeVideo, TypeMention,
)

// Known tells whether the ActivityStreams Vocabulary defines the type.
func Known(typ string) bool { return known[typ] }

// IsActor tells whether the type is one of the five types of actors.
func IsActor(typ string) bool {
	switch typ {
	case TypePerson, TypeOrganization, TypeGroup, TypeApplication, TypeService:
		return true
	}
	return false
}

// plainType removes the two prefixes under which an ActivityStreams type may be
// written in valid JSON-LD: the "as:" alias and the whole namespace.
func plainType(typ string) string {
	if t, ok := strings.CutPrefix(typ, NS+"#"); ok {
		return t
	}
	return strings.TrimPrefix(typ, "as:")
}

// chooseType gives the one type of an object that names several: the first that
// ActivityStreams knows, else the first.
func chooseType(types []string) string {
	for _, t := range types {
		if t = plainType(t); Known(t) {
			return t
		}
	}
	if len(types) == 0 {
		return ""
	}
	return plainType(types[0])
}

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}
