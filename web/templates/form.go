package templates

import (
	"errors"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Form is what every form knows: what must be corrected.
type Form struct {
	Problems []Problem
}

// A Problem is a sentence about a field; the field's id is its name.
type Problem struct {
	Field, Text string
}

// FormOf translates what err says must be corrected. Errors of other types are none.
func FormOf(pg *Page, err error) Form {
	var invalid *parvis.InvalidError
	if !errors.As(err, &invalid) {
		return Form{}
	}
	var f Form
	for _, p := range invalid.Problems {
		f.Problems = append(f.Problems, Problem{p.Field, pg.T(p.Key, p.Args...)})
	}
	return f
}

// Error is the sentence about a field, or nothing.
func (f Form) Error(field string) string {
	for _, p := range f.Problems {
		if p.Field == field {
			return p.Text
		}
	}
	return ""
}

// An Input is a line or a box to write in.
type Input struct {
	Name         string
	Label        string
	Hint         string
	Value        string
	Type         string // text if empty
	Autocomplete string
	Keys         string // which keys a telephone shows (inputmode)
	Class        string // how wide: some, half, or full if empty
	Max          int    // characters; 0 for no limit
	Optional     bool
	Suggestions  []string // what one may choose from, besides writing
}

// A Choice is one of several answers.
type Choice struct {
	Value, Label, Hint string
	Icon, Hue          string
}

// Choices are answers of which one is chosen.
type Choices struct {
	Name     string
	Label    string
	Hint     string
	Value    string
	Class    string // tiles: in columns
	Optional bool
	Choices  []Choice
}

// describedBy lists the ids of a field's hint and error.
func describedBy(name, hint, problem string) string {
	ids := ""
	if hint != "" {
		ids = name + "-hint"
	}
	if problem != "" {
		if ids != "" {
			ids += " "
		}
		ids += name + "-error"
	}
	return ids
}
