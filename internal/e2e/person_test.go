package e2e_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/parvis-coop/parvis/internal/parvistest"
)

// actTime is how long one thing in the browser may take.
const actTime = 20 * time.Second

// startBrowser starts one browser for a whole test; everyone in it gets a
// browser context of their own.
func startBrowser(t testing.TB) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(parvistest.Browser(t)), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(wide, tall),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("accept-lang", "fr-FR,fr"), chromedp.Flag("lang", "fr"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	return ctx
}

// A person is somebody at a browser: no cookie or cache is shared with others.
type person struct {
	name string
	tab  context.Context
	axe  string

	mu         sync.Mutex
	loads      map[network.RequestID]load
	complaints []string // what the browser found wrong, since it was last asked
}

// A load is something that a page needed.
type load struct {
	url   string
	bytes float64 // as transferred, with headers
}

// sitDown gives somebody a browser. It must be quiet until the test ends.
func sitDown(t testing.TB, browser context.Context, axe, name string) *person {
	t.Helper()
	p := &person{name: name, axe: axe, loads: make(map[network.RequestID]load)}
	tab, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.notice))
	t.Cleanup(cancel)
	p.tab = tab
	p.do(t, "sit down", look{wide, light}.apply(), chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		// Several tabs are open, and each is somebody's only one.
		_, err := cdp.Call(ctx, tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	}))
	t.Cleanup(func() { p.quiet(t) })
	return p
}

// notice hears everything that the browser says about the page.
func (p *person) notice(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.loads[e.RequestID] = load{url: e.Request.URL}
		if e.Type != network.ResourceTypeDocument && !sameOrigin(e.Request.URL, e.DocumentURL) {
			p.complain("%s asks elsewhere for %s", e.DocumentURL, e.Request.URL)
		}
	case *network.EventResponseReceived:
		if e.Type != network.ResourceTypeDocument && e.Response.Status >= 400 {
			p.complain("%s answers %d", e.Response.URL, e.Response.Status)
		}
	case *network.EventLoadingFinished:
		l := p.loads[e.RequestID]
		l.bytes = e.EncodedDataLength
		p.loads[e.RequestID] = l
	case *runtime.EventExceptionThrown:
		p.complain("exception: %v", e.ExceptionDetails)
	case *runtime.EventConsoleAPICalled:
		p.complain("console: %s %v", e.Type, e.Args)
	case *log.EventEntryAdded:
		// Statuses are judged above, and those of pages by whoever opens them.
		if e.Entry.Source != log.EntrySourceNetwork || !strings.Contains(e.Entry.Text, "responded with a status") {
			p.complain("%s %s: %s (%s)", e.Entry.Level, e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	}
}

func (p *person) complain(format string, args ...any) {
	p.complaints = append(p.complaints, fmt.Sprintf(format, args...))
}

func sameOrigin(a, b string) bool {
	one, errOne := url.Parse(a)
	two, errTwo := url.Parse(b)
	if errOne != nil || errTwo != nil {
		return false
	}
	return one.Scheme == "blob" || one.Scheme == "data" || one.Scheme == two.Scheme && one.Host == two.Host
}

// quiet fails if the browser had something to complain about: scripts that
// break, a policy that is violated, a file that is missing, another origin.
func (p *person) quiet(t testing.TB) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, text := range p.complaints {
		t.Errorf("the browser of %s: %s", p.name, text)
	}
	p.complaints = nil
}

// do does something in the browser, within actTime.
func (p *person) do(t testing.TB, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, actTime)
	defer cancel()
	// The first use of a tab makes it, and must not carry the limit.
	if err := chromedp.Do(p.tab); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("%s: %s: %v", p.name, what, err)
	}
}

// ask evaluates an expression in the page.
func ask[T any](t testing.TB, p *person, expression string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, actTime)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %.200s: %v", p.name, expression, err)
	}
	return value
}

// arrive does something that leads to a page, which must have a status.
func (p *person) arrive(t testing.TB, status int64, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, actTime)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		p.keep(t, "stuck", look{wide, light})
		t.Fatalf("%s: %s: %v, on %s:\n%s", p.name, what, err, p.at(t), p.text(t))
	}
	if res.Status != status {
		t.Fatalf("%s: %s: %s answers %d, want %d:\n%s", p.name, what, res.URL, res.Status, status, p.text(t))
	}
	// Chromium ignores the mouse and the keyboard until it has painted a page.
	eventually(t, actTime, func() bool { return ask[bool](t, p, `performance.getEntriesByType("paint").length > 0`) },
		func() string { return p.name + " sees nothing of " + res.URL })
}

// A scripting says whether a browser runs scripts.
type scripting bool

const (
	scriptsOn  scripting = true
	scriptsOff scripting = false
)

// turn turns scripts on or off, for what happens from now on.
func (p *person) turn(t testing.TB, scripts scripting) {
	t.Helper()
	p.do(t, "turn scripts on or off", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !bool(scripts)})
		return err
	}))
}
