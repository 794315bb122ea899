package parvis

import "time"

// ImportKind is what becomes of the accounts of a list that a resident brings along.
type ImportKind string

// The kinds of imports.
const (
	ImportFollows ImportKind = "follows"
	ImportBlocks  ImportKind = "blocks"
)

// Valid reports whether there is such a kind.
func (k ImportKind) Valid() bool { return k == ImportFollows || k == ImportBlocks }

// An Import is a list of accounts that a resident brought along, to follow or block
// them one after the other.
type Import struct {
	ID        ID
	AccountID ID
	Kind      ImportKind
	Done      int // accounts that are followed, or blocked
	Skipped   int // lines that name no account
	Waiting   int // accounts whose turn is to come
	Failed    int
	Problems  []ImportLine // the first that failed
	CreatedAt time.Time
}

// An ImportLine is an account of an import.
type ImportLine struct {
	Line    int    // from 1
	Address string // user@host
	Problem ImportProblem
}

// ImportProblem says why an account of an import is not followed, or blocked.
type ImportProblem string

// The problems; none while the line waits.
const (
	ImportUnknown ImportProblem = "unknown" // there is none of that address, or its server does not answer
	ImportRefused ImportProblem = "refused" // it cannot be followed, or blocked
)
