package templates

import (
	"maps"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// Query writes the filter as in the list's address.
func (f ListFilter) Query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{
		"but": string(f.Purpose), "sorte": string(f.Sort), "domaine": string(f.Category), "ou": f.Where, "etat": f.State, "mot": f.Tag, "q": f.Words,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// URL is the address of the list, narrowed so.
func (f ListFilter) URL() templ.SafeURL {
	if q := f.Query().Encode(); q != "" {
		return templ.SafeURL("/entraide?" + q)
	}
	return "/entraide"
}

// narrowing is what a search among the offers keeps of the filter: names and values.
func (f ListFilter) narrowing() (fields [][2]string) {
	f.Words = ""
	q := f.Query()
	for _, name := range slices.Sorted(maps.Keys(q)) {
		fields = append(fields, [2]string{name, q.Get(name)})
	}
	return fields
}

// without is the list without the words, narrowed as it is.
func (f ListFilter) without() templ.SafeURL {
	f.Words = ""
	return f.URL()
}

// feed is the same list for feed readers.
func (f ListFilter) feed() string {
	if q := f.Query().Encode(); q != "" {
		return "/entraide.atom?" + q
	}
	return "/entraide.atom"
}

func (f ListFilter) with(purpose parvis.Purpose) templ.SafeURL {
	f.Purpose = purpose
	return f.URL()
}

// toggle chooses a sort, or none if it is chosen already.
func (f ListFilter) toggle(sort parvis.Sort) templ.SafeURL {
	if f.Sort == sort {
		sort = ""
	}
	f.Sort = sort
	return f.URL()
}

// refined reports whether the closed part of the filters is in use.
func (f ListFilter) refined() bool { return f.Category != "" || f.Where != "" || f.State != "" }
