package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/parvis"
)

type nodeIdentityCmd struct {
	Add    identityAddCmd    `cmd:"" help:"Let another service answer for people, by OpenID Connect: FranceConnect, Keycloak, Nextcloud."`
	List   identityListCmd   `cmd:"" help:"List the services that answer for people."`
	Remove identityRemoveCmd `cmd:"" help:"Let a service answer for nobody any more."`
}

type identityAddCmd struct {
	nodeFlag
	Name              string `required:"" help:"What people call the service."`
	Issuer            string `required:"" placeholder:"URL" help:"Its address, as its discovery document says it."`
	ClientID          string `required:"" name:"client-id" help:"What it calls the node."`
	ClientSecretStdin bool   `required:"" help:"Read the secret that it gave the node from the first line of standard input."`
	Scopes            string `default:"openid profile email" help:"What to ask it to tell (${default})."`
	ACR               string `name:"acr" placeholder:"LEVELS" help:"The levels of assurance that are enough, with spaces between: eidas1."`
	Check             bool   `default:"true" negatable:"" help:"Ask the service first whether it is there."`
}

// Run implements the command.
func (cmd *identityAddCmd) Run(e env, c *config.Config) error {
	secret, err := firstLine(e.in)
	if err != nil {
		return fmt.Errorf("read the secret: %w", err)
	}
	p := &parvis.Provider{Name: cmd.Name, Issuer: cmd.Issuer, ClientID: cmd.ClientID, ClientSecret: secret, Scopes: cmd.Scopes, ACR: cmd.ACR}
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		if err := p.Validate(); err != nil {
			return err
		}
		if cmd.Check {
			if err := a.CheckProvider(e.ctx, p); err != nil {
				return fmt.Errorf("%w; --no-check adds it all the same", err)
			}
		}
		if err := a.AddProvider(e.ctx, n, p); errors.Is(err, parvis.ErrConflict) {
			return fmt.Errorf("%s answers already; `parvis node identity remove` ends that", p.Issuer)
		} else if err != nil {
			return err
		}
		_, err := fmt.Fprintf(e.out, "%s answers for people now. Register these addresses there:\n  after sign-in:  %s\n  after sign-out: %s\n",
			p.Name, n.URL(parvis.IdentityReturnPath), n.URL(parvis.SignOutReturnPath))
		return err
	})
}

// firstLine reads a secret that is not to be seen among the arguments.
func firstLine(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

type identityListCmd struct{ nodeFlag }

// Run implements the command. It does not show secrets.
func (cmd *identityListCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		providers, err := a.Providers(e.ctx, n)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
		for _, p := range providers {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Name, p.Issuer, p.ClientID, p.Scopes, p.ACR)
		}
		return w.Flush()
	})
}

type identityRemoveCmd struct {
	nodeFlag
	Issuer string `arg:"" name:"issuer" help:"Address of the service, as the list says it."`
}

// Run implements the command.
func (cmd *identityRemoveCmd) Run(e env, c *config.Config) error {
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		err := a.RemoveProvider(e.ctx, n, cmd.Issuer)
		if errors.Is(err, parvis.ErrNotFound) {
			return fmt.Errorf("no service %s answers here", cmd.Issuer)
		}
		return err
	})
}
