package vocab

import (
	"time"

	"github.com/go-fed/activity/streams"
	as "github.com/go-fed/activity/streams/vocab"
)

// An Activity is what one actor tells others to have done.
type Activity struct {
	Type  string // TypeCreate, TypeUpdate … TypeBlock
	ID    string
	Actor string
	// Object is an id (string), a [Thing], stored JSON (json.RawMessage), or, for
	// Flag, a list of ids ([]string).
	Object any
	Target string
	To, Cc []string

	Content   string // the reason of a Flag, plain text
	Published time.Time

	Extra map[string]any // further terms, as [Marshal] takes them
}

// asActivity is what the go-fed types of activities have in common.
type asActivity interface {
	asObject
	SetActivityStreamsActor(as.ActivityStreamsActorProperty)
	SetActivityStreamsObject(as.ActivityStreamsObjectProperty)
	SetActivityStreamsTarget(as.ActivityStreamsTargetProperty)
}

func newActivity(typ string) asActivity {
	switch typ {
	case TypeCreate:
		return streams.NewActivityStreamsCreate()
	case TypeUpdate:
		return streams.NewActivityStreamsUpdate()
	case TypeDelete:
		return streams.NewActivityStreamsDelete()
	case TypeFollow:
		return streams.NewActivityStreamsFollow()
	case TypeAccept:
		return streams.NewActivityStreamsAccept()
	case TypeReject:
		return streams.NewActivityStreamsReject()
	case TypeUndo:
		return streams.NewActivityStreamsUndo()
	case TypeAnnounce:
		return streams.NewActivityStreamsAnnounce()
	case TypeLike:
		return streams.NewActivityStreamsLike()
	case TypeFlag:
		return streams.NewActivityStreamsFlag()
	case TypeBlock:
		return streams.NewActivityStreamsBlock()
	case TypeAdd:
		return streams.NewActivityStreamsAdd()
	case TypeRemove:
		return streams.NewActivityStreamsRemove()
	case TypeMove:
		return streams.NewActivityStreamsMove()
	}
	return nil
}

func (a Activity) build() (asObject, error) {
	activity := newActivity(a.Type)
	if activity == nil {
		return nil, unknownType(a.Type)
	}
	b := &builder[asActivity]{to: activity}
	b.id(a.ID)
	ids(b, streams.NewActivityStreamsActorProperty(), activity.SetActivityStreamsActor, a.Actor)
	ids(b, streams.NewActivityStreamsTargetProperty(), activity.SetActivityStreamsTarget, a.Target)
	b.audience(a.To, a.Cc)
	b.content(a.Content, "")
	b.published(a.Published)
	a.buildObject(b)
	b.extras(a.Extra)
	return b.done()
}

func (a Activity) buildObject(b *builder[asActivity]) {
	switch object := a.Object.(type) {
	case nil:
		b.fail("a %s without object", a.Type)
	case []string:
		ids(b, streams.NewActivityStreamsObjectProperty(), b.to.SetActivityStreamsObject, object...)
	case string, Thing:
		members(b, "object", streams.NewActivityStreamsObjectProperty(), b.to.SetActivityStreamsObject, object)
	default:
		b.extra("object", object)
	}
}
