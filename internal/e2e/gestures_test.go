package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// People find things by what is written on them, and so do these tests: a test
// that reaches for a class name would pass on a page that nobody can use.

// open opens an address.
func (p *person) open(t testing.TB, address string, status int64) {
	t.Helper()
	p.arrive(t, status, "open "+address, chromedp.Navigate(address))
}

// at returns the path of the page that is open.
func (p *person) at(t testing.TB) string {
	t.Helper()
	u, err := url.Parse(ask[string](t, p, "location.href"))
	if err != nil {
		t.Fatal(err)
	}
	return u.RequestURI()
}

// press presses a link or a button, which leads to a page.
func (p *person) press(t testing.TB, text string, status int64) {
	t.Helper()
	p.arrive(t, status, "press "+text, chromedp.Click(chromedp.JSPath(p.find(t, "a, button, summary", text))))
}

// unfold opens or closes a part of the page.
func (p *person) unfold(t testing.TB, text string) {
	t.Helper()
	p.do(t, "unfold "+text, chromedp.Click(chromedp.JSPath(p.find(t, "summary", text))))
}

// find returns the expression of the one visible element of a selector that says
// a text, or at least begins with it.
func (p *person) find(t testing.TB, selector, text string) string {
	t.Helper()
	expression := fmt.Sprintf(`(() => {
		const plain = s => s.replace(/\s+/g, " ").trim(), wanted = plain(%s);
		const seen = [...document.querySelectorAll(%s)].filter(e => e.checkVisibility({visibilityProperty: true}));
		return seen.find(e => plain(e.textContent) === wanted) || seen.find(e => plain(e.textContent).startsWith(wanted)) || null;
	})()`, quote(text), quote(selector))
	if !ask[bool](t, p, "!!"+expression) {
		t.Fatalf("%s: no %s says %q on %s:\n%s", p.name, selector, text, p.at(t), p.text(t))
	}
	return expression
}

// field returns the expression of the control that has a label.
func (p *person) field(t testing.TB, label string) string {
	t.Helper()
	return p.find(t, "label", label) + ".control"
}

// write replaces what is written in a field.
func (p *person) write(t testing.TB, label, text string) {
	t.Helper()
	field := p.field(t, label)
	p.do(t, "write "+label, chromedp.Evaluate[chromedp.Void](field+".select()"), chromedp.SendKeys(chromedp.JSPath(field), text))
}

// tick ticks a box or chooses one of several answers.
func (p *person) tick(t testing.TB, label string) {
	t.Helper()
	p.do(t, "tick "+label, chromedp.Click(chromedp.JSPath(p.find(t, "label", label))))
	if !ask[bool](t, p, p.field(t, label)+".checked") {
		t.Fatalf("%s: %q is not ticked", p.name, label)
	}
}

// choose chooses from a list by what the choice says.
func (p *person) choose(t testing.TB, label, choice string) {
	t.Helper()
	p.do(t, "choose "+choice, chromedp.SendKeys(chromedp.JSPath(p.field(t, label)), choice))
	if got := ask[string](t, p, p.field(t, label)+".selectedOptions[0].textContent.trim()"); got != choice {
		t.Fatalf("%s: %q says %q, want %q", p.name, label, got, choice)
	}
}

// attach gives files to a field.
func (p *person) attach(t testing.TB, label string, files ...string) {
	t.Helper()
	p.do(t, "attach to "+label, chromedp.SetUploadFiles(chromedp.JSPath(p.field(t, label)), files))
}

// holds fails unless a field holds a text.
func (p *person) holds(t testing.TB, label, want string) {
	t.Helper()
	if got := ask[string](t, p, p.field(t, label)+".value"); got != want {
		t.Errorf("%s: %q holds %q, want %q", p.name, label, got, want)
	}
}

// text returns what the page says, with plain spaces.
func (p *person) text(t testing.TB) string {
	t.Helper()
	return strings.Join(strings.Fields(ask[string](t, p, "document.body.innerText")), " ")
}

// reads fails unless the page has this heading and says all of these.
func (p *person) reads(t testing.TB, heading string, texts ...string) {
	t.Helper()
	got := strings.Join(strings.Fields(ask[string](t, p, `[...document.querySelectorAll("h1")].map(h => h.textContent).join(" | ")`)), " ")
	if got != heading {
		t.Fatalf("%s: %s is headed %q, want %q:\n%s", p.name, p.at(t), got, heading, p.text(t))
	}
	all := p.text(t)
	for _, text := range texts {
		if !strings.Contains(all, text) {
			t.Errorf("%s: %s does not say %q:\n%s", p.name, p.at(t), text, all)
		}
	}
}

// awaits opens an address until it says all of these.
func (p *person) awaits(t testing.TB, address string, texts ...string) {
	t.Helper()
	said := ""
	eventually(t, travelTime, func() bool {
		p.open(t, address, http.StatusOK)
		said = p.text(t)
		for _, text := range texts {
			if !strings.Contains(said, text) {
				return false
			}
		}
		return true
	}, func() string { return fmt.Sprintf("%s does not say %q, but:\n%s", address, texts, said) })
}

// photoShown fails unless the photo with a description has really arrived.
func (p *person) photoShown(t testing.TB, description string) {
	t.Helper()
	width := ask[float64](t, p, fmt.Sprintf(`(async () => {
		const image = [...document.images].find(i => i.alt === %s);
		if (!image) return -1;
		image.loading = "eager";
		await image.decode();
		return image.naturalWidth;
	})()`, quote(description)))
	if width <= 0 {
		t.Errorf("%s: the photo %q is not shown on %s", p.name, description, p.at(t))
	}
}

// quote makes a JavaScript string.
func quote(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string is always JSON
	}
	return string(out)
}
