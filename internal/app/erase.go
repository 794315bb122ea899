package app

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// eraseBatch is how many posts or follows of a deleted account one transaction
// takes: others wait for it.
const eraseBatch = parvis.MaxPage

// erase deletes an account. What it published and whom it knew goes by and by.
func (a *App) erase(ctx context.Context, t *storage.Tx, acc *parvis.Account) error {
	if err := t.EraseAccount(ctx, acc, a.Now()); err != nil {
		return err
	}
	return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobErase}, parvis.EraseArgs{Account: acc.ID})
}

// Erase runs a JobErase: it deletes the next posts of a deleted account, or ends the
// next follows, and enqueues itself as long as some may be left.
func (a *App) Erase(ctx context.Context, j *parvis.Job) error {
	var args parvis.EraseArgs
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("arguments of job %s: %w", j.ID, err)
	}
	if err := a.removeArchive(args.Account); err != nil {
		return err
	}
	return a.DB.Node(j.NodeID).InTx(ctx, func(ctx context.Context, t *storage.Tx) error {
		posts, err := a.erasePosts(ctx, t, args.Account)
		if err != nil {
			return err
		}
		cut := 0
		if posts < eraseBatch {
			if cut, err = t.CutFollows(ctx, args.Account, eraseBatch); err != nil {
				return err
			}
		}
		if posts < eraseBatch && cut < eraseBatch {
			return nil
		}
		return a.enqueue(ctx, t, parvis.Job{Kind: parvis.JobErase}, args)
	})
}

// erasePosts deletes the next posts of an account and returns how many.
func (a *App) erasePosts(ctx context.Context, t *storage.Tx, account parvis.ID) (int, error) {
	posts, err := t.PostsBy(ctx, account, allAudiences, true, parvis.Page{Limit: eraseBatch})
	if err != nil {
		return 0, err
	}
	for _, p := range posts {
		if err := t.DeletePost(ctx, p, a.Now()); err != nil {
			return 0, err
		}
	}
	return len(posts), nil
}
