package federation

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

func TestBacklog(t *testing.T) {
	ctx, now := t.Context(), parvistest.Noon
	db, err := storage.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "parvis.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	n := parvistest.Malakoff()
	if err := db.InTx(ctx, func(ctx context.Context, tx *storage.DBTx) error { return tx.AddNode(ctx, n) }); err != nil {
		t.Fatal(err)
	}
	stored := func(host string) { // by another process
		t.Helper()
		err := db.Node(n.ID).InTx(ctx, func(ctx context.Context, tx *storage.Tx) error {
			return tx.AddJob(ctx, &parvis.Job{Kind: parvis.JobInbox, Host: host, Args: []byte("{}"), RunAt: now, CreatedAt: now})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	b := &backlog{limit: 10} // two of each server
	answer := func(host string) int {
		t.Helper()
		err := b.admit(ctx, db, host, now)
		var no *refusal
		if err != nil && (!errors.As(err, &no) || !errors.Is(err, errBacklog)) {
			t.Fatal(err)
		}
		if no == nil {
			return http.StatusAccepted
		}
		return no.status
	}
	expect := func(host string, want int) {
		t.Helper()
		if got := answer(host); got != want {
			t.Errorf("%s is answered %d, want %d", host, got, want)
		}
	}
	stored("loud.example")
	expect("loud.example", http.StatusAccepted)
	b.add("loud.example", 1)
	expect("loud.example", http.StatusTooManyRequests)
	expect("vanves.example", http.StatusAccepted)
	b.add("loud.example", -1)
	expect("loud.example", http.StatusAccepted)

	for _, host := range []string{"a", "a", "b", "b", "c", "c", "d", "d", "e"} {
		b.add(host, 1)
	}
	expect("vanves.example", http.StatusServiceUnavailable)
	// What others digested meanwhile is seen soon.
	now = now.Add(backlogTrust + time.Second)
	expect("vanves.example", http.StatusAccepted)
	stored("loud.example")
	now = now.Add(-time.Hour) // a clock that is set back does not stop it
	expect("loud.example", http.StatusTooManyRequests)

	b.limit = 0
	expect("loud.example", http.StatusAccepted)
}
