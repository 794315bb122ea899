package storage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

var errChanged = errors.New("changed my mind")

// Many verbs run at once; some fail, some panic. Exactly the good ones are stored,
// whether all may be run again, or none, or some.
func TestConcurrentTransactionsFailAlone(t *testing.T) {
	for name, repeatable := range map[string]func(i int) bool{
		"none": func(int) bool { return false },
		"all":  func(int) bool { return true },
		"some": func(i int) bool { return i%5 != 0 },
	} {
		t.Run(name, func(t *testing.T) { failAlone(t, repeatable) })
	}
}

func failAlone(t *testing.T, repeatable func(i int) bool) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		const count = 120
		errs := make([]error, count)
		var all sync.WaitGroup
		for i := range count {
			all.Go(func() {
				run := w.n.InTx
				if repeatable(i) {
					run = w.n.InRepeatableTx
				}
				errs[i] = run(w.ctx, func(ctx context.Context, tx *storage.Tx) error {
					name := fmt.Sprintf("habitant%03d", i)
					if err := tx.AddAccount(ctx, parvistest.Resident(w.node, name, name)); err != nil {
						return err
					}
					switch i % 4 {
					case 1:
						return errChanged
					case 2:
						panic("broken")
					case 3:
						// A conflict is answered by the statement and must not end the transaction.
						return tx.AddAccount(ctx, parvistest.Jeanne(w.node))
					}
					return nil
				})
			})
		}
		all.Wait()
		var want, got []string
		for i, err := range errs {
			switch i % 4 {
			case 0:
				want = append(want, fmt.Sprintf("habitant%03d", i))
				if err != nil {
					t.Errorf("transaction %d: %v", i, err)
				}
			case 1:
				if err != errChanged {
					t.Errorf("transaction %d: error %v, want %v as it is", i, err, errChanged)
				}
			case 2:
				if err == nil || !strings.Contains(err.Error(), "panic in a transaction: broken") {
					t.Errorf("transaction %d: error %v, want the panic", i, err)
				}
			case 3:
				if !errors.Is(err, parvis.ErrConflict) {
					t.Errorf("transaction %d: error %v, want ErrConflict", i, err)
				}
			}
		}
		for _, a := range must[[]*parvis.Account](t)(w.n.SearchAccounts(w.ctx, "habitant", 0, count)) {
			got = append(got, a.Username)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("stored: -want +got\n%s", diff)
		}
	})
}

func TestACancelledRequestNeverStarts(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ctx, cancel := context.WithCancel(w.ctx)
		cancel()
		for range 20 { // a choice between two ready channels is random
			err := w.n.InTx(ctx, func(context.Context, *storage.Tx) error {
				t.Error("it runs")
				return nil
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want Canceled", err)
			}
		}
	})
}

// Once begun, a transaction is not broken off: on SQLite others share it.
func TestACancelledRequestRunsToItsEnd(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		ctx, cancel := context.WithCancel(w.ctx)
		err := w.n.InTx(ctx, func(ctx context.Context, tx *storage.Tx) error {
			cancel()
			return tx.AddAccount(ctx, parvistest.Resident(w.node, "paul", "Paul"))
		})
		if err != nil {
			t.Error(err)
		}
		if _, err := w.n.AccountByAcct(w.ctx, "paul"); err != nil {
			t.Errorf("what was written: %v", err)
		}
	})
}

func TestATransactionInsideATransactionIsRefused(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		err := w.try(func(ctx context.Context, _ *storage.Tx) error {
			return w.n.InTx(ctx, func(context.Context, *storage.Tx) error { return nil })
		})
		if err == nil || !strings.Contains(err.Error(), "transaction inside a transaction") {
			t.Errorf("error %v", err)
		}
	})
}

