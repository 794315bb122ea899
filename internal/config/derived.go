package config

import (
	"path/filepath"

	"github.com/rs/zerolog"
)

// A TLSMode says who holds the certificate.
type TLSMode int

// The ways to serve HTTPS.
const (
	// TLSProxy: a proxy in front of us does, and we speak HTTP to it.
	TLSProxy TLSMode = iota
	// TLSFiles: we do, from TLSCert and TLSKey.
	TLSFiles
	// TLSACME: we do, and ask Let's Encrypt for it.
	TLSACME
)

// TLS returns who holds the certificate.
func (c *Config) TLS() TLSMode {
	switch {
	case c.ACME:
		return TLSACME
	case c.TLSCert != "":
		return TLSFiles
	default:
		return TLSProxy
	}
}

// ListenAddr returns the address to listen on. Without a certificate that is
// on this machine alone: whoever wants plain HTTP on every interface says so.
func (c *Config) ListenAddr() string {
	switch {
	case c.Listen != "":
		return c.Listen
	case c.TLS() != TLSProxy:
		return ":443"
	default:
		return "127.0.0.1:8080"
	}
}

// DatabaseURL returns the database to open: sqlite:PATH or a postgres:// URL.
func (c *Config) DatabaseURL() string {
	if c.Database != "" {
		return c.Database
	}
	return "sqlite:" + filepath.Join(c.Data, "parvis.db")
}

// MediaTarget returns where pictures are kept: a directory or an s3:// URL.
func (c *Config) MediaTarget() string {
	if c.Media != "" {
		return c.Media
	}
	return filepath.Join(c.Data, "media")
}

// ArchiveDir returns the directory of what residents take along.
func (c *Config) ArchiveDir() string { return filepath.Join(c.Data, "archives") }

// ACMECacheDir returns the directory of the certificates that ACME brought.
func (c *Config) ACMECacheDir() string { return filepath.Join(c.Data, "acme") }

// Level returns the least level that is logged.
func (c *Config) Level() zerolog.Level {
	level, err := zerolog.ParseLevel(c.LogLevel)
	if err != nil {
		return zerolog.InfoLevel // Validate has refused it already
	}
	return level
}
