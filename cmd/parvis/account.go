package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/parvis"
)

type accountCmd struct {
	Create      accountCreateCmd      `cmd:"" help:"Make an account."`
	List        accountListCmd        `cmd:"" help:"List the accounts of a node."`
	Suspend     accountSuspendCmd     `cmd:"" help:"Stop an account from acting, and hide what it published."`
	Link        accountLinkCmd        `cmd:"" help:"Print a link with which the owner of an account comes in once, without a password."`
	ResetFactor accountResetFactorCmd `cmd:"" help:"Let the owner of an account in without a code, who lost their phone and recovery codes."`
	Delete      accountDeleteCmd      `cmd:"" help:"Delete an account and all that it published, everywhere."`
	RotateKeys  accountRotateKeysCmd  `cmd:"" help:"Give an account new signing keys, and tell other servers."`
	Export      accountExportCmd      `cmd:"" help:"Print whom a resident follows or blocks, as Mastodon's CSV."`
	Import      accountImportCmd      `cmd:"" help:"Follow or block, for a resident, the accounts of a CSV file in Mastodon's format."`
	Imports     accountImportsCmd     `cmd:"" help:"Show what became of the lists that were imported for a resident."`
}

type accountCreateCmd struct {
	nodeFlag
	Username      string `required:"" help:"Name of the account: permanent, a-z, 0-9, _ . -"`
	Email         string `required:"" help:"Mail address, for logging in."`
	Password      string `xor:"password" help:"Password; others on this machine may see it here, so rather:"`
	PasswordStdin bool   `xor:"password" help:"Read the password from the first line of standard input."`
	Role          string `default:"resident" help:"resident, moderator or admin (${default})."`
	Name          string `help:"Name that people see."`
}

// Run implements the command.
func (cmd *accountCreateCmd) Run(e env, c *config.Config) error {
	role, err := parvis.ParseRole(cmd.Role)
	if err != nil {
		return err
	}
	password := cmd.Password
	if cmd.PasswordStdin {
		if password, err = firstLine(e.in); err != nil {
			return fmt.Errorf("read the password: %w", err)
		}
	}
	if password == "" {
		return errors.New("give a password with --password-stdin or --password")
	}
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		acc, err := a.CreateAccount(e.ctx, n, app.NewAccount{Username: cmd.Username, Email: cmd.Email, Password: password,
			Role: role, Name: cmd.Name})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(e.out, acc.Handle(n.Host))
		return err
	})
}

type accountListCmd struct {
	nodeFlag
}

// Run implements the command.
func (cmd *accountListCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
		rows, page := a.DB.Node(n.ID), parvis.Page{Limit: parvis.MaxPage}
		for {
			accounts, err := rows.LocalAccounts(e.ctx, page)
			if err != nil {
				return err
			}
			for _, acc := range accounts {
				page.Before = acc.ID
				login, err := rows.Login(e.ctx, acc.ID)
				if errors.Is(err, parvis.ErrNotFound) {
					continue // a feed, the node itself, or a deleted account
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", acc.Username, acc.Name, login.Email, login.Role, acc.CreatedAt.Format(time.DateOnly), standing(acc))
			}
			if len(accounts) < parvis.MaxPage {
				return w.Flush()
			}
		}
	})
}

func standing(acc *parvis.Account) string {
	if !acc.SuspendedAt.IsZero() {
		return "suspended"
	}
	return "active"
}

type accountSuspendCmd struct {
	nodeFlag
	Account string `arg:"" help:"Name of the account."`
	Undo    bool   `help:"Let it act again."`
}

// Run implements the command.
func (cmd *accountSuspendCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		return a.Suspend(e.ctx, n, cmd.Account, cmd.Undo)
	})
}

type accountLinkCmd struct {
	nodeFlag
	Account string `arg:"" help:"Name of the account."`
}

// Run implements the command: for whoever lost their password where no mail is sent.
func (cmd *accountLinkCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		secret, err := a.LinkTicket(e.ctx, n, cmd.Account)
		if errors.Is(err, parvis.ErrNotFound) {
			return noResident(cmd.Account, n)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(e.out, n.URL("/connexion/lien?cle="+secret))
		return err
	})
}

type accountResetFactorCmd struct {
	nodeFlag
	Account string `arg:"" help:"Name of the account."`
}

// Run implements the command. The owner is told by mail, in case it was not them who asked.
func (cmd *accountResetFactorCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		err := a.ResetFactor(e.ctx, n, cmd.Account)
		switch {
		case errors.Is(err, parvis.ErrNotFound):
			return noResident(cmd.Account, n)
		case errors.Is(err, parvis.ErrConflict):
			return fmt.Errorf("%s is asked for no code", cmd.Account)
		}
		return err
	})
}

type accountDeleteCmd struct {
	nodeFlag
	Account string `arg:"" help:"Name of the account."`
}

// Run implements the command.
func (cmd *accountDeleteCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		return a.DeleteAccount(e.ctx, n, cmd.Account)
	})
}

type accountRotateKeysCmd struct {
	nodeFlag
	Account string `arg:"" help:"Name of the account."`
}

// Run implements the command.
func (cmd *accountRotateKeysCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		return a.RotateKeys(e.ctx, n, cmd.Account)
	})
}

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token with which an app acts for an account, and print it."`
}

type tokenCreateCmd struct {
	nodeFlag
	Account string `required:"" help:"Name of the account."`
	Scopes  string `default:"read write follow" help:"What the app may do, in the words of the Mastodon API (${default})."`
	Name    string `default:"parvis token create" help:"Name of the app (${default})."`
}

// Run implements the command. It prints the token alone, for scripts.
func (cmd *tokenCreateCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		secret, err := a.CreateToken(e.ctx, n, cmd.Account, cmd.Name, strings.Fields(cmd.Scopes))
		if errors.Is(err, parvis.ErrNotFound) {
			return noResident(cmd.Account, n)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(e.out, secret)
		return err
	})
}
