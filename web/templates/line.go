package templates

import (
	"net/url"
	"slices"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Line is a timeline: posts of every kind below each other, the newest first. Its
// words are messages.
type Line struct {
	Path, Icon              string
	Name, Title, Text, None string
}

// The timelines, as they stand beside each other.
var (
	HomeLine      = Line{"/moi/fil", "follow", "web.line.home", "web.me.home", "web.line.home.text", "web.me.home.none"}
	HereLine      = Line{"/ici", "place", "web.line.here", "web.line.here.title", "web.line.here.text", "web.line.none"}
	ElsewhereLine = Line{"/reseau", "network", "web.line.elsewhere", "web.line.elsewhere.title", "web.line.elsewhere.text", "web.line.none"}
)

// HereFeedPath is where feed readers find what was written here.
const HereFeedPath = "/ici.atom"

// KindParameter narrows a timeline to a kind of posts.
const KindParameter = "quoi"

// Query writes what a timeline is narrowed to as in its address.
func (l Line) Query(k parvis.Kind) url.Values {
	if k == "" {
		return nil
	}
	return url.Values{KindParameter: {string(k)}}
}

// URL is the address of a timeline, narrowed so.
func (l Line) URL(k parvis.Kind) string { return narrowed(l.Path, l.Query(k)) }

func narrowed(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// whole reports whether everything of a place stands in the timeline, which can then
// be narrowed to a kind. A home is short enough to be read.
func (l Line) whole() bool { return l != HomeLine }

// lines are the timelines that the viewer can read.
func (pg *Page) lines() []Line {
	if pg.Viewer.Resident() {
		return []Line{HomeLine, HereLine, ElsewhereLine}
	}
	return []Line{HereLine, ElsewhereLine}
}

// onStrip reports whether the page has its own way to where it belongs: it stands
// beside others, or below one of them.
func (pg *Page) onStrip() bool {
	line := slices.ContainsFunc(pg.lines(), func(l Line) bool { return l.Path == pg.Asked })
	return line || pg.Asked == FollowersPath || pg.Asked == RequestsPath || within(pg.Asked, ListsPath)
}
