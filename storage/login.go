package storage

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/parvis-coop/parvis/internal/parvis"
)

type loginRow struct {
	bun.BaseModel `bun:"table:logins"`

	AccountID    parvis.ID `bun:",pk"`
	NodeID       parvis.ID
	Email        string
	PasswordHash string
	Role         parvis.Role
	Language     string
	CreatedAt    int64
	LastSeenAt   int64
	ConfirmedAt  int64
	StatedAge    int
	Charter      int
	TOTPSecret   string `bun:"totp_secret"`
	TOTPStep     int64  `bun:"totp_step"`
}

func (r *loginRow) login() *parvis.Login {
	return &parvis.Login{AccountID: r.AccountID, Email: r.Email, PasswordHash: r.PasswordHash, Role: r.Role,
		Language: r.Language, CreatedAt: at(r.CreatedAt), LastSeenAt: at(r.LastSeenAt),
		ConfirmedAt: at(r.ConfirmedAt), StatedAge: r.StatedAge, Charter: r.Charter, TOTPSecret: r.TOTPSecret, TOTPStep: r.TOTPStep}
}

func (n *Node) loginRow(l *parvis.Login) *loginRow {
	return &loginRow{AccountID: l.AccountID, NodeID: n.node, Email: l.Email, PasswordHash: l.PasswordHash, Role: l.Role,
		Language: l.Language, CreatedAt: ms(l.CreatedAt), LastSeenAt: ms(l.LastSeenAt),
		ConfirmedAt: ms(l.ConfirmedAt), StatedAge: l.StatedAge, Charter: l.Charter, TOTPSecret: l.TOTPSecret, TOTPStep: l.TOTPStep}
}

// AddLogin stores how a resident signs in; a mail address that is taken is
// parvis.ErrConflict.
func (n *Tx) AddLogin(ctx context.Context, l *parvis.Login) error {
	return n.db.insert(ctx, n.loginRow(l))
}

// SetPassword stores the hash of an account's new password.
func (n *Tx) SetPassword(ctx context.Context, account parvis.ID, hash string) error {
	_, err := n.exec(ctx, "UPDATE logins SET password_hash = ? WHERE account_id = ? AND node_id = ?", hash, account, n.node)
	return err
}

// SetEmail stores an account's mail address, and when its owner showed that they read
// its mail; an address that is taken is parvis.ErrConflict.
func (n *Tx) SetEmail(ctx context.Context, account parvis.ID, email string, confirmed time.Time) error {
	_, err := n.exec(ctx, "UPDATE logins SET email = ?, confirmed_at = ? WHERE account_id = ? AND node_id = ?", email, ms(confirmed), account, n.node)
	return err
}

// SetLastSeen notes when an account was here last.
func (n *Tx) SetLastSeen(ctx context.Context, account parvis.ID, day time.Time) error {
	_, err := n.exec(ctx, "UPDATE logins SET last_seen_at = ?0 WHERE account_id = ?1 AND node_id = ?2 AND last_seen_at < ?0", ms(day), account, n.node)
	return err
}

// Login returns the login of an account.
func (n *Node) Login(ctx context.Context, account parvis.ID) (*parvis.Login, error) {
	return n.oneLogin(ctx, "account_id = ?", account)
}

// LoginByEmail returns a login by its mail address.
func (n *Node) LoginByEmail(ctx context.Context, email string) (*parvis.Login, error) {
	return n.oneLogin(ctx, "email = ?", strings.ToLower(email))
}

// Roles returns what accounts may do here; those without a login are left out.
func (n *Node) Roles(ctx context.Context, accounts []parvis.ID) (map[parvis.ID]parvis.Role, error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	var rows []loginRow
	err := n.raw("SELECT account_id, role FROM logins WHERE account_id IN (?) AND +node_id = ?", listOf(accounts), n.node).Scan(ctx, &rows)
	roles := make(map[parvis.ID]parvis.Role, len(rows))
	for _, r := range rows {
		roles[r.AccountID] = r.Role
	}
	return roles, translate(err)
}

