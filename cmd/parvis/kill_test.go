package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

var kills = flag.Int("kills", 3, "how often the tests of sudden death kill each process")

// TestNothingIsLost kills the two nodes of a conversation at random moments
// while one of them publishes. Whatever was answered with success must still be
// there, and must reach the other node, once.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	engines := parvistest.Engines(t)
	for _, writer := range engines {
		t.Run("written on "+writer.Name, func(t *testing.T) {
			t.Parallel()
			writes := newDaemon(t, "malakoff", writer.URL(t))
			reads := newDaemon(t, "atelier", engines[len(engines)-1].URL(t))
			account := reads.befriend(reads.token, "@jeanne@"+writes.host)
			var mu sync.Mutex
			accepted := map[string]bool{}
			for round := range *kills {
				stop := together(4, func(poster int, stop <-chan struct{}) {
					for i := 0; !closed(stop); i++ {
						text := fmt.Sprintf("Annonce %d, %d, %d", round, poster, i)
						if status, err := writes.api(http.MethodPost, "/api/v1/statuses", url.Values{"status": {text}}, nil); err == nil && status == http.StatusOK {
							mu.Lock()
							accepted[text] = true
							mu.Unlock()
						}
					}
				})
				time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
				writes.kill()
				time.Sleep(time.Duration(rand.IntN(200)) * time.Millisecond)
				reads.kill()
				stop()
				writes.start()
				reads.start()
			}
			// One that was down so often is left alone for a while, unless it speaks.
			if status, err := reads.api(http.MethodPost, "/api/v1/statuses", url.Values{"status": {"@jeanne@" + writes.host + " Nous revoilà"}}, nil); err != nil || status != http.StatusOK {
				t.Fatal(status, err)
			}
			reads.holds(reads.token, "accounts/"+account+"/statuses", accepted)
			t.Logf("%d posts were accepted; all arrived", len(accepted))
		})
	}
}

// together runs a function n times side by side; what it returns tells them to
// stop and waits for them.
func together(n int, do func(i int, stop <-chan struct{})) (stop func()) {
	ended := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i, ended) })
	}
	return func() {
		close(ended)
		all.Wait()
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestSuddenDeathUnderLoad kills a node, again and again, that is sent posts by
// other servers while its own people publish, edit and delete. Whatever others
// were told that it took stands once in the home of who follows them. Whatever
// was published reaches every follower's server once, each thing in its order.
func TestSuddenDeathUnderLoad(t *testing.T) {
	t.Parallel()
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			d := newDaemon(t, "malakoff", engine.URL(t))
			var followers []*peer
			for i := range 3 {
				p := newPeer(t, fmt.Sprintf("abonne%d", i))
				p.follow(d, "marie")
				p.follow(d, "paul") // one server, two who follow: one delivery
				followers = append(followers, p)
			}
			mail, desk := &mailbag{d: d, from: newPeer(t, "auteur")}, &desk{d: d}
			for round := range *kills {
				mail.open(round)
				stopMail, stopDesk := together(senders, mail.send), together(2, desk.write)
				time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
				d.kill()
				stopMail()
				stopDesk()
				d.start()
			}
			together(senders, mail.finish)()
			mail.check()
			for _, p := range followers {
				desk.check(p)
			}
			t.Logf("%d notes were accepted and are there; %d posts were published and reached all", mail.count, len(desk.posts))
		})
	}
}

// The numbers of a mailbag: a home keeps its newest 800 entries, so each reader
// is sent fewer.
const (
	senders     = 2
	perRound    = 70 // notes of a sender
	roundsEach  = 5  // rounds of one reader
	patientWait = 5 * time.Millisecond
)

// A mailbag sends notes to residents who follow their author, and remembers
// which were taken.
type mailbag struct {
	d       *daemon
	from    *peer
	pending [senders]*letter // what was sent and not answered

	mu     sync.Mutex
	count  int
	tokens []string          // of the readers
	taken  []map[string]bool // for each reader, by text
}

// A letter is a note on its way to a reader, who follows its author.
type letter struct {
	reader   int
	text     string
	activity map[string]any
}

func author(reader int) string { return fmt.Sprintf("auteur%d", reader) }

// open prepares a round: every few rounds somebody new follows.
func (m *mailbag) open(round int) {
	if round%roundsEach != 0 {
		return
	}
	k := len(m.tokens)
	m.tokens = append(m.tokens, m.d.resident(fmt.Sprintf("lecteur%d", k)))
	m.taken = append(m.taken, map[string]bool{})
	m.d.befriend(m.tokens[k], author(k)+"@"+m.from.host)
}

