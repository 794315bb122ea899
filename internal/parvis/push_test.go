package parvis_test

import (
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
)

func TestPushWants(t *testing.T) {
	app := func(p parvis.PushPolicy, alerts ...parvis.NotificationType) *parvis.PushSubscription {
		return &parvis.PushSubscription{TokenID: 1, Policy: p, Alerts: alerts}
	}
	on, like := parvis.Reach{Page: true, Push: true}, parvis.NotifyLike
	for _, tt := range []struct {
		name  string
		s     *parvis.PushSubscription
		reach parvis.Reach
		rel   parvis.Relationship
		want  bool
	}{
		{"a browser, on", &parvis.PushSubscription{}, on, parvis.Relationship{}, true},
		{"a browser, off", &parvis.PushSubscription{}, parvis.Reach{Page: true}, parvis.Relationship{}, false},
		{"an app, whatever is ticked on the page", app(parvis.PushFromAll, like), parvis.Reach{Page: true}, parvis.Relationship{}, true},
		{"an app with other alerts", app(parvis.PushFromAll, parvis.NotifyPoll), on, parvis.Relationship{}, false},
		{"from nobody", app(parvis.PushFromNobody, like), on, parvis.Relationship{Following: true, FollowedBy: true}, false},
		{"from whom they follow", app(parvis.PushFromFollowed, like), on, parvis.Relationship{Following: true}, true},
		{"from a stranger", app(parvis.PushFromFollowed, like), on, parvis.Relationship{FollowedBy: true}, false},
		{"from a follower", app(parvis.PushFromFollowers, like), on, parvis.Relationship{FollowedBy: true}, true},
	} {
		if got := tt.s.Wants(like, tt.reach, tt.rel); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
