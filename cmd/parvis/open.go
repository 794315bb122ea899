package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/media"
	"github.com/parvis-coop/parvis/internal/oidc"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// openTime bounds how long the database may take to answer at the start.
const openTime = 30 * time.Second

// open opens what every command works on. A command works whether a server runs
// on the same database or not: both only ever meet there.
func open(ctx context.Context, c *config.Config) (*app.App, error) {
	if err := os.MkdirAll(c.Data, 0o750); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	timed, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	db, err := storage.Open(timed, c.DatabaseURL())
	if err != nil {
		return nil, err
	}
	store, err := media.Open(timed, c.MediaTarget())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the media store: %w", err), db.Close())
	}
	return &app.App{DB: db, Media: store, Archives: c.ArchiveDir(), Photos: media.NewDarkroom(media.DefaultLimits), Now: time.Now, Identities: oidc.NewClient(time.Now),
		Mails: c.SMTP != ""}, nil // what a command wants to be mailed is sent by the running server
}

// withApp opens the database for one command and closes it after.
func withApp(e env, c *config.Config, do func(*app.App) error) error {
	a, err := open(e.ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(do(a), a.DB.Close())
}

// A nodeFlag names the node that a command is about.
type nodeFlag struct {
	Node string `name:"node" placeholder:"HOST" help:"The node; needed when the database has several."`
}

// withNode is withApp for a command about one node.
func (f nodeFlag) withNode(e env, c *config.Config, do func(*app.App, *parvis.Node) error) error {
	return withApp(e, c, func(a *app.App) error {
		n, err := f.find(e.ctx, a, c)
		if err != nil {
			return err
		}
		return do(a, n)
	})
}

// find returns the node that the flag names, else the default node of --host,
// else the only one.
func (f nodeFlag) find(ctx context.Context, a *app.App, c *config.Config) (*parvis.Node, error) {
	host := f.Node
	if host == "" {
		host = c.Host
	}
	if host != "" {
		n, err := a.DB.NodeByHost(ctx, host)
		if errors.Is(err, parvis.ErrNotFound) {
			return nil, fmt.Errorf("there is no node %s here; `parvis node list` shows those there are", host)
		}
		return n, err
	}
	nodes, err := a.DB.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	switch len(nodes) {
	case 0:
		return nil, errors.New("there is no node yet; `parvis node add HOST` makes one")
	case 1:
		return nodes[0], nil
	}
	return nil, errors.New("there are several nodes; say which with --node HOST")
}
