package mastodon

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// likeMastodon is the version of Mastodon whose features apps may expect: they
// read the number before the bracket.
const likeMastodon = "4.2.0"

// An instance1 is https://docs.joinmastodon.org/entities/V1_Instance/.
type instance1 struct {
	URI              string        `json:"uri"`
	Title            string        `json:"title"`
	ShortDescription string        `json:"short_description"`
	Description      string        `json:"description"`
	Email            string        `json:"email"`
	Version          string        `json:"version"`
	URLs             urls1         `json:"urls"`
	Stats            stats1        `json:"stats"`
	Thumbnail        string        `json:"thumbnail"`
	Languages        []string      `json:"languages"`
	Registrations    bool          `json:"registrations"`
	ApprovalRequired bool          `json:"approval_required"`
	InvitesEnabled   bool          `json:"invites_enabled"`
	Configuration    configuration `json:"configuration"`
	ContactAccount   *account      `json:"contact_account"`
	Rules            []struct{}    `json:"rules"`
}

type urls1 struct {
	StreamingAPI string `json:"streaming_api"`
}

type stats1 struct {
	UserCount   int `json:"user_count"`
	StatusCount int `json:"status_count"`
	DomainCount int `json:"domain_count"` // not counted: always 0
}

// An instance2 is https://docs.joinmastodon.org/entities/Instance/.
type instance2 struct {
	Domain        string         `json:"domain"`
	Title         string         `json:"title"`
	Version       string         `json:"version"`
	SourceURL     string         `json:"source_url"`
	Description   string         `json:"description"`
	Usage         usage          `json:"usage"`
	Thumbnail     thumbnail      `json:"thumbnail"`
	Icon          []struct{}     `json:"icon"`
	Languages     []string       `json:"languages"`
	Configuration configuration2 `json:"configuration"`
	Registrations registrations  `json:"registrations"`
	APIVersions   map[string]int `json:"api_versions"`
	Contact       contact        `json:"contact"`
	Rules         []struct{}     `json:"rules"`
}

type usage struct {
	Users struct {
		ActiveMonth int `json:"active_month"`
	} `json:"users"`
}

type thumbnail struct {
	URL      string            `json:"url"`
	Blurhash *string           `json:"blurhash"`
	Versions map[string]string `json:"versions"`
}

type registrations struct {
	Enabled          bool    `json:"enabled"`
	ApprovalRequired bool    `json:"approval_required"`
	Message          *string `json:"message"`
	URL              *string `json:"url"`
}

type contact struct {
	Email   string   `json:"email"`
	Account *account `json:"account"`
}

// configuration is what both versions tell of our limits.
type configuration struct {
	Accounts struct {
		MaxFeaturedTags   int `json:"max_featured_tags"`
		MaxPinnedStatuses int `json:"max_pinned_statuses"`
	} `json:"accounts"`
	Statuses         statusLimits `json:"statuses"`
	MediaAttachments mediaLimits  `json:"media_attachments"`
	Polls            pollLimits   `json:"polls"`
}

type configuration2 struct {
	configuration
	URLs        urls2       `json:"urls"`
	Translation translation `json:"translation"`
	VAPID       vapid       `json:"vapid"`
}

type vapid struct {
	PublicKey string `json:"public_key"`
}

type urls2 struct {
	Streaming string `json:"streaming"`
}

type translation struct {
	Enabled bool `json:"enabled"`
}

type statusLimits struct {
	MaxCharacters            int `json:"max_characters"`
	MaxMediaAttachments      int `json:"max_media_attachments"`
	CharactersReservedPerURL int `json:"characters_reserved_per_url"`
}

type mediaLimits struct {
	SupportedMimeTypes  []string `json:"supported_mime_types"`
	DescriptionLimit    int      `json:"description_limit"`
	ImageSizeLimit      int64    `json:"image_size_limit"`
	ImageMatrixLimit    int      `json:"image_matrix_limit"`
	VideoSizeLimit      int      `json:"video_size_limit"`
	VideoFrameRateLimit int      `json:"video_frame_rate_limit"`
	VideoMatrixLimit    int      `json:"video_matrix_limit"`
}

type pollLimits struct {
	MaxOptions             int `json:"max_options"`
	MaxCharactersPerOption int `json:"max_characters_per_option"`
	MinExpiration          int `json:"min_expiration"`
	MaxExpiration          int `json:"max_expiration"`
}

