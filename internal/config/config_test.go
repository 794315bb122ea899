package config_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/parvis-coop/parvis/internal/config"
)

// commands shows how a command embeds the settings: once, for all subcommands.
type commands struct {
	config.Config

	Serve struct{} `cmd:""`
}

// parse runs kong as cmd/parvis does.
func parse(t *testing.T, args ...string) (config.Config, error) {
	t.Helper()
	var cli commands
	parser, err := kong.New(&cli, kong.Name("parvis"), kong.Configuration(config.TOML))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(append([]string{"serve"}, args...))
	return cli.Config, err
}

// write puts a settings file into a directory of its own and returns its path.
func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "parvis.toml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func networks(list ...string) config.Networks {
	var n config.Networks
	for _, s := range list {
		n = append(n, netip.MustParsePrefix(s))
	}
	return n
}

func TestDefaults(t *testing.T) {
	got, err := parse(t)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		Data:           "./parvis-data",
		Scheme:         "https",
		TrustedProxies: networks("127.0.0.0/8", "::1/128"),
		RateLimit:      300,
		InboxBacklog:   50_000,
		LogLevel:       "info",
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestPrecedence(t *testing.T) {
	file := write(t, `listen = "127.0.0.1:1"`)
	tests := []struct {
		name     string
		args     []string
		variable string
		want     string
	}{
		{"default", nil, "", "127.0.0.1:8080"},
		{"file over default", []string{"--config", file}, "", "127.0.0.1:1"},
		{"variable over file", []string{"--config", file}, "127.0.0.1:2", "127.0.0.1:2"},
		{"flag over variable", []string{"--config", file, "--listen", "127.0.0.1:3"}, "127.0.0.1:2", "127.0.0.1:3"},
		{"flag before the file", []string{"--listen", "127.0.0.1:3", "--config", file}, "", "127.0.0.1:3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.variable != "" {
				t.Setenv("PARVIS_LISTEN", test.variable)
			}
			c, err := parse(t, test.args...)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.ListenAddr(); got != test.want {
				t.Errorf("listens on %q, want %q", got, test.want)
			}
		})
	}
}

func TestFileNamedByVariable(t *testing.T) {
	t.Setenv("PARVIS_CONFIG", write(t, `host = "parvis.malakoff.example"`))
	c, err := parse(t)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Host, "parvis.malakoff.example"; got != want {
		t.Errorf("host %q, want %q", got, want)
	}
}

func TestFileHoldsEverySort(t *testing.T) {
	got, err := parse(t, "--config", write(t, `
host = "Parvis.Malakoff.example:443"
rate-limit = 0
inbox-backlog = 1000
trusted-proxies = ["10.1.2.3", "fd00::/8"]

[federation]
allow-net = "127.0.0.0/8, 192.168.1.0/24"
insecure-http = true
`))
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		Data:                   "./parvis-data",
		Host:                   "parvis.malakoff.example",
		Scheme:                 "https",
		TrustedProxies:         networks("10.1.2.3/32", "fd00::/8"),
		InboxBacklog:           1000,
		LogLevel:               "info",
		FederationAllowNet:     networks("127.0.0.0/8", "192.168.1.0/24"),
		FederationInsecureHTTP: true,
	}
	ignoreFile := cmpopts.IgnoreFields(config.Config{}, "File")
	if diff := cmp.Diff(want, got, ignoreFile, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestFileRefused(t *testing.T) {
	tests := []struct {
		name, content, want string
	}{
		{"unknown key", `listenn = ":8080"`, `there is no setting "listenn"`},
		{"unknown key in a table", "[federation]\nallow = true", `there is no setting "federation-allow"`},
		{"a file within the file", `config = "other.toml"`, `there is no setting "config"`},
		{"not TOML", `listen = `, "parvis.toml is not valid TOML"},
		{"a date", "host = 2026-11-21", "host must be a string"},
		{"a list of numbers", "trusted-proxies = [10, 0]", "trusted-proxies must be a list of strings"},
		{"a word for a number", `rate-limit = "many"`, "rate-limit"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parse(t, "--config", write(t, test.content))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one that says %q", err, test.want)
			}
		})
	}
}

