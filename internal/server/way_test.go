package server_test

import (
	"bytes"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
)

// A syncBuffer takes the log lines of several goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// A step is a log line about an activity.
type step struct{ Place, Kind, Message string }

// way reads from the log what became of an activity, in order.
func (s *syncBuffer) way(t *testing.T, id string) (steps []step) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for lines := json.NewDecoder(bytes.NewReader(s.b.Bytes())); lines.More(); {
		var line struct {
			step
			Activity string
		}
		if err := lines.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if line.Activity == id {
			steps = append(steps, line.step)
		}
	}
	return steps
}

// By the id of an activity one finds in the logs of both servers what became of
// it, also if the other one was down at first.
func TestTheLogTellsTheWayOfAnActivity(t *testing.T) {
	net := &network{t: t, clock: newClock(), log: &syncBuffer{}}
	e := parvistest.Engines(t)[0]
	malakoff, lyon := net.found(e, "malakoff"), net.found(e, "lyon")
	net.places = []*place{malakoff, lyon}
	jeanne, ali := malakoff.resident("jeanne", parvis.RoleResident), lyon.resident("ali", parvis.RoleResident)
	lyon.follow(ali, "jeanne@"+malakoff.node.Host)
	net.settle()
	say := func() string {
		return malakoff.publish(jeanne, app.Draft{Detail: &parvis.Note{}, Source: "La fête commence.", Audience: parvis.Everyone}).URI + "/activity"
	}

	arrives := []step{
		{"lyon", "", "activity accepted"},
		{"malakoff", "deliver", "activity delivered"},
		{"lyon", "inbox", "activity digested"},
	}
	at := say()
	net.settle()
	want := append([]step{{"malakoff", "publish", "activity sent off"}}, arrives...)
	if diff := cmp.Diff(want, net.log.way(t, at)); diff != "" {
		t.Errorf("the way of a Create (-want +got):\n%s", diff)
	}

	lyon.down.Store(true)
	late := say()
	net.settle()
	lyon.down.Store(false)
	net.clock.pass(time.Hour)
	net.settle()
	want = append([]step{{"malakoff", "publish", "activity sent off"}, {"malakoff", "deliver", "job waits"}}, arrives...)
	if diff := cmp.Diff(want, net.log.way(t, late)); diff != "" {
		t.Errorf("the way of one that came late (-want +got):\n%s", diff)
	}
}

// A refusal is logged where it is made and where it arrives.
func TestTheLogTellsWhyAnActivityWasRefused(t *testing.T) {
	net := &network{t: t, clock: newClock(), log: &syncBuffer{}}
	e := parvistest.Engines(t)[0]
	malakoff, lyon := net.found(e, "malakoff"), net.found(e, "lyon")
	net.places = []*place{malakoff, lyon}
	jeanne, ali := malakoff.resident("jeanne", parvis.RoleResident), lyon.resident("ali", parvis.RoleResident)
	lyon.follow(ali, "jeanne@"+malakoff.node.Host)
	net.settle()
	if _, err := lyon.app.RuleDomain(bg, lyon.node, parvis.DomainRule{Domain: "malakoff.localhost", Severity: parvis.Suspend}); err != nil {
		t.Fatal(err)
	}

	post := malakoff.publish(jeanne, app.Draft{Detail: &parvis.Note{}, Source: "La fête commence.", Audience: parvis.Everyone})
	net.settle()
	want := []step{
		{"malakoff", "publish", "activity sent off"},
		{"lyon", "", "activity refused"},
		{"malakoff", "deliver", "job dropped"},
	}
	if diff := cmp.Diff(want, net.log.way(t, post.URI+"/activity")); diff != "" {
		t.Errorf("the way of a refused Create (-want +got):\n%s", diff)
	}
}
