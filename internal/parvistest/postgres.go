package parvistest

import (
	"bufio"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun/driver/pgdriver"
)

// A cluster is a throw-away PostgreSQL server of this process.
type cluster struct {
	url string
	dir string
	// script lives as long as we hold alive, its standard input, open.
	script  *exec.Cmd
	alive   io.WriteCloser
	answers *bufio.Reader
}

// durability is PostgreSQL's synchronous_commit.
type durability string

const (
	careless durability = "off" // what was committed last may be lost with the server
	careful  durability = "on"
)

// A Postgres is a PostgreSQL server of one test, which may stop it and start it
// again on the same port and data.
type Postgres struct {
	URL string

	t       testing.TB
	cluster *cluster
}

// OwnPostgres starts a server for this test alone. Where none can be started,
// the test is skipped.
func OwnPostgres(t testing.TB) *Postgres {
	t.Helper()
	bin := postgresBin()
	if bin == "" {
		LeaveOut(t, "the tests that restart PostgreSQL are left out: install it (apt-get install postgresql)")
	}
	c, err := startCluster(bin, careful)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.alive.Close()
		_ = c.script.Wait() // its end is the server's, whatever state that was in
	})
	return &Postgres{URL: c.url, t: t, cluster: c}
}

// Stop ends the server as a crash does: connections break, none is accepted.
func (p *Postgres) Stop() { p.order("stop") }

// Start lets a stopped server recover and waits until it accepts connections.
func (p *Postgres) Start() { p.order("start") }

func (p *Postgres) order(what string) {
	p.t.Helper()
	if _, err := io.WriteString(p.cluster.alive, what+"\n"); err != nil {
		p.t.Fatal(err)
	}
	if line, err := p.cluster.answers.ReadString('\n'); err != nil || line != "ready\n" {
		p.t.Fatalf("%s PostgreSQL: %q, %v", what, line, err)
	}
}

// A server is a PostgreSQL server on which we may create databases.
type server struct {
	url   *url.URL
	admin *sql.DB
	// cluster is the one that this process started, or nil for a server that was here before.
	cluster *cluster
}

// postgresServer finds or starts the one server of this test process.
var postgresServer = sync.OnceValues(func() (*server, error) {
	address := os.Getenv("PARVIS_TEST_POSTGRES")
	var started *cluster
	if address == "" {
		var err error
		if started, err = startCluster(postgresBin(), careless); err != nil {
			return nil, err
		}
		address = started.url
	}
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return nil, fmt.Errorf("PARVIS_TEST_POSTGRES must be a postgres:// URL, such as postgres://me:secret@localhost:5432/postgres?sslmode=disable")
	}
	admin := sql.OpenDB(pgdriver.NewConnector(pgdriver.WithDSN(address)))
	if err := admin.Ping(); err != nil {
		return nil, fmt.Errorf("reach the PostgreSQL server for tests at %s: %w", u.Redacted(), err)
	}
	return &server{url: u, admin: admin, cluster: started}, nil
})

var postgresTemplates templates

func postgresFresh(t testing.TB) string {
	t.Helper()
	return requireServer(t).temporary(t, "")
}

// postgresCopy lets the server copy a template. On a server that is not ours
// nothing would ever drop the template, so there each database is prepared anew.
func postgresCopy(t testing.TB, template string, prepare func(url string) error) string {
	t.Helper()
	s := requireServer(t)
	if s.cluster == nil {
		fresh := s.temporary(t, "")
		if err := prepare(fresh); err != nil {
			t.Fatalf("prepare a PostgreSQL database: %v", err)
		}
		return fresh
	}
	source, err := postgresTemplates.get(template, func() (string, error) {
		name, err := s.create("")
		if err != nil {
			return "", err
		}
		return name, prepare(s.database(name))
	})
	if err != nil {
		t.Fatalf("prepare the PostgreSQL template %q: %v", template, err)
	}
	return s.temporary(t, source)
}

func requireServer(t testing.TB) *server {
	t.Helper()
	s, err := postgresServer()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// temporary creates a database that is dropped when the test ends.
func (s *server) temporary(t testing.TB, source string) string {
	t.Helper()
	name, err := s.create(source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// FORCE: a connection that a failed test left open must not keep the database.
		if _, err := s.admin.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test database %s: %v", name, err)
		}
	})
	return s.database(name)
}

// create makes a database under a random name, as a copy of source if given.
func (s *server) create(source string) (string, error) {
	name := "parvis_test_" + strings.ToLower(rand.Text()[:16])
	statement := "CREATE DATABASE " + name
	if source != "" {
		statement += " TEMPLATE " + source
	}
	if _, err := s.admin.ExecContext(context.Background(), statement); err != nil {
		return "", fmt.Errorf("create a test database: %w", err)
	}
	return name, nil
}

// database returns the URL of one database on the server.
func (s *server) database(name string) string {
	u := *s.url
	u.Path = "/" + name
	return u.String()
}