func TestBadValues(t *testing.T) {
	pem := write(t, "")
	tests := []struct {
		name string
		args string
		want string
	}{
		{"address as host", "--host https://malakoff.example/", "give a host name alone"},
		{"scheme", "--scheme gopher", "choose one of https, http"},
		{"listen without port", "--listen 8080", "give a host and a port, such as 127.0.0.1:8080"},
		{"listen on an impossible port", "--listen :80800", "--listen :80800 is not an address"},
		{"metrics", "--metrics on", "--metrics on is not an address"},
		{"proxies", "--trusted-proxies nginx", "nginx is not a network"},
		{"negative limit", "--rate-limit=-1", "0 for no limit"},
		{"limit in words", "--rate-limit many", "--rate-limit"},
		{"certificate without key", "--tls-cert " + pem, "belong together"},
		{"key that is not there", "--tls-cert " + pem + " --tls-key /nowhere/key.pem", "--tls-key cannot be read"},
		{"certificate twice", "--acme --tls-cert " + pem + " --tls-key " + pem, "leave out"},
		{"ACME over http", "--acme --scheme http", "--acme serves https"},
		{"mail address without ACME", "--acme-email mairie@malakoff.example", "add --acme"},
		{"database engine", "--database mysql://localhost/parvis", "--database must be"},
		{"database path", "--database sqlite:", "--database must be"},
		{"database password", "--database postgres://p:a%zz@localhost/parvis", "%40"},
		{"media", "--media ftp://malakoff.example/", "ftp:// is not known"},
		{"mail server", "--smtp mail.malakoff.example", "must look like smtp://"},
		{"mail without a sender", "--smtp smtp://mail.malakoff.example", "?from="},
		{"log level", "--log-level loud", "choose one of debug, info, warn, error"},
		{"authorities", "--federation-ca /nowhere/ca.pem", "--federation-ca cannot be read"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parse(t, strings.Fields(test.args)...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one that says %q", err, test.want)
			}
		})
	}
}

func TestBadValuesNeverRepeatAPassword(t *testing.T) {
	for _, args := range [][]string{
		{"--smtp", "mailto://jeanne:marguerite@malakoff.example"},
		{"--database", "postgres://jeanne:marguerite%zz@localhost/parvis"},
		{"--database", "mysql://jeanne:marguerite@localhost/parvis"},
		{"--media", "ftp://jeanne:marguerite@malakoff.example"},
	} {
		if _, err := parse(t, args...); err == nil || strings.Contains(err.Error(), "marguerite") {
			t.Errorf("%s: error %v, want one without the password", args[0], err)
		}
	}
}

func TestDerived(t *testing.T) {
	pem := write(t, "")
	type derived struct {
		Listen, Database, Media string
		TLS                     config.TLSMode
	}
	tests := []struct {
		name string
		args string
		want derived
	}{
		{"behind a proxy", "--data /srv/parvis", derived{
			"127.0.0.1:8080", "sqlite:/srv/parvis/parvis.db", "/srv/parvis/media", config.TLSProxy}},
		{"files", "--data /srv/parvis --tls-cert " + pem + " --tls-key " + pem, derived{
			":443", "sqlite:/srv/parvis/parvis.db", "/srv/parvis/media", config.TLSFiles}},
		{"ACME elsewhere", "--acme --listen :8443 --database postgres://localhost/parvis --media s3://k:s@minio.example/parvis", derived{
			":8443", "postgres://localhost/parvis", "s3://k:s@minio.example/parvis", config.TLSACME}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := parse(t, strings.Fields(test.args)...)
			if err != nil {
				t.Fatal(err)
			}
			got := derived{c.ListenAddr(), c.DatabaseURL(), c.MediaTarget(), c.TLS()}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("derived (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNetworksContain(t *testing.T) {
	n := networks("10.0.0.0/8", "fd00::/8")
	for address, want := range map[string]bool{
		"10.1.2.3":        true,
		"::ffff:10.1.2.3": true,
		"fd00::1":         true,
		"11.0.0.1":        false,
		"2001:db8::1":     false,
	} {
		if got := n.Contains(netip.MustParseAddr(address)); got != want {
			t.Errorf("contains %s: %v, want %v", address, got, want)
		}
	}
}
