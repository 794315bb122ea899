package server

import (
	"context"

	"github.com/gorilla/mux"
	"github.com/rs/zerolog"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/mail"
	"github.com/parvis-coop/parvis/internal/media"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/work"
	"github.com/parvis-coop/parvis/web"
	"github.com/parvis-coop/parvis/web/mastodon"
)

// Settings are what a process chooses of its server.
type Settings struct {
	Log            zerolog.Logger
	Version        string
	TrustedProxies config.Networks
	RateLimit      int // requests a minute per client; 0 means no limit
	InboxBacklog   int // activities that were accepted and wait; 0 means no limit
	Client         *federation.Client
	Mail           *mail.Sender // nil sends none
}

// How many jobs of a pool run at a time, and how many of them for one remote
// server. Deliveries mostly wait for others' answers; the rest mostly for our own
// database.
const (
	ownWorkers     = 8
	inboxWorkers   = 64
	inboxWindow    = 16
	fetchWorkers   = 16
	fetchWindow    = 4
	fillWorkers    = 2
	deliverWorkers = 256
	deliverWindow  = 8
)

// Assemble makes the server of a process with all its surfaces, and gives the
// app its eyes on other servers.
func Assemble(ctx context.Context, a *app.App, s Settings) (*Server, error) {
	if err := a.CompleteKeys(ctx); err != nil {
		return nil, err
	}
	words, err := i18n.Load(federation.Locales, web.Locales, mastodon.Locales)
	if err != nil {
		return nil, err
	}
	counts := newMetrics(a)
	wire := federation.New(federation.Config{App: a, Client: s.Client, Words: words, Version: s.Version,
		Backlog: s.InboxBacklog, Refused: counts.refusedByBacklog})
	a.Remote, a.Voice = wire, wire
	a.Words = func(language, key string, args ...any) string { return words.For(language).T(key, args...) }
	pages := &web.Server{App: a, Catalogue: words, Door: wire.SubscribeTemplate}
	apps := &mastodon.API{App: a, Words: words, NodeOf: parvis.NodeFrom, Version: s.Version, MaxUpload: media.DefaultLimits.Bytes}

	own := wire.Handlers()
	own[parvis.JobHome], own[parvis.JobErase], own[parvis.JobDomains] = a.Spread, a.Erase, a.ApplyDomains
	own[parvis.JobMove], own[parvis.JobEnd], own[parvis.JobTell] = a.MoveFollowers, a.End, a.Tell
	own[parvis.JobUnmute], own[parvis.JobLeave] = a.EndMute, a.Depart
	own[parvis.JobLast], own[parvis.JobSettle], own[parvis.JobEndless], own[parvis.JobHold] = a.AskLast, a.AskSettled, a.EndOffers, a.HoldOffers
	// Mail leaves by another's server, so it waits with what is fetched.
	slow := wire.FetchHandlers()
	slow[parvis.JobImport] = a.Import
	slow[parvis.JobPush] = (&pusher{a, words, s.Client}).run
	if s.Mail != nil && s.Mail.Configured() {
		a.Mails = true
		letters := &mailer{a, words, s.Mail}
		slow[parvis.JobMail], slow[parvis.JobNews], slow[parvis.JobWeekly] = letters.run, letters.news, letters.weekly
	}
	// An archive may be long in the making, and nobody waits for it.
	idle := wire.FillHandlers()
	idle[parvis.JobArchive] = a.MakeArchive
	return New(ctx, Options{
		App: a, Log: s.Log, TrustedProxies: s.TrustedProxies, RateLimit: s.RateLimit, metrics: counts,
		// Federation first: it takes only what asks for ActivityStreams.
		Surfaces: []func(*mux.Router){wire.Mount, apps.Routes, pages.Mount},
		Pools: []work.Pool{
			{Name: "own", Workers: ownWorkers, Handlers: own},
			{Name: "inbox", Workers: inboxWorkers, Window: inboxWindow, Handlers: wire.InboxHandlers()},
			{Name: "fetch", Workers: fetchWorkers, Window: fetchWindow, Handlers: slow},
			{Name: "fill", Workers: fillWorkers, Handlers: idle},
			{Name: "deliver", Workers: deliverWorkers, Window: deliverWindow, Handlers: wire.DeliverHandlers()},
		},
	})
}
