package parvistest_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/uptrace/bun/driver/pgdriver"
	_ "modernc.org/sqlite"
)

func TestURLIsAnEmptyDatabaseOfItsOwn(t *testing.T) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			one, two := engine.URL(t), engine.URL(t)
			if err := createTown(one, "Malakoff"); err != nil {
				t.Fatal(err)
			}
			if err := createTown(two, "Montrouge"); err != nil {
				t.Fatal(err)
			}
			if got, want := towns(t, one), "Malakoff"; got != want {
				t.Errorf("first database holds %q, want %q", got, want)
			}
		})
	}
}

func TestCopyHoldsWhatWasPrepared(t *testing.T) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			prepare := func(url string) error { return createTown(url, "Malakoff") }
			changed := engine.Copy(t, "town", prepare)
			exec(t, changed, "INSERT INTO town VALUES ('Vanves')")
			fresh := engine.Copy(t, "town", prepare)
			if got, want := towns(t, changed), "Malakoff Vanves"; got != want {
				t.Errorf("changed copy holds %q, want %q", got, want)
			}
			if got, want := towns(t, fresh), "Malakoff"; got != want {
				t.Errorf("second copy holds %q, want %q", got, want)
			}
		})
	}
}

func open(url string) (*sql.DB, error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return sql.Open("sqlite", path)
	}
	return sql.OpenDB(pgdriver.NewConnector(pgdriver.WithDSN(url))), nil
}

func createTown(url, name string) error {
	db, err := open(url)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE town (name text)"); err != nil {
		return err
	}
	_, err = db.Exec("INSERT INTO town VALUES ('" + name + "')")
	return err
}

func exec(t *testing.T, url, statement string) {
	t.Helper()
	db, err := open(url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func towns(t *testing.T, url string) string {
	t.Helper()
	db, err := open(url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT name FROM town ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}
