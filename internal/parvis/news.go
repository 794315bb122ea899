package parvis

// A Topic is a sort of news as people tell them apart: several types of notifications
// may be one to them. Each can be turned on and off by itself.
type Topic string

// The topics.
const (
	TopicMessage Topic = "message" // somebody wrote to them in private
	TopicAnswer  Topic = "answer"  // somebody answered or named them
	TopicRequest Topic = "request" // somebody asks to follow them
	TopicFollow  Topic = "follow"  // somebody follows them, or lives elsewhere now
	TopicLike    Topic = "like"    // somebody likes, shares or quotes what they published
	TopicPoll    Topic = "poll"    // a question that they asked or voted in is over
	TopicOffer   Topic = "offer"   // what they offer ends soon, or seems done
	TopicTeam    Topic = "team"    // something waits for the team
)

// Topics are all there are, what waits for an answer first.
var Topics = []Topic{TopicMessage, TopicAnswer, TopicRequest, TopicOffer, TopicFollow, TopicLike, TopicPoll, TopicTeam}

// TopicOf is the topic of a type of notifications. audience is that of the post that
// it is about, if any.
func TopicOf(t NotificationType, audience Audience) Topic {
	switch t {
	case NotifyMention:
		if audience == Named {
			return TopicMessage
		}
		return TopicAnswer
	case NotifyFollowRequest:
		return TopicRequest
	case NotifyFollow, NotifyMove:
		return TopicFollow
	case NotifyPoll:
		return TopicPoll
	case NotifyEnding, NotifySettled:
		return TopicOffer
	}
	return TopicLike
}

// Topic is what the notification is to people.
func (n *Notification) Topic() Topic {
	if n.Post == nil {
		return TopicOf(n.Type, "")
	}
	return TopicOf(n.Type, n.Post.Audience)
}

// Reach says in which ways somebody is told of a topic.
type Reach struct {
	Page bool // it stands among their news
	Mail bool
	Push bool // on their devices
}

// reaches are what whoever chose nothing gets: by mail only what waits for an answer.
var reaches = map[Topic]Reach{
	TopicMessage: {Page: true, Mail: true, Push: true},
	TopicAnswer:  {Page: true, Mail: true, Push: true},
	TopicRequest: {Page: true, Mail: true, Push: true},
	TopicOffer:   {Page: true, Mail: true},
	TopicFollow:  {Page: true},
	TopicLike:    {Page: true},
	TopicPoll:    {Page: true, Push: true},
	TopicTeam:    {Page: true, Mail: true},
}

// Settled is the nearest reach that can be: what is told elsewhere stands on the page
// too, and so does what waits for an answer there. What waits for the team has a page of
// its own, and is not told on devices.
func (r Reach) Settled(t Topic) Reach {
	switch t {
	case TopicRequest:
		r.Page = true
	case TopicTeam:
		r.Page, r.Push = true, false
	}
	r.Page = r.Page || r.Mail || r.Push
	return r
}

// Wishes say of which topics somebody wants to hear how.
type Wishes map[Topic]Reach

// For returns how somebody is told of a topic; who never chose is told as everybody is.
func (w Wishes) For(t Topic) Reach {
	if r, chosen := w[t]; chosen {
		return r
	}
	return reaches[t]
}
