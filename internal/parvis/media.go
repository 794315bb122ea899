package parvis

// A Media is a picture of a post or a person. It is kept in renditions; a remote
// one has none until its copy was fetched, and is not shown before.
type Media struct {
	ID          ID
	AccountID   ID // who uploaded it
	PostID      ID // 0 until it is used
	Description string
	Blurhash    string
	RemoteURL   string // where a remote original is
	Renditions  []Rendition
}

// A Rendition is one size of a picture, kept in the media store.
type Rendition struct {
	Key    string `json:"key"` // in the media store
	Type   string `json:"type"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Size   int64  `json:"size"` // bytes
}

// Ready reports whether there is anything to show.
func (m *Media) Ready() bool { return m != nil && len(m.Renditions) > 0 }

// Largest returns the largest rendition; the Media must be Ready.
func (m *Media) Largest() Rendition {
	best := m.Renditions[0]
	for _, r := range m.Renditions {
		if r.Width > best.Width {
			best = r
		}
	}
	return best
}

// Fitting returns the smallest rendition at least width pixels wide, or the largest.
func (m *Media) Fitting(width int) Rendition {
	best := m.Largest()
	for _, r := range m.Renditions {
		if r.Width >= width && r.Width < best.Width {
			best = r
		}
	}
	return best
}

// MediaPath returns where a rendition is served on every node.
func (r Rendition) MediaPath() string { return "/media/" + r.Key }
