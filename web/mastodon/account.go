package mastodon

import (
	"hash/fnv"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// An account is https://docs.joinmastodon.org/entities/Account/.
type account struct {
	ID             string  `json:"id"`
	Username       string  `json:"username"`
	Acct           string  `json:"acct"`
	DisplayName    string  `json:"display_name"`
	Locked         bool    `json:"locked"`
	Bot            bool    `json:"bot"`
	Discoverable   bool    `json:"discoverable"`
	Group          bool    `json:"group"`
	CreatedAt      string  `json:"created_at"`
	Note           string  `json:"note"`
	URL            string  `json:"url"`
	URI            string  `json:"uri"`
	Avatar         string  `json:"avatar"`
	AvatarStatic   string  `json:"avatar_static"`
	Header         string  `json:"header"`
	HeaderStatic   string  `json:"header_static"`
	FollowersCount int     `json:"followers_count"`
	FollowingCount int     `json:"following_count"`
	StatusesCount  int     `json:"statuses_count"`
	LastStatusAt   *string `json:"last_status_at"` // not kept: always null
	Emojis         []emoji `json:"emojis"`
	Fields         []field `json:"fields"`
}

type field struct {
	Name       string  `json:"name"`
	Value      string  `json:"value"`
	VerifiedAt *string `json:"verified_at"`
}

// A credentialAccount is what a resident is told of themself.
type credentialAccount struct {
	account
	Source source `json:"source"`
	Role   role   `json:"role"`
}

type source struct {
	Privacy             string  `json:"privacy"`
	Sensitive           bool    `json:"sensitive"`
	Language            *string `json:"language"`
	Note                string  `json:"note"`
	Fields              []field `json:"fields"`
	FollowRequestsCount int     `json:"follow_requests_count"`
}

type role struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Permissions string `json:"permissions"`
	Color       string `json:"color"`
	Highlighted bool   `json:"highlighted"`
}

// face returns an account's entity, made once for each answer.
func (c *call) face(acc *parvis.Account) *account {
	if f := c.faces[acc.ID]; f != nil {
		return f
	}
	f := &account{
		ID: acc.ID.Decimal(), Username: acc.Username, Acct: acc.Acct(), DisplayName: acc.Display(), Locked: acc.Locked,
		Bot:   acc.Type == parvis.Service || acc.Type == parvis.Application,
		Group: acc.Type == parvis.Group, Discoverable: acc.IsFeed() || acc.Listed == parvis.Everyone,
		CreatedAt: stamp(acc.CreatedAt), Note: acc.BioHTML, URL: orElse(acc.URL, acc.URI), URI: acc.URI,
		Avatar: c.avatar(acc), Header: c.node.URL(picturesPath + "header.png"),
		FollowersCount: acc.Followers, FollowingCount: acc.Following, StatusesCount: acc.Posts,
		Emojis: c.emojisOf(acc.Emojis), Fields: make([]field, len(acc.Fields)),
	}
	f.AvatarStatic, f.HeaderStatic = f.Avatar, f.Header
	for i, line := range acc.Fields {
		f.Fields[i] = field{Name: line.Name, Value: line.Value}
		if !line.VerifiedAt.IsZero() {
			at := stamp(line.VerifiedAt)
			f.Fields[i].VerifiedAt = &at
		}
	}
	if c.faces == nil {
		c.faces = make(map[parvis.ID]*account)
	}
	c.faces[acc.ID] = f
	return f
}

// avatarWidth suits the sharpest telephones.
const avatarWidth = 240

func (c *call) avatar(acc *parvis.Account) string {
	if acc.Avatar.Ready() {
		return c.node.URL(acc.Avatar.Fitting(avatarWidth).MediaPath())
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(acc.URI)) // a hash does not fail
	return c.node.URL(avatarPath(int(h.Sum32() % uint32(avatarHues))))
}

// stamp writes a time as Mastodon does: UTC, with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// stampOrNull is stamp; the zero time is null.
func stampOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := stamp(t)
	return &s
}

// textOrNull is s; the empty text is null.
func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
