package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parvis-coop/parvis/internal/oidc"
	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/storage"
)

// Providers lists the services that may answer for people on a node.
func (a *App) Providers(ctx context.Context, n *parvis.Node) ([]*parvis.Provider, error) {
	return a.node(n).Providers(ctx)
}

// provider returns one of them.
func (a *App) provider(ctx context.Context, n *parvis.Node, is func(*parvis.Provider) bool) (*parvis.Provider, error) {
	all, err := a.Providers(ctx, n)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], nil
	}
	return nil, parvis.ErrNotFound
}

func issuedBy(issuer string) func(*parvis.Provider) bool {
	return func(p *parvis.Provider) bool { return p.Issuer == issuer }
}

// CheckProvider asks a service whether it is there and speaks what we do.
func (a *App) CheckProvider(ctx context.Context, p *parvis.Provider) error {
	if err := a.Identities.Check(ctx, p); err != nil {
		return fmt.Errorf("ask %s what it is: %w", p.Issuer, err)
	}
	return nil
}

// AddProvider lets a service answer for people on a node. One with the same address
// is there already: parvis.ErrConflict.
func (a *App) AddProvider(ctx context.Context, n *parvis.Node, p *parvis.Provider) error {
	p.Name, p.Issuer, p.CreatedAt = strings.TrimSpace(p.Name), strings.TrimSpace(p.Issuer), a.Now()
	p.Scopes, p.ACR = strings.Join(strings.Fields(p.Scopes), " "), strings.Join(strings.Fields(p.ACR), " ")
	if err := p.Validate(); err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error {
		there, err := t.Providers(ctx)
		if err != nil {
			return err
		}
		if len(there) >= parvis.MaxProviders {
			return parvis.Invalid("name", "provider.many", "Max", parvis.MaxProviders)
		}
		return t.AddProvider(ctx, p)
	})
}

// RemoveProvider stops the service with an address from answering for people. Their
// accounts stay tied to it, in case it comes back.
func (a *App) RemoveProvider(ctx context.Context, n *parvis.Node, issuer string) error {
	p, err := a.provider(ctx, n, issuedBy(issuer))
	if err != nil {
		return err
	}
	return a.inTx(ctx, n, func(ctx context.Context, t *storage.Tx) error { return t.RemoveProvider(ctx, p.ID) })
}

// SignOutThere returns the address where the service that let a guest in signs them
// out too; empty if there is none, or if it does not answer.
func (a *App) SignOutThere(ctx context.Context, n *parvis.Node, s parvis.Session) (string, error) {
	if s.IDToken == "" {
		return "", nil
	}
	issuer, err := oidc.IssuerOf(s.IDToken)
	if err != nil {
		return "", err
	}
	p, err := a.provider(ctx, n, issuedBy(issuer))
	if err != nil {
		return "", ignore(err, parvis.ErrNotFound)
	}
	state, _ := newSecret()
	address, err := a.Identities.SignOut(ctx, p, s.IDToken, n.URL(parvis.SignOutReturnPath), state)
	if errors.Is(err, oidc.ErrSilent) {
		return "", nil
	}
	return address, err
}
