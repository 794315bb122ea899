package e2e_test

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/media/sketch"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// password is everybody's, as it would be in a story told to children.
const password = "la place du marché"

// noticeTime is how soon a running node must know what a command changed.
const noticeTime = 2 * time.Second

// A story is a town, the workshop next to it, and who is there.
type story struct {
	malakoff, atelier *place
	browser           context.Context
	axe               string

	visitor, jeanne, camille *person
	photo, portrait          string // files
	drill                    string // address of Jeanne's offer in Malakoff …
	drillThere               string // … and of what the workshop shows of it
}

// TestTwoNodes tells one story from the first start of two nodes to the deletion
// of an offer. Each chapter stands on those before it.
func TestTwoNodes(t *testing.T) {
	s := &story{axe: parvistest.Axe(t)}
	s.browser = startBrowser(t)
	engines := parvistest.Engines(t)
	binary := build(t)
	s.malakoff = newPlace(t, binary, "malakoff", engines[0].URL(t))
	s.atelier = newPlace(t, binary, "atelier", engines[len(engines)-1].URL(t))
	s.malakoff.start(t)
	s.atelier.start(t)
	s.visitor, s.jeanne, s.camille = s.person(t, "a visitor"), s.person(t, "Jeanne"), s.person(t, "Camille")
	s.photo, s.portrait = draw(t)

	for _, chapter := range []struct {
		name string
		tell func(*testing.T)
	}{
		{"a place in preparation", s.preparing},
		{"a team moves in", s.team},
		{"the nodes become partners", s.partners},
		{"a visitor looks around", s.looksAround},
		{"Jeanne signs up", s.signsUp},
		{"Karim logs in", s.logsIn},
		{"Jeanne says who she is", s.saysWho},
		{"Jeanne asks for a code", s.asksForACode},
		{"Jeanne is in the directory", s.isListed},
		{"the rules change", s.charter},
		{"Jeanne publishes an offer", s.publishes},
		{"visitors see the offer", s.isSeen},
		{"the workshop shows the offer", s.isShown},
		{"people find the drill and Jeanne", s.isFound},
		{"Camille follows Jeanne", s.follows},
		{"Camille answers", s.answers},
		{"Camille likes and keeps", s.likes},
		{"Camille and Jeanne write to each other", s.writes},
		{"Camille makes a list and hides somebody", s.sorts},
		{"the offer is changed, reserved and done", s.closes},
		{"Jeanne asks a question", s.asks},
		{"a visitor leaves for their own server", s.leaves},
		{"Camille reports", s.reports},
		{"a full list is light", s.weighs},
		{"a browser without scripts", s.withoutScripts},
		{"a keyboard without a mouse", s.byKeyboard},
		{"Jeanne deletes the offer", s.deletes},
		{"Jeanne blocks Camille", s.blocks},
		{"Jeanne reads English and leaves", s.english},
		{"a stop loses nothing", s.stops},
	} {
		told := false
		t.Run(chapter.name, func(t *testing.T) {
			chapter.tell(t)
			told = true
		})
		if !told {
			t.Fatalf("the story broke off: %s", chapter.name)
		}
	}
	s.malakoff.calm(t)
	s.atelier.calm(t)
}

func (s *story) person(t testing.TB, name string) *person { return sitDown(t, s.browser, s.axe, name) }

// draw makes a photo and a portrait, as files that a person could choose.
func draw(t testing.TB) (photo, portrait string) {
	t.Helper()
	drill, ok := sketch.Illustration("drill")
	if !ok {
		t.Fatal("there is no drawing of a drill")
	}
	dir := t.TempDir()
	photo, portrait = filepath.Join(dir, "perceuse.jpg"), filepath.Join(dir, "jeanne.jpg")
	for path, picture := range map[string]image.Image{photo: drill, portrait: sketch.Portrait(7)} {
		var file bytes.Buffer
		if err := jpeg.Encode(&file, picture, nil); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return photo, portrait
}
