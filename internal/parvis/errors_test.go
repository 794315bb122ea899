package parvis_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestInvalidErrorKeepsOneProblemAField(t *testing.T) {
	t.Parallel()
	var e parvis.InvalidError
	if err := e.OrNil(); err != nil {
		t.Errorf("no problems: %v", err)
	}
	e.Add("title", "post.title.missing")
	e.Add("title", "post.title.long", "Max", 120)
	if err := e.Join(fmt.Errorf("offer: %w", parvis.Invalid("sort", "offer.sort.missing"))); err != nil {
		t.Errorf("Join of problems returns %v", err)
	}
	if err := e.Join(parvis.ErrGone); !errors.Is(err, parvis.ErrGone) {
		t.Errorf("Join of another error returns %v", err)
	}
	if err := e.Join(nil); err != nil {
		t.Errorf("Join of nothing returns %v", err)
	}
	want := []parvis.Problem{{Field: "title", Key: "post.title.missing"}, {Field: "sort", Key: "offer.sort.missing"}}
	if diff := cmp.Diff(want, e.Problems); diff != "" {
		t.Errorf("problems: -want +got\n%s", diff)
	}
	if got, want := e.Error(), "invalid: title: post.title.missing, sort: offer.sort.missing"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}

func TestTooManyErrorIsErrTooMany(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("sign in: %w", &parvis.TooManyError{RetryAfter: 60})
	if !errors.Is(err, parvis.ErrTooMany) {
		t.Error("it is not ErrTooMany")
	}
}

func TestPageSize(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{-1: 20, 0: 20, 1: 1, 80: 80, 81: 80} {
		if got := (parvis.Page{Limit: limit}).Size(); got != want {
			t.Errorf("a page of %d has %d rows, want %d", limit, got, want)
		}
	}
}
