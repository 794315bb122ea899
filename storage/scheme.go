package storage

import (
	"context"
	"errors"
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// A Scheme says how a remote server takes signatures.
type Scheme struct {
	Name     string // empty if nothing was learnt
	LearntAt time.Time
}

// Scheme returns by which scheme a remote server takes signatures, as far as known.
func (db *DB) Scheme(ctx context.Context, host string) (Scheme, error) {
	var s Scheme
	var learnt int64
	err := db.statement("SELECT scheme, learnt_at FROM schemes WHERE host = ?", host).Scan(ctx, &s.Name, &learnt)
	s.LearntAt = at(learnt)
	if err = translate(err); errors.Is(err, parvis.ErrNotFound) {
		err = nil
	}
	return s, err
}

// SaveScheme stores by which scheme a remote server takes signatures.
func (db *DB) SaveScheme(ctx context.Context, host string, s Scheme) error {
	return db.write(ctx, `INSERT INTO schemes (host, scheme, learnt_at) VALUES (?, ?, ?)
		ON CONFLICT (host) DO UPDATE SET scheme = excluded.scheme, learnt_at = excluded.learnt_at`, host, s.Name, ms(s.LearntAt))
}
