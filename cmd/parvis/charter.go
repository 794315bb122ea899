package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parvis-coop/parvis/internal/app"
	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/parvis"
)

type nodeCharterCmd struct {
	nodeFlag
	File   string `arg:"" help:"Markdown, with ## before headings; - reads standard input."`
	Change string `required:"" help:"What is new, in a line, for those who know the rules so far."`
	Ask    bool   `help:"Everybody has to accept them again."`
}

// Run implements the command. It prints the number of the version.
func (cmd *nodeCharterCmd) Run(e env, c *config.Config) error {
	source, err := cmd.read(e)
	if err != nil {
		return err
	}
	return cmd.withNode(e, c, func(a *app.App, n *parvis.Node) error {
		charter := parvis.Charter{Version: n.Charter + 1, Source: source, Change: cmd.Change, Asked: cmd.Ask}
		if err := a.PublishCharter(e.ctx, n, charter); err != nil {
			return err
		}
		_, err := fmt.Fprintf(e.out, "version %d: %s\n", charter.Version, n.URL("/regles"))
		return err
	})
}

// read reads the text, and a little more than a charter may have: it is refused then.
func (cmd *nodeCharterCmd) read(e env) (text string, err error) {
	in := e.in
	if cmd.File != "-" {
		file, err := os.Open(cmd.File)
		if err != nil {
			return "", err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		in = file
	}
	b, err := io.ReadAll(io.LimitReader(in, 5*parvis.MaxCharter)) // four bytes a character at most
	return string(b), err
}
