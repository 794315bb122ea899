package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/mail"
	"github.com/parvis-coop/parvis/internal/parvis"
)

type mailCmd struct {
	Bounce mailBounceCmd `cmd:"" help:"Read from standard input a mail that came back, for a mail server to run."`
}

type mailBounceCmd struct{}

// Run implements the command. What is no report of a delivery, or of none of our mails, is
// passed over without an error: a mail server would send that back, to whoever forged it.
func (*mailBounceCmd) Run(e env, c *config.Config) error {
	report, err := mail.ReadReport(e.in)
	if errors.Is(err, mail.ErrNoReport) || err == nil && !report.Gone {
		_, err = fmt.Fprintln(e.out, "nothing to note")
		return err
	}
	if err != nil {
		return err
	}
	name, host, _ := strings.Cut(report.MessageID, "@")
	return withApp(e, c, func(a *app.App) error {
		nodes, err := a.DB.Nodes(e.ctx)
		if err != nil {
			return err
		}
		said := "nothing to note"
		for _, n := range nodes {
			if n.Hostname() != host {
				continue
			}
			switch err := a.MailReturned(e.ctx, n, name, report.Status); {
			case err == nil:
				said = "noted"
			case !errors.Is(err, parvis.ErrNotFound):
				return err
			}
		}
		_, err = fmt.Fprintln(e.out, said)
		return err
	})
}