func (n *Node) oneLogin(ctx context.Context, where string, arg any) (*parvis.Login, error) {
	var r loginRow
	if err := n.raw("SELECT "+n.db.columns(r, "")+" FROM logins WHERE node_id = ? AND "+where, n.node, arg).Scan(ctx, &r); err != nil {
		return nil, translate(err)
	}
	return r.login(), nil
}

// teamLimit bounds how many people one report is mailed to.
const teamLimit = 50

// Team returns the logins of the moderators and admins who may act.
func (n *Node) Team(ctx context.Context) ([]*parvis.Login, error) {
	var rows []loginRow
	err := n.db.q.NewSelect().Model(&rows).Where("node_id = ?", n.node).
		Where("role <> 'resident'"). // as its index says
		Where("EXISTS (SELECT 1 FROM accounts a WHERE a.id = login_row.account_id AND a.suspended_at = 0 AND a.deleted_at = 0)").
		Order("account_id").Limit(teamLimit).Scan(ctx)
	team := make([]*parvis.Login, len(rows))
	for i := range rows {
		team[i] = rows[i].login()
	}
	return team, translate(err)
}

// AddToken stores an app's token under the hash of its secret.
func (n *Tx) AddToken(ctx context.Context, hash string, t *parvis.Token) error {
	if t.ID == 0 {
		t.ID = parvis.NewID(t.CreatedAt)
	}
	_, err := n.exec(ctx, "INSERT INTO tokens (id, node_id, account_id, hash, name, scopes, created_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
		t.ID, n.node, t.AccountID, hash, t.Name, strings.Join(t.Scopes, " "), ms(t.CreatedAt))
	return err
}

// Token returns an app's token; a revoked one is parvis.ErrNotFound.
func (n *Node) Token(ctx context.Context, hash string) (*parvis.Token, error) {
	var t parvis.Token
	var scopes string
	var created int64
	err := n.raw("SELECT id, account_id, name, scopes, created_at FROM tokens WHERE hash = ? AND node_id = ? AND revoked_at = 0",
		hash, n.node).Scan(ctx, &t.ID, &t.AccountID, &t.Name, &scopes, &created)
	t.Scopes, t.CreatedAt = strings.Fields(scopes), at(created)
	return &t, translate(err)
}

// Attempts returns how often something was tried lately, and until when that counts.
func (db *DB) Attempts(ctx context.Context, key string, now time.Time) (count int, until time.Time, err error) {
	var ends int64
	err = db.statement("SELECT count, until FROM attempts WHERE key = ? AND until > ?", key, ms(now)).Scan(ctx, &count, &ends)
	if err = translate(err); errors.Is(err, parvis.ErrNotFound) {
		return 0, time.Time{}, nil
	}
	return count, at(ends), err
}

// CountAttempt counts one more try and returns how many there were with it, and
// until when they count; the first starts a window that lasts until until.
func (db *DB) CountAttempt(ctx context.Context, key string, now, until time.Time) (count int, end time.Time, err error) {
	var ends int64
	err = db.InTx(ctx, func(ctx context.Context, t *DBTx) error {
		return t.statement(`INSERT INTO attempts (key, count, until) VALUES (?, 1, ?) ON CONFLICT (key) DO UPDATE SET
			count = CASE WHEN attempts.until > ? THEN attempts.count + 1 ELSE 1 END,
			until = CASE WHEN attempts.until > ? THEN attempts.until ELSE excluded.until END
			RETURNING count, until`, key, ms(until), ms(now), ms(now)).Scan(ctx, &count, &ends)
	})
	return count, at(ends), err
}

// ForgetAttempts clears a count, after a success.
func (db *DB) ForgetAttempts(ctx context.Context, key string) error {
	return db.write(ctx, "DELETE FROM attempts WHERE key = ?", key)
}
