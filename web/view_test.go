package web_test

import (
	"strings"

	"golang.org/x/net/html"
)

// want fails unless the page has that status.
func (v *view) want(status int) *view {
	v.t.Helper()
	if v.status != status {
		v.t.Fatalf("%s: status %d, want %d\n%s", v.path, v.status, status, text(v.root))
	}
	return v
}

// says fails unless the visible text of the page has each of the sentences.
func (v *view) says(sentences ...string) *view {
	v.t.Helper()
	all := text(v.root)
	for _, s := range sentences {
		if !strings.Contains(all, s) {
			v.t.Errorf("%s: does not say %q\n%s", v.path, s, all)
		}
	}
	return v
}

// saysNot fails if the page has one of the sentences.
func (v *view) saysNot(sentences ...string) *view {
	v.t.Helper()
	for _, s := range sentences {
		if strings.Contains(text(v.root), s) {
			v.t.Errorf("%s: says %q", v.path, s)
		}
	}
	return v
}

// heading fails unless the page's only first-level heading is that.
func (v *view) heading(want string) *view {
	v.t.Helper()
	var got []string
	for _, n := range v.all("h1", "", "") {
		got = append(got, text(n))
	}
	if len(got) != 1 || got[0] != want {
		v.t.Errorf("%s: headings %q, want %q alone", v.path, got, want)
	}
	return v
}

// value returns what the field with that label holds.
func (v *view) value(label string) string {
	v.t.Helper()
	n := v.field(label)
	if n == nil {
		v.t.Fatalf("%s: no field %q", v.path, label)
	}
	if n.Data == "textarea" {
		return text(n)
	}
	if n.Data == "select" {
		for _, option := range find(n, "option", "selected", "") {
			return attr(option, "value")
		}
		return ""
	}
	return attr(n, "value")
}

// field finds the control that a label names.
func (v *view) field(label string) *html.Node {
	for _, l := range v.all("label", "", "") {
		if !strings.HasPrefix(text(l), label) {
			continue
		}
		if id := attr(l, "for"); id != "" {
			return v.one("", "id", id)
		}
		if inputs := find(l, "input", "", ""); len(inputs) > 0 {
			return inputs[0]
		}
	}
	return nil
}

// link returns where the link with that text leads.
func (v *view) link(words string) string {
	v.t.Helper()
	for _, a := range v.all("a", "", "") {
		if text(a) == words {
			return attr(a, "href")
		}
	}
	v.t.Fatalf("%s: no link %q", v.path, words)
	return ""
}

// hidden returns the values of hidden fields of that name.
func (v *view) hidden(name string) []string {
	var values []string
	for _, n := range v.all("input", "name", name) {
		if attr(n, "type") == "hidden" {
			values = append(values, attr(n, "value"))
		}
	}
	return values
}

// one returns the first element that fits, or nil.
func (v *view) one(tag, name, value string) *html.Node {
	if found := v.all(tag, name, value); len(found) > 0 {
		return found[0]
	}
	return nil
}

func (v *view) all(tag, name, value string) []*html.Node { return find(v.root, tag, name, value) }

// find returns the elements with a tag and an attribute; empty strings fit all.
func find(root *html.Node, tag, name, value string) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || tag != "" && n.Data != tag {
			continue
		}
		if name != "" && !has(n, name) || value != "" && attr(n, name) != value {
			continue
		}
		found = append(found, n)
	}
	return found
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text is what a reader sees, with single spaces and without no-break ones.
func text(root *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data + " ")
		case n.Data == "script" || n.Data == "style" || n.Data == "head":
			return
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	walk(root)
	return strings.Join(strings.Fields(strings.NewReplacer("\u00A0", " ", "\u202F", " ").Replace(b.String())), " ")
}
