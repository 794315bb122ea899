package parvis

// A Page asks for a part of a list by key set: never by offset. The zero Page
// asks for the newest PageSize rows.
type Page struct {
	Before ID  // rows with smaller ids only
	After  ID  // rows with greater ids only, newest first
	From   ID  // the rows next above this id (Mastodon's min_id), newest first
	Limit  int // at most MaxPage; 0 means PageSize
}

// Sizes of pages.
const (
	PageSize = 20
	MaxPage  = 80
)

// Size returns the number of rows to read.
func (p Page) Size() int {
	switch {
	case p.Limit <= 0:
		return PageSize
	case p.Limit > MaxPage:
		return MaxPage
	}
	return p.Limit
}
