package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/media"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// password is everybody's.
const password = "perceuse à percussion"

// A town is an app with two nodes, a clock that tests move, and people.
type town struct {
	*app.App
	t                    testing.TB
	ctx                  context.Context
	now                  time.Time
	node, vanves         *parvis.Node
	jeanne, karim, odile parvis.Viewer
	paul                 parvis.Viewer // lives in Vanves, the other node
}

// onEveryEngine runs a test on each engine, in a town of its own.
func onEveryEngine(t *testing.T, test func(*testing.T, *town)) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			test(t, newTown(t, engine))
		})
	}
}

// settled founds the nodes and their people: once, as keys and passwords take long.
func settled(url string) error {
	ctx := context.Background()
	db, err := storage.Open(ctx, url)
	if err != nil {
		return err
	}
	a := &app.App{DB: db, Now: func() time.Time { return parvistest.Noon }}
	malakoff := parvistest.Malakoff()
	malakoff.HasAdmin = false
	vanves := &parvis.Node{Host: "vanves.example", Scheme: "https"}
	for _, n := range []*parvis.Node{malakoff, vanves} {
		err = errors.Join(err, a.AddNode(ctx, n))
	}
	for _, name := range []string{"jeanne", "karim", "odile", "paul"} {
		n, role := malakoff, parvis.RoleResident
		switch name {
		case "odile":
			role = parvis.RoleAdmin
		case "paul":
			n, role = vanves, parvis.RoleAdmin
		}
		_, failed := a.CreateAccount(ctx, n, app.NewAccount{Username: name, Email: name + "@" + n.Host, Password: password, Role: role})
		err = errors.Join(err, failed)
	}
	return errors.Join(err, db.Close())
}

