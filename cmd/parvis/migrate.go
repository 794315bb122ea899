package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/config"
)

type migrateCmd struct{}

// Run implements the command. Opening the database is what migrates it.
func (migrateCmd) Run(e env, c *config.Config) error {
	return withApp(e, c, func(a *app.App) error {
		number, err := a.DB.Schema(e.ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.out, "the schema is at %d\n", number)
		return err
	})
}

type healthCmd struct{}

// Run implements the command. The certificate is for the public name, not for
// the loopback address that is asked here, so it is not checked.
func (healthCmd) Run(e env, c *config.Config) error {
	_, port, err := net.SplitHostPort(c.ListenAddr())
	if err != nil {
		return fmt.Errorf("--listen %s: %w", c.ListenAddr(), err)
	}
	scheme := "http"
	if c.TLS() != config.TLSProxy {
		scheme = "https"
	}
	client := http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	req, err := http.NewRequestWithContext(e.ctx, http.MethodGet, scheme+"://"+net.JoinHostPort("127.0.0.1", port)+"/healthz", nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the process answers %s", res.Status)
	}
	_, err = fmt.Fprintln(e.out, "ok")
	return err
}
