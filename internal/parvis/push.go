package parvis

import (
	"net/url"
	"slices"
	"time"
)

// A PushSubscription is a browser or an app that wants to be told on the device where it
// runs (RFC 8030). A browser's ends with its session, an app's with its token.
type PushSubscription struct {
	ID        ID
	AccountID ID
	Session   string // the hash of the browser's session; empty for an app
	TokenID   ID     // of the app; 0 for a browser
	Endpoint  string // where a push service takes what is for it
	PublicKey string // of the receiver, as it was written
	Auth      string
	Encoding  string
	Alerts    []NotificationType // what an app wants to hear of
	Policy    PushPolicy
	Language  string
	CreatedAt time.Time

	Device string // how the browser or the app calls itself
}

// How what is for a device is sealed, as the content encoding says.
const (
	PushStandard = "aes128gcm" // RFC 8291
	PushDraft    = "aesgcm"    // as it was before, which older apps know
)

// MaxPushSubscriptions bounds how many an account has.
const MaxPushSubscriptions = 20

// maxEndpoint is the length of the address of a push service, in bytes.
const maxEndpoint = 2000

// PushPolicy says from whom an app wants to hear, in the words of the Mastodon API.
type PushPolicy string

// The policies.
const (
	PushFromAll       PushPolicy = "all"
	PushFromFollowed  PushPolicy = "followed"
	PushFromFollowers PushPolicy = "follower"
	PushFromNobody    PushPolicy = "none"
)

// Validate refuses an address that is none of a push service, and what it is asked for.
// Whether the address is a public one is looked at when it is visited.
func (s *PushSubscription) Validate() error {
	u, err := url.Parse(s.Endpoint)
	if err != nil || len(s.Endpoint) > maxEndpoint || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return Invalid("endpoint", "push.endpoint.invalid")
	}
	if !slices.Contains([]PushPolicy{PushFromAll, PushFromFollowed, PushFromFollowers, PushFromNobody}, s.Policy) {
		return Invalid("policy", "push.policy.invalid")
	}
	return nil
}

// Wants reports whether somebody who wants to hear of a notification in a way hears of it
// here. Apps have their own wishes.
func (s *PushSubscription) Wants(t NotificationType, reach Reach, r Relationship) bool {
	if s.TokenID == 0 {
		return reach.Push
	}
	if !slices.Contains(s.Alerts, t) {
		return false
	}
	switch s.Policy {
	case PushFromFollowed:
		return r.Following
	case PushFromFollowers:
		return r.FollowedBy
	}
	return s.Policy != PushFromNobody
}
