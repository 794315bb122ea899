package parvistest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// An Engine is one of the databases Parvis runs on.
type Engine struct {
	// Name is "sqlite" or "postgres".
	Name string

	fresh func(t testing.TB) string
	copy  func(t testing.TB, template string, prepare func(url string) error) string
}

// Engines returns every engine that this machine can offer. SQLite is always
// among them. PostgreSQL is the server that PARVIS_TEST_POSTGRES names, where
// databases are created and dropped, or else a cluster of our own, started by
// the first test that asks and gone with the process.
func Engines(t testing.TB) []Engine {
	t.Helper()
	engines := []Engine{{Name: "sqlite", fresh: sqliteFresh, copy: sqliteCopy}}
	if os.Getenv("PARVIS_TEST_POSTGRES") != "" || postgresBin() != "" {
		return append(engines, Engine{Name: "postgres", fresh: postgresFresh, copy: postgresCopy})
	}
	absent(t, &saidPostgres, "the PostgreSQL half of this suite is left out: install PostgreSQL "+
		"(apt-get install postgresql), or set PARVIS_TEST_POSTGRES to the postgres:// URL of a server that may create databases")
	return engines
}

var saidPostgres sync.Once

// URL returns the address of a new, empty database, in the form that
// parvis --database takes. It is removed when the test ends.
func (e Engine) URL(t testing.TB) string {
	t.Helper()
	return e.fresh(t)
}

// Copy returns the address of a new database with the content that prepare
// gave to the first one of that template name in this process. Running the
// migrations once and copying the result is what keeps a suite of hundreds of
// databases fast. prepare must close what it opens.
func (e Engine) Copy(t testing.TB, template string, prepare func(url string) error) string {
	t.Helper()
	return e.copy(t, template, prepare)
}

// templates remembers, per template name, what its first user prepared.
type templates struct {
	mu   sync.Mutex
	once map[string]func() (string, error)
}

// get runs prepare once for each name, whoever asks first.
func (ts *templates) get(name string, prepare func() (string, error)) (string, error) {
	ts.mu.Lock()
	once, ok := ts.once[name]
	if !ok {
		once = sync.OnceValues(prepare)
		if ts.once == nil {
			ts.once = make(map[string]func() (string, error))
		}
		ts.once[name] = once
	}
	ts.mu.Unlock()
	return once()
}

var sqliteTemplates templates

func sqliteFresh(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "parvis.db")
}

// sqliteCopy keeps a template as bytes: no file outlives the test that made it.
func sqliteCopy(t testing.TB, template string, prepare func(url string) error) string {
	t.Helper()
	content, err := sqliteTemplates.get(template, func() (string, error) {
		dir, err := os.MkdirTemp("", "parvis-template-")
		if err != nil {
			return "", err
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "parvis.db")
		if err := prepare("sqlite:" + path); err != nil {
			return "", err
		}
		if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
			return "", fmt.Errorf("%s still has a write-ahead log: prepare must close the database", path)
		}
		data, err := os.ReadFile(path)
		return string(data), err
	})
	if err != nil {
		t.Fatalf("prepare the SQLite template %q: %v", template, err)
	}
	url := sqliteFresh(t)
	if err := os.WriteFile(strings.TrimPrefix(url, "sqlite:"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return url
}
