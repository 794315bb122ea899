package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/parvis"
)

type partnerCmd struct {
	Add     partnerAddCmd     `cmd:"" help:"Ask another node to exchange with ours."`
	Approve partnerApproveCmd `cmd:"" help:"Agree to exchange with a node that asked."`
	List    partnerListCmd    `cmd:"" help:"List partners, and who asked whom."`
	Remove  partnerRemoveCmd  `cmd:"" help:"End an exchange, or a wish for one."`
}

// A partnerArg names the other node.
type partnerArg struct {
	nodeFlag
	PartnerHost string `arg:"" name:"host" help:"Public name of the other node."`
}

type partnerAddCmd struct{ partnerArg }

// Run implements the command.
func (cmd *partnerAddCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		p, err := a.AddPartner(e.ctx, n, cmd.PartnerHost)
		return sayPartner(e, p, err)
	})
}

type partnerApproveCmd struct{ partnerArg }

// Run implements the command.
func (cmd *partnerApproveCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		p, err := a.ApprovePartner(e.ctx, n, cmd.PartnerHost)
		if errors.Is(err, parvis.ErrNotFound) || errors.Is(err, parvis.ErrConflict) {
			return fmt.Errorf("%s has not asked; `parvis partner add %s` asks it", cmd.PartnerHost, cmd.PartnerHost)
		}
		return sayPartner(e, p, err)
	})
}

func sayPartner(e env, p *parvis.Partner, err error) error {
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "%s: %s\n", p.Host, p.State())
	return err
}

type partnerListCmd struct{ nodeFlag }

// Run implements the command.
func (cmd *partnerListCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		partners, err := a.Partners(e.ctx, n)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
		for _, p := range partners {
			fmt.Fprintf(w, "%s\t%s\t%s\n", p.Host, p.State(), p.Error)
		}
		return w.Flush()
	})
}

type partnerRemoveCmd struct{ partnerArg }

// Run implements the command.
func (cmd *partnerRemoveCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		err := a.RemovePartner(e.ctx, n, cmd.PartnerHost)
		if errors.Is(err, parvis.ErrNotFound) {
			return fmt.Errorf("there is no partner %s", cmd.PartnerHost)
		}
		return err
	})
}
