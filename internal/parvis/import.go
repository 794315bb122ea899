package parvis

import (
	"slices"
	"time"
)

// ImportKind is what becomes of what is on a list that a resident brings along.
type ImportKind string

// The kinds of imports.
const (
	ImportFollows ImportKind = "follows"
	ImportBlocks  ImportKind = "blocks"
	ImportMutes   ImportKind = "mutes"
	ImportSaved   ImportKind = "saved" // posts to keep
	ImportLists   ImportKind = "lists" // of people whom they follow
)

// ImportKinds are all there are.
var ImportKinds = []ImportKind{ImportFollows, ImportBlocks, ImportMutes, ImportSaved, ImportLists}

// Valid reports whether there is such a kind.
func (k ImportKind) Valid() bool { return slices.Contains(ImportKinds, k) }

// An Import is a list of accounts that a resident brought along, to follow or block
// them one after the other.
type Import struct {
	ID        ID
	AccountID ID
	Kind      ImportKind
	Done      int // accounts that are followed, or blocked
	Already   int // what was there before
	Skipped   int // lines that name nothing, or name it again
	Waiting   int // accounts whose turn is to come
	Failed    int
	Problems  []ImportLine // the first that failed
	CreatedAt time.Time
}

// An ImportLine is an account of an import.
type ImportLine struct {
	Line    int    // from 1
	Address string // user@host, or the URI of a post
	Extra   string // the name of a list; of a mute, "true" if it is of notifications too
	Removed bool   // it is there, and not on the list that replaces what is
	Problem ImportProblem
}

// ImportProblem says why an account of an import is not followed, or blocked.
type ImportProblem string

// The problems; none while the line waits.
const (
	ImportUnknown  ImportProblem = "unknown"  // there is none of that address, or its server does not answer
	ImportStranger ImportProblem = "stranger" // it is to be on a list, and is not followed
	ImportRefused  ImportProblem = "refused"  // it cannot be followed, or blocked
)
