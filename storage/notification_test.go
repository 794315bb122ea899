package storage_test

import (
	"context"
	"testing"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// tell stores that an account was told something, and returns the notification's id.
func (w *town) tell(tx *storage.Tx, n parvis.Notification) parvis.ID {
	w.Helper()
	if err := tx.Notify(w.ctx, &n); err != nil {
		w.Fatal(err)
	}
	return n.ID
}

// kept returns how much an account was told that is still here, and whether of a type.
func (w *town) kept(who *parvis.Account, typ parvis.NotificationType) (all int, has bool) {
	w.Helper()
	types := must[[]string](w)(w.db.Strings(w.ctx, "SELECT type FROM notifications WHERE account_id = ?", who.ID))
	for _, t := range types {
		has = has || t == string(typ)
	}
	return len(types), has
}

// TestNotificationsLeaveAfterATime: read or not; what waits for an answer stays.
func TestNotificationsLeaveAfterATime(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		post := w.drills(w.jeanne, 1)[0]
		w.do(func(_ context.Context, tx *storage.Tx) error {
			w.tell(tx, parvis.Notification{AccountID: w.jeanne.ID, FromID: w.karim.ID, Type: parvis.NotifyFollowRequest, CreatedAt: after(0)})
			w.tell(tx, parvis.Notification{AccountID: w.jeanne.ID, FromID: w.karim.ID, Type: parvis.NotifyLike, PostID: post.ID, CreatedAt: after(1)})
			w.tell(tx, parvis.Notification{AccountID: w.jeanne.ID, FromID: w.odile.ID, Type: parvis.NotifyLike, PostID: post.ID, CreatedAt: after(3)})
			return nil
		})
		for minute, want := range []int{3, 3, 2, 2, 1} {
			if err := w.db.Sweep(w.ctx, after(minute).Add(parvis.NotificationLife), time.Hour); err != nil {
				t.Fatal(err)
			}
			if got, asks := w.kept(w.jeanne, parvis.NotifyFollowRequest); got != want || !asks {
				t.Errorf("%d minutes later %d are kept, with the request: %v; want %d with it", minute, got, asks, want)
			}
		}
	})
}

// TestAnAccountKeepsTheLatestNotifications: what is beyond the bound goes when more
// comes, the oldest first; what waits for an answer stays, and so do others' own.
func TestAnAccountKeepsTheLatestNotifications(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, w *town) {
		w.do(func(_ context.Context, tx *storage.Tx) error {
			w.tell(tx, parvis.Notification{AccountID: w.jeanne.ID, FromID: w.karim.ID, Type: parvis.NotifyFollowRequest, CreatedAt: after(0)})
			w.tell(tx, parvis.Notification{AccountID: w.odile.ID, FromID: w.karim.ID, Type: parvis.NotifyFollow, CreatedAt: after(0)})
			w.tell(tx, parvis.Notification{AccountID: w.jeanne.ID, FromID: w.karim.ID, Type: parvis.NotifyFollow, CreatedAt: after(0)})
			for post := parvis.ID(1); ; post++ {
				id := w.tell(tx, parvis.Notification{AccountID: w.jeanne.ID, FromID: w.karim.ID, Type: parvis.NotifyLike, PostID: post, CreatedAt: after(1)})
				if post > parvis.MaxNotifications && id%storage.TrimEvery == 0 {
					return nil
				}
			}
		})
		if got, asks := w.kept(w.jeanne, parvis.NotifyFollowRequest); got != parvis.MaxNotifications+1 || !asks {
			t.Errorf("%d are kept, with the request: %v; want %d and it", got, asks, parvis.MaxNotifications)
		}
		if _, old := w.kept(w.jeanne, parvis.NotifyFollow); old {
			t.Error("the oldest stayed")
		}
		if got, _ := w.kept(w.odile, ""); got != 1 {
			t.Errorf("Odile keeps %d, want hers", got)
		}
	})
}
