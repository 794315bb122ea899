// Package config holds the settings of a Parvis process. Every subcommand
// embeds Config; kong fills it from flags, PARVIS_ variables and, through TOML,
// a file, in this order of precedence, and then from the defaults below.
package config

import "github.com/alecthomas/kong"

// Config is every setting there is. Settings of one node (its name, who may
// sign up …) are not here: they live in the database and change while it runs.
type Config struct {
	File kong.ConfigFlag `name:"config" env:"PARVIS_CONFIG" placeholder:"FILE" help:"TOML file to read settings from. Its keys are the names of these flags; flags and variables win over it."`

	Data     string `name:"data" env:"PARVIS_DATA" default:"./parvis-data" placeholder:"DIR" help:"Directory of everything this process keeps (${default})."`
	Database string `name:"database" env:"PARVIS_DATABASE" placeholder:"URL" help:"sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME (SQLite in the data directory)."`
	Media    string `name:"media" env:"PARVIS_MEDIA" placeholder:"DIR|URL" help:"Where pictures are kept: a directory, or s3://KEY:SECRET@ENDPOINT/BUCKET (media in the data directory)."`

	Host           string   `name:"host" env:"PARVIS_HOST" placeholder:"NAME[:PORT]" help:"Public name of the default node. Needed on the first start, permanent afterwards."`
	Scheme         string   `name:"scheme" env:"PARVIS_SCHEME" default:"https" placeholder:"https|http" help:"Scheme of the public address (${default}); http is for tests."`
	Listen         string   `name:"listen" env:"PARVIS_LISTEN" placeholder:"ADDR" help:"Address to listen on (127.0.0.1:8080; with a certificate of our own, :443)."`
	TrustedProxies Networks `name:"trusted-proxies" env:"PARVIS_TRUSTED_PROXIES" default:"127.0.0.0/8,::1/128" placeholder:"NET,…" help:"Proxies whose X-Forwarded-For is believed (${default})."`
	RateLimit      int      `name:"rate-limit" env:"PARVIS_RATE_LIMIT" default:"300" placeholder:"N" help:"Requests a minute that one client address may make (${default}); 0 lifts the limit. Limits on log-in and sign-up stay."`
	InboxBacklog   int      `name:"inbox-backlog" env:"PARVIS_INBOX_BACKLOG" default:"50000" placeholder:"N" help:"How much may be accepted from other servers and wait to be read (${default}), a fifth of it from each; 0 lifts the limit."`

	TLSCert   string `name:"tls-cert" env:"PARVIS_TLS_CERT" placeholder:"FILE" help:"Certificate chain in PEM, to serve HTTPS without a proxy."`
	TLSKey    string `name:"tls-key" env:"PARVIS_TLS_KEY" placeholder:"FILE" help:"Private key of --tls-cert."`
	ACME      bool   `name:"acme" env:"PARVIS_ACME" help:"Serve HTTPS with certificates from Let's Encrypt, for the hosts of this process."`
	ACMEEmail string `name:"acme-email" env:"PARVIS_ACME_EMAIL" placeholder:"MAIL" help:"Where Let's Encrypt may write about these certificates."`

	SMTP     string `name:"smtp" env:"PARVIS_SMTP" placeholder:"URL" help:"Server for outgoing mail, such as smtp://USER:PASSWORD@HOST:587?from=parvis@HOST; smtps:// for TLS from the first byte. Without it, no mail is sent."`
	LogLevel string `name:"log-level" env:"PARVIS_LOG_LEVEL" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error (${default})."`
	Metrics  string `name:"metrics" env:"PARVIS_METRICS" placeholder:"ADDR" help:"Address that serves Prometheus metrics, such as 127.0.0.1:9090 (none)."`

	FederationAllowNet     Networks `name:"federation-allow-net" env:"PARVIS_FEDERATION_ALLOW_NET" placeholder:"NET,…" help:"Networks that federation may reach besides public addresses, on any port (none). For tests and private networks."`
	FederationInsecureHTTP bool     `name:"federation-insecure-http" env:"PARVIS_FEDERATION_INSECURE_HTTP" help:"Federate over http:// too. For tests and private networks."`
	FederationCA           string   `name:"federation-ca" env:"PARVIS_FEDERATION_CA" placeholder:"FILE" help:"Further certificate authorities, in PEM, that federation trusts."`
}
