package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/crypto/acme/autocert"

	"github.com/parvis-coop/parvis/federation"
	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/mail"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/server"
)

type serveCmd struct{}

// Run implements the command.
func (serveCmd) Run(e env, c *config.Config) error {
	spareCollector()
	return withApp(e, c, func(a *app.App) error {
		if err := defaultNode(e.ctx, a, c); err != nil {
			return err
		}
		s, err := assemble(e, a, c)
		if err != nil {
			return err
		}
		return serve(e, s, c, func(net.Addr) {})
	})
}

// spareCollector lets the heap grow to three times what is in use before it is
// collected, unless the operator says otherwise by GOGC: what is in use is small
// beside the program itself, and collecting it took a tenth of the time.
func spareCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

// defaultNode makes the node of --host if it is not there; with no node at all,
// there is nothing to serve.
func defaultNode(ctx context.Context, a *app.App, c *config.Config) error {
	nodes, err := a.DB.Nodes(ctx)
	if err != nil {
		return err
	}
	if c.Host == "" {
		if len(nodes) == 0 {
			return config.ErrHostNeeded
		}
		return nil
	}
	for _, n := range nodes {
		if n.Host == c.Host && n.Scheme != c.Scheme {
			return fmt.Errorf("node %s was made with --scheme %s; its addresses are permanent", n.Host, n.Scheme)
		}
		if n.Host == c.Host {
			return nil
		}
	}
	return a.AddNode(ctx, &parvis.Node{Host: c.Host, Scheme: c.Scheme})
}

// guardedClient makes the client by which this process talks to other servers.
func guardedClient(a *app.App, c *config.Config) (*federation.Client, error) {
	var roots *x509.CertPool
	if c.FederationCA != "" {
		pem, err := os.ReadFile(c.FederationCA)
		if err != nil {
			return nil, fmt.Errorf("read --federation-ca: %w", err)
		}
		if roots, err = x509.SystemCertPool(); err != nil {
			roots = x509.NewCertPool()
		}
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--federation-ca %s holds no certificate in PEM", c.FederationCA)
		}
	}
	return federation.NewClient(federation.ClientConfig{AllowNets: c.FederationAllowNet, InsecureHTTP: c.FederationInsecureHTTP,
		RootCAs: roots, UserAgent: "Parvis/" + version, Now: a.Now}), nil
}

func assemble(e env, a *app.App, c *config.Config) (*server.Server, error) {
	client, err := guardedClient(a, c)
	if err != nil {
		return nil, err
	}
	sender, err := mail.New(c.SMTP)
	if err != nil {
		return nil, err
	}
	return server.Assemble(e.ctx, a, server.Settings{
		Mail:           sender,
		Log:            logger(e, c),
		Version:        version,
		TrustedProxies: c.TrustedProxies,
		RateLimit:      c.RateLimit,
		InboxBacklog:   c.InboxBacklog,
		Client:         client,
	})
}

func logger(e env, c *config.Config) zerolog.Logger {
	return zerolog.New(e.errOut).Level(c.Level()).With().Timestamp().Logger()
}

// Limits of one connection: slow clients are welcome, stuck ones are not.
const (
	readHeaderTime = 10 * time.Second
	readTime       = 5 * time.Minute // a photo over a weak line
	idleTime       = 2 * time.Minute
	headerBytes    = 64 << 10
	// stopTime is how long running requests and jobs have after a signal.
	stopTime = 30 * time.Second
)

// serve answers requests and runs jobs until the context ends, then stops
// gracefully: it takes no more requests, finishes those it has, and lets running
// jobs end; the others are on disk.
func serve(e env, s *server.Server, c *config.Config, listening func(net.Addr)) error {
	log := logger(e, c)
	ln, err := net.Listen("tcp", c.ListenAddr())
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	main := &http.Server{Handler: s, ReadHeaderTimeout: readHeaderTime, ReadTimeout: readTime, IdleTimeout: idleTime,
		MaxHeaderBytes: headerBytes, TLSConfig: tlsConfig(c, s)}
	servers := []*http.Server{main}
	failed := make(chan error, 2)
	var running sync.WaitGroup
	running.Go(func() { failed <- serveOn(main, ln, c) })
	if c.Metrics != "" {
		metrics := &http.Server{Addr: c.Metrics, Handler: s.Metrics(), ReadHeaderTimeout: readHeaderTime}
		servers = append(servers, metrics)
		running.Go(func() { failed <- metrics.ListenAndServe() })
	}
	ctx, stop := context.WithCancel(e.ctx)
	defer stop()
	running.Go(func() { s.Run(ctx) })
	log.Info().Str("address", ln.Addr().String()).Strs("hosts", s.Nodes.Hosts()).Str("version", version).Msg("listening")
	listening(ln.Addr())

	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	stop()
	log.Info().Msg("stopping")
	timed, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	for _, one := range servers {
		err = errors.Join(err, one.Shutdown(timed))
	}
	running.Wait()
	return err
}

func serveOn(srv *http.Server, ln net.Listener, c *config.Config) error {
	switch c.TLS() {
	case config.TLSFiles:
		return srv.ServeTLS(ln, c.TLSCert, c.TLSKey)
	case config.TLSACME:
		return srv.ServeTLS(ln, "", "")
	}
	return srv.Serve(ln)
}

// tlsConfig asks Let's Encrypt for the certificates of our nodes, and of no
// other name that somebody points at this machine.
func tlsConfig(c *config.Config, s *server.Server) *tls.Config {
	if c.TLS() != config.TLSACME {
		return &tls.Config{MinVersion: tls.VersionTLS12}
	}
	manager := &autocert.Manager{
		Prompt: autocert.AcceptTOS, Email: c.ACMEEmail, Cache: autocert.DirCache(c.ACMECacheDir()),
		HostPolicy: func(_ context.Context, host string) error {
			for _, ours := range s.Nodes.Hosts() {
				if strings.EqualFold(ours, host) {
					return nil
				}
			}
			return fmt.Errorf("no node is called %s", host)
		},
	}
	cfg := manager.TLSConfig()
	cfg.MinVersion = tls.VersionTLS12
	return cfg
}
