package mastodon

import "strings"

// A scope is what an app must have been allowed to use a route
// (https://docs.joinmastodon.org/api/oauth-scopes/).
type scope string

// The scopes that routes ask for.
const (
	pushes             scope = "push"
	readAccounts       scope = "read:accounts"
	readBookmarks      scope = "read:bookmarks"
	readFavourites     scope = "read:favourites"
	readFollows        scope = "read:follows"
	readLists          scope = "read:lists"
	readMutes          scope = "read:mutes"
	readNotifications  scope = "read:notifications"
	readSearch         scope = "read:search"
	readStatuses       scope = "read:statuses"
	writeAccounts      scope = "write:accounts"
	writeBlocks        scope = "write:blocks"
	writeBookmarks     scope = "write:bookmarks"
	writeConversations scope = "write:conversations"
	writeFavourites    scope = "write:favourites"
	writeFollows       scope = "write:follows"
	writeLists         scope = "write:lists"
	writeMedia         scope = "write:media"
	writeMutes         scope = "write:mutes"
	writeReports       scope = "write:reports"
	writeStatuses      scope = "write:statuses"
)

// inFollow are the scopes that the old scope "follow" includes.
var inFollow = map[scope]bool{"read:follows": true, "read:blocks": true, "read:mutes": true,
	"write:follows": true, "write:blocks": true, "write:mutes": true}

// allowedBy reports whether one of the scopes that a token was given includes s.
func (s scope) allowedBy(given []string) bool {
	if s == "" {
		return false
	}
	general, _, _ := strings.Cut(string(s), ":")
	for _, g := range given {
		if g == string(s) || g == general || g == "follow" && inFollow[s] {
			return true
		}
	}
	return false
}
