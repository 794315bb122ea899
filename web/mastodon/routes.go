package mastodon

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"
)

// access says who may use a route. The zero value is the strictest.
type access int

const (
	residents access = iota // with a token that has the route's scope
	visitors                // without a token too; a token must have the scope
	everyone                // nobody is asked for anything
)

// A handler does what a route promises; what it returns is sent as JSON.
type handler func(context.Context, *call) (any, error)

// A route is one thing that apps may ask for.
type route struct {
	method, path string
	who          access
	scope        scope
	do           handler
}

// routes is all that apps may ask for. Whatever is not here is 404.
func (a *API) routes() []route {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	return []route{
		{get, "/api/v1/timelines/home", residents, readStatuses, a.home},
		{get, "/api/v1/timelines/public", visitors, readStatuses, a.public},
		{get, "/api/v1/timelines/tag/{tag}", visitors, readStatuses, a.tagged},
		{get, "/api/v1/timelines/list/{id:[0-9]+}", residents, readLists, a.listTimeline},
		{get, "/api/v1/lists", residents, readLists, a.lists},
		{post, "/api/v1/lists", residents, writeLists, a.makeList},
		{get, "/api/v1/lists/{id:[0-9]+}", residents, readLists, a.showList},
		{put, "/api/v1/lists/{id:[0-9]+}", residents, writeLists, a.changeList},
		{del, "/api/v1/lists/{id:[0-9]+}", residents, writeLists, a.dropList},
		{get, "/api/v1/lists/{id:[0-9]+}/accounts", residents, readLists, a.listMembers},
		{post, "/api/v1/lists/{id:[0-9]+}/accounts", residents, writeLists, a.addToList},
		{del, "/api/v1/lists/{id:[0-9]+}/accounts", residents, writeLists, a.removeFromList},
		{get, "/api/v1/notifications", residents, readNotifications, a.notifications},
		{get, "/api/v1/notifications/{id:[0-9]+}", residents, readNotifications, a.notification},

		{post, "/api/v1/push/subscription", residents, pushes, a.subscribe},
		{get, "/api/v1/push/subscription", residents, pushes, a.showPush},
		{put, "/api/v1/push/subscription", residents, pushes, a.changePush},
		{del, "/api/v1/push/subscription", residents, pushes, a.unsubscribe},

		{post, "/api/v1/statuses", residents, writeStatuses, a.publish},
		{get, "/api/v1/statuses/{id:[0-9]+}", visitors, readStatuses, a.status},
		{del, "/api/v1/statuses/{id:[0-9]+}", residents, writeStatuses, a.remove},
		{get, "/api/v1/statuses/{id:[0-9]+}/context", visitors, readStatuses, a.thread},
		{post, "/api/v1/statuses/{id:[0-9]+}/favourite", residents, writeFavourites, a.favourite},
		{post, "/api/v1/statuses/{id:[0-9]+}/unfavourite", residents, writeFavourites, a.unfavourite},
		{post, "/api/v1/statuses/{id:[0-9]+}/reblog", residents, writeStatuses, a.reblog},
		{post, "/api/v1/statuses/{id:[0-9]+}/unreblog", residents, writeStatuses, a.unreblog},
		{get, "/api/v1/statuses/{id:[0-9]+}/favourited_by", residents, readStatuses, a.favouritedBy},
		{get, "/api/v1/statuses/{id:[0-9]+}/reblogged_by", residents, readStatuses, a.rebloggedBy},
		{post, "/api/v1/statuses/{id:[0-9]+}/bookmark", residents, writeBookmarks, a.bookmark},
		{post, "/api/v1/statuses/{id:[0-9]+}/unbookmark", residents, writeBookmarks, a.unbookmark},
		{get, "/api/v1/bookmarks", residents, readBookmarks, a.bookmarks},
		{get, "/api/v1/favourites", residents, readFavourites, a.favourites},
		{post, "/api/v1/statuses/{id:[0-9]+}/pin", residents, writeAccounts, a.pin},
		{post, "/api/v1/statuses/{id:[0-9]+}/unpin", residents, writeAccounts, a.unpin},
		{get, "/api/v1/polls/{id:[0-9]+}", visitors, readStatuses, a.showPoll},
		{post, "/api/v1/polls/{id:[0-9]+}/votes", residents, writeStatuses, a.vote},
		{post, "/api/v1/media", residents, writeMedia, a.upload},
		{post, "/api/v2/media", residents, writeMedia, a.upload},
		{get, "/api/v1/media/{id:[0-9]+}", residents, writeMedia, a.uploaded},

		{get, "/api/v1/accounts/verify_credentials", residents, readAccounts, a.me},
		{get, "/api/v1/accounts/relationships", residents, readFollows, a.relationships},
		{get, "/api/v1/accounts/lookup", visitors, readAccounts, a.lookup},
		{get, "/api/v1/accounts/search", residents, readAccounts, a.searchAccounts},
		{get, "/api/v1/accounts/{id:[0-9]+}", visitors, readAccounts, a.account},
		{get, "/api/v1/accounts/{id:[0-9]+}/statuses", visitors, readStatuses, a.statusesBy},
		{get, "/api/v1/accounts/{id:[0-9]+}/followers", residents, readAccounts, a.followers},
		{get, "/api/v1/accounts/{id:[0-9]+}/following", residents, readAccounts, a.following},
		{post, "/api/v1/accounts/{id:[0-9]+}/follow", residents, writeFollows, a.follow},
		{post, "/api/v1/accounts/{id:[0-9]+}/unfollow", residents, writeFollows, a.unfollow},
		{post, "/api/v1/accounts/{id:[0-9]+}/remove_from_followers", residents, writeFollows, a.removeFollower},
		{post, "/api/v1/accounts/{id:[0-9]+}/block", residents, writeBlocks, a.block},
		{post, "/api/v1/accounts/{id:[0-9]+}/unblock", residents, writeBlocks, a.unblock},
		{post, "/api/v1/accounts/{id:[0-9]+}/mute", residents, writeMutes, a.mute},
		{post, "/api/v1/accounts/{id:[0-9]+}/unmute", residents, writeMutes, a.unmute},
		{get, "/api/v1/accounts/{id:[0-9]+}/lists", residents, readLists, a.listsWith},
		{get, "/api/v1/mutes", residents, readMutes, a.mutes},
		{get, "/api/v1/follow_requests", residents, readFollows, a.followRequests},
		{post, "/api/v1/follow_requests/{id:[0-9]+}/authorize", residents, writeFollows, a.authorize},
		{post, "/api/v1/follow_requests/{id:[0-9]+}/reject", residents, writeFollows, a.reject},
		{post, "/api/v1/reports", residents, writeReports, a.report},

		{get, "/api/v2/search", residents, readSearch, a.search},
		{get, "/api/v1/conversations", residents, readStatuses, a.conversations},
		{post, "/api/v1/conversations/{id:[0-9]+}/read", residents, writeConversations, a.readConversation},
		{del, "/api/v1/conversations/{id:[0-9]+}", residents, writeConversations, a.removeConversation},
		{get, "/api/v1/preferences", residents, readAccounts, a.preferences},
		{get, "/api/v1/custom_emojis", everyone, "", a.emojis},
		{get, "/api/v1/instance", everyone, "", a.instance1},
		{get, "/api/v1/instance/", everyone, "", a.instance1}, // as Mastodon.py asks
		{get, "/api/v2/instance", everyone, "", a.instance2},
		{get, picturesPath + "{name}.png", everyone, "", a.picture},
	}
}

// Routes mounts the API.
func (a *API) Routes(r *mux.Router) {
	for _, rt := range a.routes() {
		r.Methods(rt.method).Path(rt.path).HandlerFunc(a.serve(rt))
	}
	r.Methods(http.MethodOptions).PathPrefix("/api/").HandlerFunc(preflight)
	r.PathPrefix("/api/").HandlerFunc(a.serve(route{who: everyone, do: unknown}))
}
