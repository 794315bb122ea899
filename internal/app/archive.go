package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Voice writes what people said as other servers read it, each with its JSON-LD context.
// The federation package is one.
type Voice interface {
	// ActorDocument writes an account of this node.
	ActorDocument(n *parvis.Node, acc *parvis.Account) ([]byte, error)
	// EntryDocument writes the Create of a local post, or the Announce of a share.
	EntryDocument(ctx context.Context, n *parvis.Node, e storage.HomeEntry) ([]byte, error)
}

// AskArchive has an archive made of everything of a resident's. Another may be asked for
// after [parvis.ArchiveEvery].
func (a *App) AskArchive(ctx context.Context, n *parvis.Node, g Guest) error {
	if err := a.fresh(g); err != nil {
		return err
	}
	now := a.Now()
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		err := t.AskArchive(ctx, g.Viewer.ID(), now, now.Add(-parvis.ArchiveEvery))
		if err != nil {
			return taken(err, "archive", "archive.soon")
		}
		return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobArchive, Lane: "archive:" + g.Viewer.ID().String()}, parvis.ArchiveArgs{Account: g.Viewer.ID()})
	})
}

// Archive returns the viewer's archive; nil if they asked for none lately.
func (a *App) Archive(ctx context.Context, n *parvis.Node, v parvis.Viewer) (*parvis.Archive, error) {
	kept, err := a.node(n).Archive(ctx, v.ID())
	if errors.Is(err, parvis.ErrNotFound) || err == nil && !a.Now().Before(kept.Ends()) {
		return nil, nil
	}
	return kept, err
}

// OpenArchive opens the file of a resident's archive; one that is not there is
// parvis.ErrNotFound. Whoever has it has everything, so the session must be fresh.
func (a *App) OpenArchive(ctx context.Context, n *parvis.Node, g Guest) (*os.File, *parvis.Archive, error) {
	if err := a.fresh(g); err != nil {
		return nil, nil, err
	}
	kept, err := a.Archive(ctx, n, g.Viewer)
	if err != nil {
		return nil, nil, err
	}
	if kept == nil || !kept.Ready() {
		return nil, nil, parvis.ErrNotFound
	}
	file, err := os.Open(a.archivePath(kept.AccountID))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, parvis.ErrNotFound
	}
	return file, kept, err
}

func (a *App) archivePath(account parvis.ID) string {
	return filepath.Join(a.Archives, account.String()+".zip")
}

// MakeArchive runs a JobArchive.
func (a *App) MakeArchive(ctx context.Context, j *parvis.Job) error {
	var args parvis.ArchiveArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.ID, err)
	}
	n, err := a.DB.NodeByID(ctx, j.NodeID)
	if err != nil {
		return err
	}
	asked, err := a.node(n).Archive(ctx, args.Account)
	if errors.Is(err, parvis.ErrNotFound) {
		return a.removeArchive(args.Account) // the account was deleted, and a run that was killed left the file
	}
	if err != nil || asked.Ready() {
		return err
	}
	v, login, err := a.viewer(ctx, n, args.Account)
	if err != nil {
		return ignore(err, parvis.ErrNotFound) // they left meanwhile
	}
	if asked.Size, err = a.inTurn(ctx, n, v, login); err != nil {
		return err
	}
	asked.ReadyAt = a.Now()
	err = a.inTx(context.WithoutCancel(ctx), n, func(ctx context.Context, t *storage.Tx) error {
		if err := t.FinishArchive(ctx, asked); err != nil {
			return err
		}
		return a.write(ctx, t, parvis.MailArgs{About: parvis.MailArchive, To: v.ID()})
	})
	if errors.Is(err, parvis.ErrConflict) {
		return a.removeArchive(v.ID()) // the account was deleted meanwhile, or another archive is to be made
	}
	return err
}

// archivePatience is how long making an archive may take: longer than other work.
const archivePatience = time.Hour

// turns lets two archives be made at a time in a process: they take room and time.
var turns = make(chan struct{}, 2)

// inTurn is saveArchive, when others are done, with a patience of its own; it ends when the
// process does.
func (a *App) inTurn(ctx context.Context, n *parvis.Node, v parvis.Viewer, login *parvis.Login) (int64, error) {
	long, cancel := context.WithTimeout(context.WithoutCancel(ctx), archivePatience)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.Canceled) {
			cancel()
		}
	})()
	select {
	case turns <- struct{}{}:
	case <-long.Done():
		return 0, long.Err()
	}
	defer func() { <-turns }()
	return a.saveArchive(long, n, v, login)
}

// saveArchive writes an archive so that it is there whole or not at all, and returns its
// size. What a run that was killed left is removed.
func (a *App) saveArchive(ctx context.Context, n *parvis.Node, v parvis.Viewer, login *parvis.Login) (size int64, err error) {
	if err := os.MkdirAll(a.Archives, 0o700); err != nil {
		return 0, err
	}
	if err := a.removeParts(v.ID()); err != nil {
		return 0, err
	}
	file, err := os.CreateTemp(a.Archives, v.ID().String()+"-*.part")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignore(file.Close(), os.ErrClosed), ignore(os.Remove(file.Name()), os.ErrNotExist))
		}
	}()
	if err := a.writeArchive(ctx, n, v, login, file); err != nil {
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return 0, err
	}
	return info.Size(), os.Rename(file.Name(), a.archivePath(v.ID()))
}

func (a *App) removeParts(account parvis.ID) error {
	parts, err := filepath.Glob(filepath.Join(a.Archives, account.String()+"-*.part"))
	for _, part := range parts {
		err = errors.Join(err, ignore(os.Remove(part), os.ErrNotExist))
	}
	return err
}

// removeArchive removes the file of an archive, and what is left of one that was begun.
func (a *App) removeArchive(account parvis.ID) error {
	if a.Archives == "" {
		return nil
	}
	return errors.Join(a.removeParts(account), ignore(os.Remove(a.archivePath(account)), os.ErrNotExist))
}

// sweepArchives removes archives whose time is over: first the file, so that none is
// forgotten.
func (a *App) sweepArchives(ctx context.Context, n *parvis.Node) error {
	before := a.Now().Add(-parvis.ArchiveLife)
	old, err := a.node(n).OldArchives(ctx, before, sweepRows)
	if err != nil {
		return err
	}
	for _, account := range old {
		if err := a.removeArchive(account); err != nil {
			return err
		}
		if err := a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.DropArchive(ctx, account, before) }); err != nil {
			return err
		}
	}
	return nil
}
