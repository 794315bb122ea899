//go:build unix

package parvistest

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/uptrace/bun/driver/pgdriver"
)

// The pipe closes when the process that holds it dies, killed or not.
func TestClusterGoesWhenItsPipeCloses(t *testing.T) {
	bin := postgresBin()
	if bin == "" {
		LeaveOut(t, "the test of throw-away clusters is left out: install PostgreSQL (apt-get install postgresql)")
	}
	c, err := startCluster(bin, careless)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(pgdriver.NewConnector(pgdriver.WithDSN(c.url)))
	defer db.Close()
	if err := db.Ping(); err != nil {
		t.Fatal(err)
	}

	if err := c.alive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.script.Wait(); err != nil {
		t.Errorf("the script ended with %v", err)
	}
	if err := db.Ping(); err == nil {
		t.Error("the server still answers")
	}
	if _, err := os.Stat(c.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cluster's directory is still there: %v", err)
	}
}
