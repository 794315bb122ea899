package parvis

import "time"

// A Submission is a post of another server that asks to be shared by a feed of
// this node. Unless a partner's resident wrote it, the team decides.
type Submission struct {
	PostID ID
	FeedID ID
	// Domain is that of its author's server, under which submissions are counted.
	Domain string
	State  SubmissionState
	// Activity is what its author sent, as it came: some are passed just that. Empty
	// if they did not send it themself.
	Activity  []byte
	DecidedBy ID // 0 if nobody had to
	DecidedAt time.Time
	CreatedAt time.Time

	// Filled for the team member who asked.
	Post    *Post
	Feed    *Account
	Decider *Account
}

// SubmissionState says where a submission stands.
type SubmissionState string

// The states of a submission. What was decided stays so.
const (
	SubmissionWaiting  SubmissionState = "waiting"
	SubmissionAdmitted SubmissionState = "admitted"
	SubmissionRefused  SubmissionState = "refused"
)

// A KeptDraft is what a resident began in a note that names a feed, and is asked
// to complete.
type KeptDraft struct {
	ID        ID
	AccountID ID
	Kind      Kind   // what it is to become
	Source    string // Markdown
	Language  string
	Media     []Media // its own
	PostID    ID      // the note
}
