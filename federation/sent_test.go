package federation

import (
	"context"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/federation/vocab"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// TestSent holds everything that we say to other servers against its golden file.
func TestSent(t *testing.T) {
	s := &Server{words: sampleWords(t)}
	ctx, marie := context.Background(), sampleMarie()
	lea, me := sampleAccount("lea", parvis.Person), sampleAccount("malakoff.example", parvis.Application)
	lea.Name, lea.BioHTML, lea.Fields = "Léa", "<p>Bricole le dimanche.</p>", []parvis.Field{{Name: "Site", Value: "lea.example"}}
	lea.Avatar = &parvis.Media{Description: "Léa", Renditions: []parvis.Rendition{{Key: "3f0c/avatar.jpg", Type: "image/jpeg", Width: 400, Height: 400}}}
	feed := sampleAccount("entraide", parvis.Group)
	feed.Feed, feed.Name = parvis.KindOffer, "Entraide · Malakoff"
	me.Name, me.Locked = "Malakoff", true

	elsewhere := sampleAccount("lea", parvis.Person)
	elsewhere.MovedTo, elsewhere.AlsoKnownAs = marie.URI, []string{"https://autre.example/users/lea"}
	for name, doc := range map[string]vocab.Actor{"person": s.actor(sampleNode, lea), "moved": s.actor(sampleNode, elsewhere), "feed": s.actor(sampleNode, feed), "node": s.actor(sampleNode, me)} {
		write := func() ([]byte, error) { return vocab.Marshal(doc) }
		check(t, "sent/actor_"+name+".json", write)
	}
	for _, audience := range []parvis.Audience{parvis.Everyone, parvis.Unlisted, parvis.Followers, parvis.Partners, parvis.Named} {
		p := samples()[parvis.KindOffer]
		p.Audience = audience
		u := sampleUtterance(t, p)
		check(t, "sent/create_"+string(audience)+".json", func() ([]byte, error) { return marshalVerb(u, parvis.VerbCreate) })
	}
	offer := sampleUtterance(t, samples()[parvis.KindOffer])
	check(t, "sent/update.json", func() ([]byte, error) { return marshalVerb(offer, parvis.VerbUpdate) })
	deleted := samples()[parvis.KindOffer]
	deleted.DeletedAt = sampleTime.Add(2 * time.Hour)
	check(t, "sent/delete.json", func() ([]byte, error) { return marshalVerb(sampleUtterance(t, deleted), parvis.VerbDelete) })

	answer := samples()[parvis.KindNote]
	answer.Mentions, answer.ReplyTo, answer.ReplyToURI = nil, 9, marie.URI+"/statuses/1"
	u := sampleUtterance(t, answer)
	u.answered, u.thread = marie, ""
	check(t, "sent/answer.json", func() ([]byte, error) { return marshalVerb(u, parvis.VerbCreate) })

	asked := samples()[parvis.KindQuestion]
	check(t, "sent/create_question.json", func() ([]byte, error) { return marshalVerb(sampleUtterance(t, asked), parvis.VerbCreate) })
	asked.Version, asked.Detail.(*parvis.Question).ClosedAt = 12, asked.EndsAt
	check(t, "sent/count.json", func() ([]byte, error) { return marshalVerb(sampleUtterance(t, asked), parvis.VerbCount) })

	said := func(verb parvis.Verb, uri string) vocab.Activity {
		st := statement{SayArgs: parvis.SayArgs{Verb: verb, URI: uri}, job: sampleID, node: sampleNode, actor: lea, target: marie, post: samples()[parvis.KindOffer]}
		l, err := says[verb](s, ctx, st)
		if err != nil {
			t.Fatalf("%s: %v", verb, err)
		}
		return l.said
	}
	voted := func() vocab.Activity {
		args := parvis.SayArgs{Verb: parvis.VerbVote, Option: "Samedi"}
		l, err := s.sayVote(ctx, statement{SayArgs: args, job: sampleID, actor: lea, target: marie, post: &parvis.Post{URI: marie.URI + "/statuses/2"}})
		if err != nil || len(l.to) != 1 || l.to[0] != marie.Inbox {
			t.Fatalf("a vote goes to %s, %v; want the author's own inbox alone", l.to, err)
		}
		return l.said
	}
	pin := func(verb parvis.Verb) statement {
		return statement{SayArgs: parvis.SayArgs{Verb: verb}, job: sampleID, actor: lea, post: samples()[parvis.KindOffer]}
	}
	quoted := func(verb parvis.Verb) vocab.Activity {
		l, err := s.sayQuoteAnswer(ctx, quoteStatement(lea, verb))
		if err != nil {
			t.Fatalf("%s: %v", verb, err)
		}
		return l.said
	}
	stamp := stampOf(sampleNode, &parvis.Stamp{ID: sampleID, QuoteURI: marie.URI + "/statuses/2"}, samples()[parvis.KindOffer])
	check(t, "sent/stamp.json", func() ([]byte, error) { return vocab.Marshal(stamp) })
	id := sampleID.String()
	shared := announce(sampleNode, feed, samples()[parvis.KindOffer], sampleNode.URL("/shares/"+id))
	for name, a := range map[string]vocab.Activity{
		"follow":       said(parvis.VerbFollow, sampleNode.URL("/follows/"+id)),
		"accept":       said(parvis.VerbAccept, marie.URI+"#follows/1"),
		"reject":       said(parvis.VerbReject, marie.URI+"#follows/1"),
		"like":         said(parvis.VerbLike, sampleNode.URL("/likes/"+id)),
		"accept_quote": quoted(parvis.VerbAgree),
		"reject_quote": quoted(parvis.VerbDisagree),
		"delete_stamp": revoked(quoteStatement(lea, parvis.VerbRevoke)),
		"vote":         voted(),
		"add":          pinned(pin(parvis.VerbPin)),
		"remove":       pinned(pin(parvis.VerbUnpin)),
		"block":        said(parvis.VerbBlock, sampleNode.URL("/blocks/"+id)),
		"announce":     shared,
		"undo":         undo(shared),
		"undo_follow":  undo(said(parvis.VerbFollow, sampleNode.URL("/follows/"+id))),
		"flag":         reportOf(me, &parvis.Report{ID: sampleID, Comment: "Publicité"}, []string{marie.URI, marie.URI + "/statuses/1"}),
		"move":         moved(statement{SayArgs: parvis.SayArgs{Verb: parvis.VerbMove, URI: marie.URI}, job: sampleID, actor: lea}),
		"update_actor": s.actorUpdate(sampleNode, lea),
		"delete_actor": actorDelete(lea),
	} {
		check(t, "sent/"+name+".json", func() ([]byte, error) { return vocab.Marshal(a) })
	}
	for verb, name := range map[parvis.Verb]string{parvis.VerbCreate: "announce_create", parvis.VerbUpdate: "announce_update", parvis.VerbDelete: "announce_delete"} {
		p := samples()[parvis.KindOffer]
		if verb == parvis.VerbDelete {
			p = deleted
		}
		raw, err := marshalVerb(sampleUtterance(t, p), verb)
		if err != nil {
			t.Fatal(err)
		}
		of := passed{post: p, id: activityURI(p) + "#" + string(verb), raw: raw}
		check(t, "sent/"+name+".json", func() ([]byte, error) {
			return vocab.Marshal(announceActivity(feed, sampleNode.URL("/shares/"+id), of))
		})
	}
}

func marshalVerb(u utterance, verb parvis.Verb) ([]byte, error) {
	a, err := u.activity(verb)
	if err != nil {
		return nil, err
	}
	return vocab.Marshal(a)
}

// maxSent is what the strictest inbox takes (Misskey: 64 KiB).
const maxSent = 60_000

func check(t *testing.T, path string, write func() ([]byte, error)) {
	t.Helper()
	raw, err := write()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if len(raw) > maxSent {
		t.Errorf("%s: %d bytes", path, len(raw))
	}
	golden(t, path, raw)
}

// quoteStatement is about a post of Marie's that quotes one of ours.
func quoteStatement(lea *parvis.Account, verb parvis.Verb) statement {
	marie := sampleMarie()
	args := parvis.SayArgs{Verb: verb, URI: marie.URI + "/quote_requests/1", Stamp: sampleID, Quote: marie.URI + "/statuses/2"}
	return statement{SayArgs: args, job: sampleID, node: sampleNode, actor: lea, target: marie, post: samples()[parvis.KindOffer]}
}