func TestCloseWaitsAndMayBeCalledTwice(t *testing.T) {
	for _, engine := range parvistest.Engines(t) {
		t.Run(engine.Name, func(t *testing.T) {
			t.Parallel()
			url := engine.Copy(t, "migrated", migrated)
			db, err := storage.Open(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			started, finish, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			go func() {
				done <- db.InTx(context.Background(), func(ctx context.Context, tx *storage.DBTx) error {
					close(started)
					<-finish
					return tx.AddNode(ctx, parvistest.Malakoff())
				})
			}()
			<-started
			// Others wait for their turn while the database closes.
			var waiting sync.WaitGroup
			refused := make([]error, 8)
			for i := range refused {
				waiting.Go(func() {
					refused[i] = db.InTx(context.Background(), func(ctx context.Context, tx *storage.DBTx) error {
						_, err := tx.Nodes(ctx)
						return err
					})
				})
			}
			closed := make(chan error, 1)
			go func() { closed <- db.Close() }()
			close(finish)
			if err := <-done; err != nil {
				t.Errorf("the running transaction: %v", err)
			}
			if err := <-closed; err != nil {
				t.Errorf("Close: %v", err)
			}
			waiting.Wait()
			if err := db.Close(); err != nil {
				t.Errorf("Close again: %v", err)
			}
			if err := db.InTx(t.Context(), func(context.Context, *storage.DBTx) error { return nil }); err == nil {
				t.Error("a closed database takes a transaction")
			}
			if nodes, err := open(t, url).Nodes(t.Context()); err != nil || len(nodes) != 1 {
				t.Errorf("what was stored: %v, %v", nodes, err)
			}
		})
	}
}

// When SQLite gives up a whole transaction, nobody in its batch is told that
// their work is stored, and the writer goes on.
func TestALostTransactionIsLostForAll(t *testing.T) {
	w := newTown(t, parvistest.Engines(t)[0])
	hold, held := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	var errs [3]error
	all.Go(func() {
		errs[0] = w.try(func(ctx context.Context, tx *storage.Tx) error {
			close(held)
			<-hold
			return tx.AddAccount(ctx, parvistest.Resident(w.node, "paul", "Paul"))
		})
	})
	<-held
	all.Go(func() {
		errs[1] = w.db.InTx(w.ctx, func(ctx context.Context, tx *storage.DBTx) error { return tx.Exec(ctx, "ROLLBACK") })
	})
	all.Go(func() {
		errs[2] = w.try(func(ctx context.Context, tx *storage.Tx) error {
			return tx.AddAccount(ctx, parvistest.Resident(w.node, "rose", "Rose"))
		})
	})
	close(hold)
	all.Wait()
	for i, name := range []string{"paul", "", "rose"} {
		if name == "" {
			if errs[i] == nil {
				t.Error("the transaction that ended all says that it worked")
			}
			continue
		}
		_, err := w.n.AccountByAcct(w.ctx, name)
		if stored := err == nil; stored != (errs[i] == nil) {
			t.Errorf("%s was told %v, but is stored: %v", name, errs[i], stored)
		}
	}
	w.do(func(ctx context.Context, tx *storage.Tx) error {
		return tx.AddAccount(ctx, parvistest.Resident(w.node, "ines", "Inès"))
	})
}

func TestWakeTellsOfJobsThatWereStored(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		woken := func() bool {
			select {
			case <-w.db.Wake():
				return true
			default:
				return false
			}
		}
		add := func(ctx context.Context, tx *storage.Tx) error {
			return tx.AddJob(ctx, &parvis.Job{Kind: parvis.JobHome, Args: []byte("{}"), RunAt: parvistest.Noon, CreatedAt: parvistest.Noon})
		}
		if err := w.try(func(ctx context.Context, tx *storage.Tx) error { return errors.Join(add(ctx, tx), errChanged) }); err == nil || woken() {
			t.Error("a job that was not stored wakes the workers")
		}
		w.do(add)
		w.do(add)
		if !woken() || woken() {
			t.Error("two jobs do not wake the workers once")
		}
		home, deliver := []parvis.JobKind{parvis.JobPublish, parvis.JobHome}, []parvis.JobKind{parvis.JobDeliver}
		if concerns := w.db.Rung(); !concerns(home) || concerns(deliver) {
			t.Error("other workers are woken than those of the jobs' kind")
		}
		if w.db.Rung()(home) {
			t.Error("workers are told twice of the same jobs")
		}
		w.do(func(context.Context, *storage.Tx) error { return nil })
		if woken() {
			t.Error("a transaction without jobs wakes the workers")
		}
	})
}

// What no engine can store must not make a statement fail, and both keep the same.
func TestStrangeTextsAreStoredAlike(t *testing.T) {
	texts := map[string]string{
		"l’été d’Odile": "l’été d’Odile", "Robert'); DROP TABLE posts;--": "Robert'); DROP TABLE posts;--", `a\b?c?0`: `a\b?c?0`,
		"x\x00y": "xy", "\xffz": "\uFFFDz", "🪛 😀": "🪛 😀", "": "",
	}
	onEveryEngine(t, func(t *testing.T, w *town) {
		for text, want := range texts {
			w.jeanne.Bio, w.jeanne.Fields = text, []parvis.Field{{Name: text}}
			w.do(func(ctx context.Context, tx *storage.Tx) error { return tx.UpdateAccount(ctx, w.jeanne) })
			got := must[*parvis.Account](t)(w.n.Account(w.ctx, w.jeanne.ID))
			if got.Bio != want {
				t.Errorf("%q is kept as %q, want %q", text, got.Bio, want)
			}
			if !slices.Equal(got.Fields, []parvis.Field{{Name: strings.ToValidUTF8(text, "\uFFFD")}}) {
				t.Errorf("%q in a field is kept as %q", text, got.Fields)
			}
		}
	})
}
