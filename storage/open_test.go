package storage_test

import (
	"context"
	"errors"
	"flag"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

var update = flag.Bool("update", false, "write the golden files anew")

// schema.sql is the whole schema, for people to read; the migrations make it.
func TestMigrationsMakeTheSchema(t *testing.T) {
	t.Parallel()
	db := open(t, parvistest.Engines(t)[0].URL(t))
	tables, err := db.Strings(t.Context(), `SELECT sql FROM sqlite_master WHERE sql IS NOT NULL
		ORDER BY tbl_name, type DESC, name`)
	if err != nil {
		t.Fatal(err)
	}
	got := "-- The schema that the migrations make on SQLite. Written by: go test ./storage -run Schema -update\n\n" +
		strings.Join(tables, ";\n") + ";\n"
	if *update {
		if err := os.WriteFile("schema.sql", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("schema.sql is not what the migrations make; run with -update: -want +got\n%s", diff)
	}
}

func TestOpenTwiceKeepsTheSchema(t *testing.T) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			url := engine.URL(t)
			first, err := open(t, url).Schema(t.Context())
			if err != nil || first < 1 {
				t.Fatalf("schema %d, %v", first, err)
			}
			if second, err := open(t, url).Schema(t.Context()); err != nil || second != first {
				t.Errorf("opened again: schema %d, %v; want %d", second, err, first)
			}
		})
	}
}

// Processes that start together on a new database wait for each other.
func TestOpenTogether(t *testing.T) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			url := engine.URL(t)
			var all sync.WaitGroup
			errs := make([]error, 4)
			for i := range errs {
				all.Go(func() { errs[i] = migrated(url) })
			}
			all.Wait()
			if err := errors.Join(errs...); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			url := engine.Copy(t, "migrated", migrated)
			err := open(t, url).InTx(t.Context(), func(ctx context.Context, tx *storage.DBTx) error {
				return tx.Exec(ctx, "INSERT INTO migrations VALUES (9000, 0)")
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = storage.Open(t.Context(), url)
			var newer *storage.NewerError
			if !errors.As(err, &newer) || newer.Have != 9000 {
				t.Fatalf("error %v, want a NewerError", err)
			}
			if !strings.Contains(err.Error(), "start the newer version of parvis, or restore a backup") {
				t.Errorf("%q does not say what to do", err)
			}
		})
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	notes := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(notes, []byte(strings.Repeat("pas une base de données\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().String()
	if err := listener.Close(); err != nil { // nobody listens there now
		t.Fatal(err)
	}
	tests := map[string]string{
		"mysql://localhost/parvis":           "give sqlite:PATH or postgres://",
		"":                                   "give sqlite:PATH or postgres://",
		"sqlite:":                            "needs a path",
		"sqlite:/there/is/no/such/directory": "check that its directory exists",
		"sqlite:" + notes:                    "is a SQLite database",
		"postgres://p:s3cret@" + port + "/x?sslmode=disable": "check that PostgreSQL runs there",
		"postgres://p:s3cr%t@localhost/x":                    "malformed database address",
		"postgres://p:s3cret@localhost/x?sslmode=perhaps":    "sslmode",
	}
	for url, want := range tests {
		_, err := storage.Open(t.Context(), url)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q): error %v, want one with %q", url, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cr") {
			t.Errorf("Open(%q): the error shows the password: %v", url, err)
		}
	}
}

// A server that takes the connection and says nothing must not hold us for ever.
func TestOpenGivesUp(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			defer conn.Close()
		}
		cancel() // stands for the end of its patience
		<-t.Context().Done()
	}()
	_, err = storage.Open(ctx, "postgres://p:s3cret@"+listener.Addr().String()+"/x?sslmode=disable")
	if err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("error %v", err)
	}
}

// A path may hold what means something else in a URI.
func TestOpenTakesAnyPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "base 100% sûre?#1.db")
	if err := migrated("sqlite:" + path); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.db"))
	if err != nil || !slices.Equal(files, []string{path}) {
		t.Errorf("files %q, %v; want %q", files, err, path)
	}
}
