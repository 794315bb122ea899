package parvis_test

import (
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestSucceeds: an account takes over another's followers only if it says that it is
// the same person, and neither is gone, moved on or a piece of the node.
func TestSucceeds(t *testing.T) {
	const uri = "https://vieux.example/users/marie"
	for name, c := range map[string]struct {
		change func(old, fresh *parvis.Account)
		want   bool
	}{
		"both agree":             {func(_, _ *parvis.Account) {}, true},
		"no way back":            {func(_, fresh *parvis.Account) { fresh.AlsoKnownAs = []string{uri + "2"} }, false},
		"itself":                 {func(old, fresh *parvis.Account) { fresh.ID = old.ID }, false},
		"the new one moved on":   {func(_, fresh *parvis.Account) { fresh.MovedTo = uri }, false},
		"the old one said so":    {func(old, fresh *parvis.Account) { old.MovedTo = fresh.URI }, true},
		"the new one is gone":    {func(_, fresh *parvis.Account) { fresh.DeletedAt = time.Unix(1, 0) }, false},
		"the old one is stopped": {func(old, _ *parvis.Account) { old.SuspendedAt = time.Unix(1, 0) }, false},
		"the node itself":        {func(_, fresh *parvis.Account) { fresh.Type = parvis.Application }, false},
		"a feed of the node":     {func(_, fresh *parvis.Account) { fresh.Type, fresh.Feed = parvis.Group, parvis.KindOffer }, false},
	} {
		t.Run(name, func(t *testing.T) {
			old := &parvis.Account{ID: 1, URI: uri, Domain: "vieux.example", Type: parvis.Person}
			fresh := &parvis.Account{ID: 2, URI: "https://malakoff.example/@marie", Type: parvis.Person, AlsoKnownAs: []string{uri}}
			c.change(old, fresh)
			if got := fresh.Succeeds(old); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