// maxPixels is what the darkroom takes.
const maxPixels = 40_000_000

// limits tells what the pages would refuse too. Videos there are none.
func (a *API) limits() configuration {
	return configuration{
		Statuses: statusLimits{MaxCharacters: parvis.MaxText, MaxMediaAttachments: parvis.MaxMedia, CharactersReservedPerURL: 23},
		MediaAttachments: mediaLimits{SupportedMimeTypes: []string{"image/jpeg", "image/png", "image/gif", "image/webp"},
			DescriptionLimit: parvis.MaxDescription, ImageSizeLimit: a.MaxUpload, ImageMatrixLimit: maxPixels},
		Polls: pollLimits{MaxOptions: parvis.MaxOptions, MaxCharactersPerOption: parvis.MaxOption,
			MinExpiration: int(parvis.MinQuestion / time.Second), MaxExpiration: int(parvis.MaxQuestion / time.Second)},
	}
}

func (a *API) version() string { return likeMastodon + " (compatible; Parvis " + a.Version + ")" }

// streaming is where apps would listen, had we anything to say there; they need
// an address.
func streaming(n *parvis.Node) string {
	return "ws" + strings.TrimPrefix(n.Base(), "http")
}

func email(n *parvis.Node) string {
	if strings.Contains(n.Contact, "://") {
		return ""
	}
	return strings.TrimPrefix(n.Contact, "mailto:")
}

func (a *API) instance1(ctx context.Context, c *call) (any, error) {
	s, err := a.figures.of(ctx, a.App.DB.Node(c.node.ID), a.App.Now())
	return a.instanceAs1(c.node, s), err
}

func (a *API) instance2(ctx context.Context, c *call) (any, error) {
	s, err := a.figures.of(ctx, a.App.DB.Node(c.node.ID), a.App.Now())
	if err != nil {
		return nil, err
	}
	key, err := a.serverKey(ctx, c.node)
	return a.instanceAs2(c.node, s, key), err
}

func (a *API) instanceAs1(n *parvis.Node, s storage.Stats) instance1 {
	return instance1{
		URI: n.Host, Title: n.Name, ShortDescription: n.Summary, Description: n.Summary, Email: email(n), Version: a.version(),
		URLs: urls1{streaming(n)}, Stats: stats1{UserCount: s.Accounts, StatusCount: s.Posts}, Thumbnail: n.URL(picturesPath + "header.png"),
		Languages: i18n.Languages, Registrations: n.Joinable(false), Configuration: a.limits(), Rules: []struct{}{},
	}
}

func (a *API) instanceAs2(n *parvis.Node, s storage.Stats, key string) instance2 {
	out := instance2{
		Domain: n.Host, Title: n.Name, Version: a.version(), SourceURL: "https://github.com/parvis-coop/parvis", Description: n.Summary,
		Thumbnail: thumbnail{URL: n.URL(picturesPath + "header.png"), Versions: map[string]string{}}, Icon: []struct{}{},
		Languages: i18n.Languages, Configuration: configuration2{configuration: a.limits(), URLs: urls2{streaming(n)}, VAPID: vapid{key}},
		Registrations: registrations{Enabled: n.Joinable(false), ApprovalRequired: n.NeedsApproval(false)}, APIVersions: map[string]int{"mastodon": 1},
		Contact: contact{Email: email(n)}, Rules: []struct{}{},
	}
	out.Usage.Users.ActiveMonth = s.ActiveMonth
	return out
}

func (a *API) emojis(context.Context, *call) (any, error) { return []struct{}{}, nil }

// figuresLife is how long a node's figures are told again without counting.
const figuresLife = 10 * time.Minute

// figures keeps what is slow to count, for each node.
type figures struct {
	mu      sync.Mutex
	counted map[parvis.ID]counted
}

type counted struct {
	storage.Stats
	at time.Time
}

func (f *figures) of(ctx context.Context, n *storage.Node, now time.Time) (storage.Stats, error) {
	f.mu.Lock()
	last, ok := f.counted[n.ID()]
	f.mu.Unlock()
	if ok && now.Sub(last.at) < figuresLife {
		return last.Stats, nil
	}
	s, err := n.Stats(ctx, now)
	if err != nil {
		return s, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counted == nil {
		f.counted = make(map[parvis.ID]counted)
	}
	f.counted[n.ID()] = counted{s, now}
	return s, nil
}
