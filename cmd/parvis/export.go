package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// listFlag names one of the lists that a resident takes along.
type listFlag struct {
	nodeFlag
	Account string `arg:"" help:"Name of the account."`
	List    string `arg:"" enum:"follows,blocks" help:"follows or blocks."`
}

// withResident is withNode for a command that acts for a resident.
func (f listFlag) withResident(e env, c *config.Config, do func(*app.App, *parvis.Node, parvis.Viewer) error) error {
	return f.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		rows := a.DB.Node(n.ID)
		acc, err := rows.AccountByAcct(e.ctx, f.Account)
		if errors.Is(err, parvis.ErrNotFound) {
			return noResident(f.Account, n)
		}
		if err != nil {
			return err
		}
		login, err := rows.Login(e.ctx, acc.ID)
		if errors.Is(err, parvis.ErrNotFound) {
			return noResident(f.Account, n)
		}
		if err != nil {
			return err
		}
		return do(a, n, parvis.Viewer{Account: acc, Role: login.Role})
	})
}

func noResident(name string, n *parvis.Node) error {
	return fmt.Errorf("there is no account %s on %s that can log in", name, n.Host)
}

type accountExportCmd struct {
	listFlag
}

// Run implements the command. It prints the list alone, for files and scripts.
func (cmd *accountExportCmd) Run(e env, c *config.Config) error {
	return cmd.withResident(e, c, func(a *app.App, n *parvis.Node, v parvis.Viewer) error {
		write := map[parvis.ImportKind]func(context.Context, *parvis.Node, parvis.Viewer, io.Writer) error{
			parvis.ImportFollows: a.ExportFollows, parvis.ImportBlocks: a.ExportBlocks}[parvis.ImportKind(cmd.List)]
		return write(e.ctx, n, v, e.out)
	})
}

type accountImportCmd struct {
	listFlag
	File string `arg:"" help:"The file, or - for standard input."`
}

// Run implements the command.
func (cmd *accountImportCmd) Run(e env, c *config.Config) error {
	in, err := e.open(cmd.File)
	if err != nil {
		return err
	}
	defer in.Close()
	return cmd.withResident(e, c, func(a *app.App, n *parvis.Node, v parvis.Viewer) error {
		if err := a.ImportAccounts(e.ctx, n, v, app.Importing{Kind: parvis.ImportKind(cmd.List), File: in}); err != nil {
			return err
		}
		_, err := fmt.Fprintln(e.out, "the server works through the list; `parvis account imports "+cmd.Account+"` tells how far it is")
		return err
	})
}

type accountImportsCmd struct {
	nodeFlag
	Account string `arg:"" help:"Name of the account."`
}

// Run implements the command.
func (cmd *accountImportsCmd) Run(e env, c *config.Config) error {
	return listFlag{nodeFlag: cmd.nodeFlag, Account: cmd.Account}.withResident(e, c, func(a *app.App, n *parvis.Node, v parvis.Viewer) error {
		imports, err := a.Imports(e.ctx, n, v)
		if err != nil {
			return err
		}
		for _, i := range imports {
			fmt.Fprintf(e.out, "%s: %d done, %d already, %d waiting, %d failed, %d lines left out\n", i.Kind, i.Done, i.Already, i.Waiting, i.Failed, i.Skipped)
			for _, line := range i.Problems {
				fmt.Fprintf(e.out, "  %s: %s\n", line.Address, line.Problem)
			}
		}
		return nil
	})
}
