package parvis_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/parvis-coop/parvis/internal/parvis"
)

var everyAudience = []parvis.Audience{
	parvis.Everyone, parvis.Unlisted, parvis.Followers, parvis.Partners, parvis.OnNode, parvis.Named,
}

func TestNarrowerIsAnOrder(t *testing.T) {
	t.Parallel()
	audiences := rapid.SampledFrom(everyAudience)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := audiences.Draw(t, "a"), audiences.Draw(t, "b"), audiences.Draw(t, "c")
		if a.Narrower(b) && b.Narrower(a) {
			t.Errorf("%s and %s are each narrower than the other", a, b)
		}
		if a.Narrower(b) && b.Narrower(c) && !a.Narrower(c) {
			t.Errorf("%s < %s < %s, but not %s < %s", a, b, c, a, c)
		}
	})
}

func TestAudienceOfReplyNeverWidens(t *testing.T) {
	t.Parallel()
	for _, parent := range everyAudience {
		for _, wanted := range append(everyAudience, "") {
			got := parvis.AudienceOfReply(parent, wanted)
			switch {
			case parent.Public():
				if got != wanted {
					t.Errorf("answer to %s for %s: %s", parent, wanted, got)
				}
			case got != parent && !got.Narrower(parent):
				t.Errorf("an answer to %s for %s is for %s, which is wider", parent, wanted, got)
			case wanted.Narrower(parent) && got != wanted:
				t.Errorf("an answer to %s may be for %s, but is for %s", parent, wanted, got)
			}
			// What stays on the node stays there, answers too; a name is the author's choice.
			if !parent.Leaves() && got.Leaves() && got != parvis.Named {
				t.Errorf("an answer to %s for %s leaves the node for %s", parent, wanted, got)
			}
		}
	}
}

func TestParseAudience(t *testing.T) {
	t.Parallel()
	for _, a := range everyAudience {
		if got, err := parvis.ParseAudience(string(a)); err != nil || got != a {
			t.Errorf("ParseAudience(%q) = %q, %v", a, got, err)
		}
	}
	if _, err := parvis.ParseAudience("public"); err == nil {
		t.Error(`ParseAudience("public") is no error`)
	}
}