func newTown(t testing.TB, engine parvistest.Engine) *town {
	t.Helper()
	db, err := storage.Open(context.Background(), engine.Copy(t, "settled", settled))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w := &town{t: t, ctx: t.Context(), now: parvistest.Noon}
	store, err := media.Open(w.ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w.App = &app.App{DB: db, Media: store, Photos: media.NewDarkroom(media.DefaultLimits), Now: func() time.Time { return w.now }}
	w.node, w.vanves = w.nodeOf("malakoff.example"), w.nodeOf("vanves.example")
	w.jeanne, w.karim, w.odile = w.viewer(w.node, "jeanne"), w.viewer(w.node, "karim"), w.viewer(w.node, "odile")
	w.paul = w.viewer(w.vanves, "paul")
	return w
}

func (w *town) nodeOf(host string) *parvis.Node {
	w.t.Helper()
	return must[*parvis.Node](w.t)(w.DB.NodeByHost(w.ctx, host))
}

func (w *town) viewer(n *parvis.Node, name string) parvis.Viewer {
	w.t.Helper()
	acc := must[*parvis.Account](w.t)(w.Profile(w.ctx, n, name))
	login := must[*parvis.Login](w.t)(w.DB.Node(n.ID).Login(w.ctx, acc.ID))
	return parvis.Viewer{Account: acc, Role: login.Role}
}

// rows are the node's rows.
func (w *town) rows() *storage.Node { return w.DB.Node(w.node.ID) }

// stranger stores somebody from another server.
func (w *town) stranger(name, host string) *parvis.Account {
	w.t.Helper()
	return must[*parvis.Account](w.t)(w.ReceiveAccount(w.ctx, w.node, parvistest.Stranger(name, host), ""))
}

// offer is a draft of the drill.
func offer() app.Draft {
	return app.Draft{Detail: parvistest.Sample(parvis.KindOffer), Title: "Perceuse à percussion", Source: "À emprunter #Bricolage", Audience: parvis.Everyone}
}

// note is a draft of a plain post or an answer.
func note(text string, to *parvis.Post) app.Draft {
	d := app.Draft{Detail: &parvis.Note{}, Source: text, Audience: parvis.Everyone}
	if to != nil {
		d.ReplyTo = to.ID
	}
	return d
}

// publish publishes what must succeed, and forgets its jobs.
func (w *town) publish(v parvis.Viewer, d app.Draft) *parvis.Post {
	w.t.Helper()
	p := must[*parvis.Post](w.t)(w.Publish(w.ctx, w.node, v, d))
	w.jobs()
	w.now = w.now.Add(time.Minute)
	return p
}

// arrive makes a post of somebody elsewhere; nothing is stored.
func (w *town) arrive(author *parvis.Account, change func(*parvis.Post)) *parvis.Post {
	p := parvistest.Drill(w.node, author, w.now)
	w.now = w.now.Add(time.Minute)
	if change != nil {
		change(p)
	}
	return p
}

var everyKindOfJob = []parvis.JobKind{parvis.JobPublish, parvis.JobSay, parvis.JobDeliver, parvis.JobInbox, parvis.JobHome,
	parvis.JobPicture, parvis.JobPartner, parvis.JobThread, parvis.JobErase}

// jobs takes every job that waits and says each in words, sorted. Deleted accounts
// are erased on the way.
func (w *town) jobs() []string {
	w.t.Helper()
	var all []string
	for {
		batch := must[[]*parvis.Job](w.t)(w.DB.TurnJobs(w.ctx, nil, storage.Claim{Kinds: everyKindOfJob, Now: w.now, Until: w.now.Add(time.Minute), Limit: 50}))
		if len(batch) == 0 {
			slices.Sort(all)
			return all
		}
		for _, j := range batch {
			all = append(all, w.say(j))
			if j.Kind == parvis.JobErase {
				w.do(w.Erase(w.ctx, j))
			}
			if err := w.DB.SettleJobs(w.ctx, storage.Ended{Job: j}); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

func (w *town) say(j *parvis.Job) string {
	w.t.Helper()
	var args struct {
		Verb                  parvis.Verb
		Undo                  bool
		Actor, Target, Sharer parvis.ID
		Host                  string
		Remove                bool
	}
	if err := json.Unmarshal(j.Args, &args); err != nil {
		w.t.Fatal(err)
	}
	words := string(j.Kind)
	if args.Undo {
		words += " undo"
	}
	if args.Verb != "" {
		words += " " + string(args.Verb)
	}
	for _, part := range []struct {
		word string
		id   parvis.ID
	}{{"by", args.Actor}, {"to", args.Target}, {"shared by", args.Sharer}} {
		if part.id != 0 {
			acc := must[*parvis.Account](w.t)(w.DB.Node(j.NodeID).Account(w.ctx, part.id))
			words += " " + part.word + " " + acc.Acct()
		}
	}
	if args.Remove {
		words += " remove"
	}
	if args.Host != "" {
		words += " " + args.Host
	}
	return words
}

// wantJobs checks which jobs wait, and takes them.
func (w *town) wantJobs(what string, want ...string) {
	w.t.Helper()
	slices.Sort(want)
	if diff := cmp.Diff(want, w.jobs()); diff != "" {
		w.t.Errorf("%s: jobs: -want +got\n%s", what, diff)
	}
}

// homes runs the jobs that wait until homes are written; others are forgotten.
func (w *town) homes() {
	w.t.Helper()
	for {
		batch := must[[]*parvis.Job](w.t)(w.DB.TurnJobs(w.ctx, nil, storage.Claim{Kinds: everyKindOfJob, Now: w.now, Until: w.now.Add(time.Minute), Limit: 50}))
		if len(batch) == 0 {
			return
		}
		for _, j := range batch {
			if j.Kind == parvis.JobHome {
				w.do(w.Spread(w.ctx, j))
			}
			w.do(w.DB.SettleJobs(w.ctx, storage.Ended{Job: j}))
		}
	}
}

// do fails the test on an error.
func (w *town) do(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// fails checks that what was tried ended with an error.
func (w *town) fails(what string, err, want error) {
	w.t.Helper()
	if !errors.Is(err, want) {
		w.t.Errorf("%s: error %v, want %v", what, err, want)
	}
}

// invalid checks that what was tried has a problem with a field.
func (w *town) invalid(what string, err error, field, key string) {
	w.t.Helper()
	var e *parvis.InvalidError
	if !errors.As(err, &e) || !slices.ContainsFunc(e.Problems, func(p parvis.Problem) bool { return p.Field == field && p.Key == key }) {
		w.t.Errorf("%s: error %v, want %s: %s", what, err, field, key)
	}
}

// told counts what an account was told.
func (w *town) told(v parvis.Viewer) string {
	w.t.Helper()
	words := ""
	for _, n := range must[[]*parvis.Notification](w.t)(w.Notifications(w.ctx, w.node, v, nil, parvis.Page{})) {
		words += fmt.Sprintf("%s by %s; ", n.Type, n.From.Acct())
	}
	return words
}

// must returns a result that came without an error.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// photo draws a small picture; each shade is another one.
func photo(t testing.TB, shade uint8) *bytes.Reader {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for x := range 40 {
		for y := range 30 {
			picture.Set(x, y, color.RGBA{shade, uint8(x * 6), uint8(y * 8), 255})
		}
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, picture, nil); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(buf.Bytes())
}

// nodeActor is another node's own actor.
func nodeActor(host string) *parvis.Account {
	a := parvistest.Stranger(host, host)
	a.Type, a.URI, a.Inbox = parvis.Application, "https://"+host+"/actor", "https://"+host+"/actor/inbox"
	return a
}