// send sends a round's notes, or as many as there is time for.
func (m *mailbag) send(sender int, stop <-chan struct{}) {
	for sent := 0; sent < perRound && !closed(stop); {
		if m.deliver(sender) {
			sent++
		} else {
			time.Sleep(patientWait)
		}
	}
}

// finish sends what was never answered, as other servers do: they cannot know
// whether it arrived.
func (m *mailbag) finish(sender int, _ <-chan struct{}) {
	for m.pending[sender] != nil && !m.deliver(sender) {
		time.Sleep(patientWait)
	}
}

// deliver sends the note that was not answered, or a new one, and reports
// whether it was taken.
func (m *mailbag) deliver(sender int) bool {
	note := m.pending[sender]
	if note == nil {
		note = m.compose()
		m.pending[sender] = note
	}
	if status, _, err := m.from.post(m.d.host, author(note.reader), note.activity); err != nil || status/100 != 2 {
		return false
	}
	m.pending[sender] = nil
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken[note.reader][note.text] = true
	return true
}

// compose writes a note to the newest reader.
func (m *mailbag) compose() *letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	reader, text := len(m.tokens)-1, fmt.Sprintf("Note %d", m.count)
	m.count++
	return &letter{reader, text, m.from.create(author(reader), fmt.Sprintf("/notes/%d", m.count), text)}
}

// check waits until every note that was taken stands in its reader's home once.
func (m *mailbag) check() {
	m.d.t.Helper()
	for k, token := range m.tokens {
		m.d.holds(token, "timelines/home", m.taken[k])
	}
}

// A desk publishes, and remembers what became of it.
type desk struct {
	d     *daemon
	mu    sync.Mutex
	posts []*published
}

// published is a post that was accepted, with what was done to it afterwards. A
// request that was not answered may have been granted or not.
type published struct {
	uri, text       string
	edited, deleted bool
	unsure          bool
}

// write publishes until told to stop; every other post is edited, every fourth
// deleted after that.
func (k *desk) write(writer int, stop <-chan struct{}) {
	for i := 0; !closed(stop); i++ {
		text := fmt.Sprintf("Annonce de %d", i)
		var made struct{ ID, URI string }
		status, err := k.d.api(http.MethodPost, "/api/v1/statuses", url.Values{"status": {text}}, &made)
		if err != nil || status != http.StatusOK {
			time.Sleep(patientWait)
			continue
		}
		p := &published{uri: made.URI, text: text}
		if i%2 == 1 {
			p.text += ", corrigée"
			p.edited = k.change(p, http.MethodPut, made.ID, url.Values{"status": {p.text}})
		}
		if i%4 == 3 && p.edited {
			p.deleted = k.change(p, http.MethodDelete, made.ID, nil)
		}
		k.mu.Lock()
		k.posts = append(k.posts, p)
		k.mu.Unlock()
	}
}

func (k *desk) change(p *published, method, id string, form url.Values) bool {
	status, err := k.d.api(method, "/api/v1/statuses/"+id, form, nil)
	p.unsure = err != nil || status != http.StatusOK
	return !p.unsure
}

// check waits until a follower's server has heard all of every post, and makes
// sure that it heard each thing once and in order.
func (k *desk) check(follower *peer) {
	k.d.t.Helper()
	for _, p := range k.posts {
		k.d.until("news of "+p.uri+" at "+follower.host, func() bool { return p.told(follower.about(p.uri)) })
	}
	for _, p := range k.posts {
		if wrong := p.wrong(follower.about(p.uri)); wrong != "" {
			k.d.t.Errorf("%s: %s of %+v", follower.host, wrong, *p)
		}
	}
}

// told reports whether the last thing that was done is among what was heard.
func (p *published) told(all []heard) bool {
	want := "Create"
	switch {
	case p.deleted:
		want = "Delete"
	case p.edited:
		want = "Update"
	}
	for _, h := range all {
		if h.kind == want {
			return true
		}
	}
	return false
}

// wrong says what is wrong about what was heard of a post. Of one that was
// deleted at once, others need not have heard before.
func (p *published) wrong(all []heard) string {
	order := map[string]int{"Create": 1, "Update": 2, "Delete": 3}
	last, text := 0, ""
	for _, h := range all {
		if order[h.kind] <= last {
			return fmt.Sprintf("%s came twice, or late: %+v", h.kind, all)
		}
		last = order[h.kind]
		if h.text != "" {
			text = h.text
		}
	}
	switch {
	case last == 0, !p.deleted && all[0].kind != "Create":
		return "no Create"
	case !p.unsure && !p.deleted && text != "<p>"+p.text+"</p>":
		return fmt.Sprintf("the last text is %q", text)
	}
	return ""
}
