package parvis_test

import (
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// By itself, a place writes by mail only what waits for an answer, and every default is
// one that can be.
func TestWhoeverChoseNothingHearsLittle(t *testing.T) {
	mailed := map[parvis.Topic]bool{parvis.TopicMessage: true, parvis.TopicAnswer: true, parvis.TopicRequest: true, parvis.TopicTeam: true, parvis.TopicOffer: true}
	for _, topic := range parvis.Topics {
		reach := parvis.Wishes(nil).For(topic)
		if !reach.Page || reach.Mail != mailed[topic] || reach != reach.Settled(topic) {
			t.Errorf("%s: %+v", topic, reach)
		}
	}
}

func TestReachSettled(t *testing.T) {
	for _, tt := range []struct {
		topic       parvis.Topic
		asked, want parvis.Reach
	}{
		{parvis.TopicLike, parvis.Reach{}, parvis.Reach{}},
		{parvis.TopicLike, parvis.Reach{Mail: true}, parvis.Reach{Page: true, Mail: true}},
		{parvis.TopicLike, parvis.Reach{Push: true}, parvis.Reach{Page: true, Push: true}},
		{parvis.TopicRequest, parvis.Reach{}, parvis.Reach{Page: true}},
		{parvis.TopicTeam, parvis.Reach{Push: true}, parvis.Reach{Page: true}},
	} {
		if got := tt.asked.Settled(tt.topic); got != tt.want {
			t.Errorf("%s: %+v becomes %+v, want %+v", tt.topic, tt.asked, got, tt.want)
		}
	}
}

// Every type of notification belongs to a topic that can be chosen.
func TestTopicOf(t *testing.T) {
	for typ, want := range map[parvis.NotificationType]parvis.Topic{
		parvis.NotifyMention: parvis.TopicAnswer, parvis.NotifyFollow: parvis.TopicFollow, parvis.NotifyFollowRequest: parvis.TopicRequest,
		parvis.NotifyLike: parvis.TopicLike, parvis.NotifyShare: parvis.TopicLike, parvis.NotifyQuote: parvis.TopicLike,
		parvis.NotifyPoll: parvis.TopicPoll, parvis.NotifyMove: parvis.TopicFollow,
	} {
		if got := (&parvis.Notification{Type: typ}).Topic(); got != want {
			t.Errorf("%s is %s, want %s", typ, got, want)
		}
	}
	private := &parvis.Notification{Type: parvis.NotifyMention, Post: &parvis.Post{Audience: parvis.Named}}
	if got := private.Topic(); got != parvis.TopicMessage {
		t.Errorf("a private message is %s", got)
	}
}
