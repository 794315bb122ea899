package mastodon

// A RouteRow is a row of the table of routes, as tests see it.
type RouteRow struct {
	Method, Path, Scope       string
	NeedsToken, LooksAtNobody bool
}

// RouteTable returns the table of routes.
func (a *API) RouteTable() []RouteRow {
	var rows []RouteRow
	for _, r := range a.routes() {
		rows = append(rows, RouteRow{r.method, r.path, string(r.scope), r.who == residents, r.who == everyone})
	}
	return rows
}
