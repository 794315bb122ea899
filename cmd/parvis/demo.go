package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/demo"
)

type demoCmd struct{}

// unfinished marks a directory whose demonstration is still being made: one that
// was broken off is made anew.
const unfinished = "unfinished"

// Run implements the command. It keeps its own directory for each port, since
// the nodes' names, which are permanent, carry the port.
func (demoCmd) Run(e env, c *config.Config) error {
	_, port, err := net.SplitHostPort(c.ListenAddr())
	if err != nil {
		return fmt.Errorf("--listen %s: %w", c.ListenAddr(), err)
	}
	settings := *c
	settings.Scheme, settings.Database, settings.Media = "http", "", ""
	settings.Data = filepath.Join(c.Data, "demo-"+port)
	settings.FederationInsecureHTTP = true
	settings.FederationAllowNet = config.Networks{netip.MustParsePrefix("127.0.0.0/8")}
	settings.RateLimit = 0
	fresh, err := prepare(settings.Data)
	if err != nil {
		return err
	}
	return withApp(e, &settings, func(a *app.App) error {
		w := &demo.World{App: a, Port: port}
		if fresh {
			if err := w.Found(e.ctx); err != nil {
				return err
			}
		}
		s, err := assemble(e, a, &settings)
		if err != nil {
			return err
		}
		return serve(e, s, &settings, func(net.Addr) {
			go func() {
				if err := live(e, w, fresh, settings.Data); err != nil && e.ctx.Err() == nil {
					fmt.Fprintln(e.errOut, "parvis: the demonstration is incomplete:", err)
				}
			}()
		})
	})
}

// prepare makes the directory and reports whether it must be filled.
func prepare(dir string) (fresh bool, err error) {
	mark := filepath.Join(dir, unfinished)
	if _, err := os.Stat(mark); err == nil {
		if err := os.RemoveAll(dir); err != nil {
			return false, fmt.Errorf("remove a half-made demonstration: %w", err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	} else if _, err := os.Stat(dir); err == nil {
		return false, nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return false, fmt.Errorf("make the directory of the demonstration: %w", err)
	}
	return true, os.WriteFile(mark, nil, 0o640)
}

// live fills a fresh demonstration and says where it is.
func live(e env, w *demo.World, fresh bool, dir string) error {
	if fresh {
		if err := w.Live(e.ctx); err != nil {
			return err
		}
		if err := os.Remove(filepath.Join(dir, unfinished)); err != nil {
			return err
		}
	}
	for _, host := range w.Hosts() {
		fmt.Fprintln(e.out, "http://"+host)
	}
	for _, line := range w.Logins() {
		fmt.Fprintln(e.out, line)
	}
	return nil
}
