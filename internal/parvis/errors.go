package parvis

import (
	"errors"
	"strings"
)

// The errors that every layer shares. Each surface has one table that turns
// them into its own answers; anything else is an internal error.
var (
	// ErrNotFound: there is no such thing, or the asker may not know that there is.
	ErrNotFound = errors.New("not found")
	// ErrForbidden: the asker may know of it but not do this.
	ErrForbidden = errors.New("forbidden")
	// ErrSignIn: the asker must sign in first.
	ErrSignIn = errors.New("sign in first")
	// ErrStale: the asker came in too long ago for this and must prove again who they are.
	ErrStale = errors.New("prove again who you are")
	// ErrConflict: it exists already, or is in a state that excludes this.
	ErrConflict = errors.New("conflict")
	// ErrGone: it existed and was deleted.
	ErrGone = errors.New("gone")
	// ErrTooMany: a limit on attempts was reached; see TooManyError.
	ErrTooMany = errors.New("too many attempts")
	// ErrUnavailable: what is kept cannot be reached or added to for now, whatever
	// was asked for: the disk is full, or the database restarts.
	ErrUnavailable = errors.New("unavailable for now")
)

// UnavailableFor is how many seconds whoever meets ErrUnavailable is asked to wait.
const UnavailableFor = 30

// A Problem is one thing that a person can correct. Key names a translatable
// sentence; Args fill its placeholders, as alternating names and values.
type Problem struct {
	Field string
	Key   string
	Args  []any
}

// An InvalidError lists what must be corrected, at most one Problem a field.
type InvalidError struct{ Problems []Problem }

// Invalid returns an InvalidError with a single problem.
func Invalid(field, key string, args ...any) *InvalidError {
	return &InvalidError{Problems: []Problem{{field, key, args}}}
}

// Add notes a problem unless the field has one already.
func (e *InvalidError) Add(field, key string, args ...any) {
	for _, p := range e.Problems {
		if p.Field == field {
			return
		}
	}
	e.Problems = append(e.Problems, Problem{field, key, args})
}

// Join adds the problems of err, if it is an InvalidError; it returns any other error.
func (e *InvalidError) Join(err error) error {
	var other *InvalidError
	if !errors.As(err, &other) {
		return err
	}
	for _, p := range other.Problems {
		e.Add(p.Field, p.Key, p.Args...)
	}
	return nil
}

// OrNil returns e if it has problems, else nil.
func (e *InvalidError) OrNil() error {
	if len(e.Problems) == 0 {
		return nil
	}
	return e
}

// Error lists fields and keys; people read the translation instead.
func (e *InvalidError) Error() string {
	parts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		parts[i] = p.Field + ": " + p.Key
	}
	return "invalid: " + strings.Join(parts, ", ")
}

// A TooManyError is ErrTooMany with the number of seconds to wait.
type TooManyError struct{ RetryAfter int }

// Error implements error.
func (e *TooManyError) Error() string { return ErrTooMany.Error() }

// Unwrap makes errors.Is(err, ErrTooMany) true.
func (e *TooManyError) Unwrap() error { return ErrTooMany }
