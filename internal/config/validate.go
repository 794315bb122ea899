package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/parvis-coop/parvis/internal/mail"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// ErrHostNeeded is what a process with an empty database and no Host says.
// Whether the database is empty is not for this package to know.
var ErrHostNeeded = errors.New("--host is needed on the first start: the public name of this node, such as parvis.malakoff.example")

// Validate reports every setting that cannot work, each in a sentence that
// says what to do, and cleans Host. kong calls it once all sources are read.
func (c *Config) Validate() error {
	return errors.Join(
		c.checkHost(),
		c.checkListen(),
		c.checkTLS(),
		c.checkStores(),
		c.checkSMTP(),
		c.checkFederation(),
		checkEnum("--log-level", c.LogLevel, levels),
		checkNatural("--rate-limit", c.RateLimit),
		checkNatural("--inbox-backlog", c.InboxBacklog),
	)
}

var levels = []string{"debug", "info", "warn", "error"}

func (c *Config) checkHost() error {
	if err := checkEnum("--scheme", c.Scheme, []string{"https", "http"}); err != nil || c.Host == "" {
		return err
	}
	host, err := parvis.CleanHost(c.Scheme, c.Host)
	if err != nil {
		return fmt.Errorf("--host %s is not a public name: give a host name alone, with a port if need be, such as parvis.malakoff.example", c.Host)
	}
	c.Host = host
	return nil
}

func (c *Config) checkListen() error {
	return errors.Join(
		checkAddress("--listen", c.Listen, "127.0.0.1:8080"),
		checkAddress("--metrics", c.Metrics, "127.0.0.1:9090"),
	)
}

func (c *Config) checkTLS() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key belong together: give both, or neither behind a proxy")
	}
	if c.ACME && c.TLSCert != "" {
		return errors.New("--acme gets certificates by itself: leave out --tls-cert and --tls-key, or --acme")
	}
	if c.ACME && c.Scheme == "http" {
		return errors.New("--acme serves https: leave out --scheme http")
	}
	if c.ACMEEmail != "" && !c.ACME {
		return errors.New("--acme-email is of use with --acme only: add --acme, or leave it out")
	}
	return errors.Join(checkFile("--tls-cert", c.TLSCert), checkFile("--tls-key", c.TLSKey))
}

func (c *Config) checkStores() error {
	if c.Data == "" {
		return errors.New("--data is empty: give the directory where this process keeps everything")
	}
	scheme, rest, _ := strings.Cut(c.DatabaseURL(), ":")
	known := slices.Contains([]string{"sqlite", "postgres", "postgresql"}, scheme)
	if !known || rest == "" {
		return errors.New("--database must be sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME")
	}
	if scheme != "sqlite" {
		if _, err := url.Parse(c.Database); err != nil {
			return errors.New("--database is not a URL: characters such as @, / and # in its password are written %40, %2F and %23")
		}
	}
	if scheme, _, ok := strings.Cut(c.Media, "://"); ok && scheme != "s3" {
		return fmt.Errorf("--media %s:// is not known: give a directory or s3://KEY:SECRET@ENDPOINT/BUCKET", scheme)
	}
	return nil
}

func (c *Config) checkSMTP() error {
	if _, err := mail.New(c.SMTP); err != nil {
		return fmt.Errorf("--smtp: %w", err)
	}
	return nil
}

func (c *Config) checkFederation() error {
	return checkFile("--federation-ca", c.FederationCA)
}

// checkEnum refuses a value that is not one of known.
func checkEnum(flag, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return fmt.Errorf("%s %s is not known: choose one of %s", flag, value, strings.Join(known, ", "))
}

func checkNatural(flag string, value int) error {
	if value >= 0 {
		return nil
	}
	return fmt.Errorf("%s %d is less than nothing: give a number, or 0 for no limit", flag, value)
}

// checkAddress refuses what cannot be listened on. Port 0 asks for any free port.
func checkAddress(flag, value, example string) error {
	if value == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return fmt.Errorf("%s %s is not an address to listen on: give a host and a port, such as %s", flag, value, example)
	}
	return nil
}

// checkFile refuses a file that cannot be read; its content is for its user to judge.
func checkFile(flag, path string) error {
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", flag, err)
	}
	return f.Close()
}
