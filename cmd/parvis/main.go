// Command parvis runs nodes of the Parvis network and manages them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/parvis-coop/parvis/internal/config"
	"github.com/parvis-coop/parvis/internal/i18n"
	"github.com/parvis-coop/parvis/internal/parvis"
)

// version is set by the build.
var version = "dev"

// commands is the one table of subcommands. Each reads the same settings.
type commands struct {
	config.Config

	Serve      serveCmd      `cmd:"" help:"Run the nodes of a database."`
	Demo       demoCmd       `cmd:"" help:"Run two nodes that are partners, filled with examples."`
	Node       nodeCmd       `cmd:"" help:"Manage nodes."`
	Partner    partnerCmd    `cmd:"" help:"Manage the nodes that a node exchanges with."`
	Federation federationCmd `cmd:"" help:"Decide with whom nodes exchange, and see how that goes."`
	Account    accountCmd    `cmd:"" help:"Manage accounts."`
	Token      tokenCmd      `cmd:"" help:"Manage the tokens of apps."`
	Mail       mailCmd       `cmd:"" help:"Deal with mail that came back."`
	Migrate    migrateCmd    `cmd:"" help:"Bring the database's schema up to date, and do nothing else."`
	Health     healthCmd     `cmd:"" help:"Ask the running process whether it is healthy; fails if not."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// An env is what a command may use of the world, so that tests can give their own.
type env struct {
	ctx    context.Context
	in     io.Reader
	out    io.Writer
	errOut io.Writer
}

// open opens a file that is named on the command line; - is standard input.
func (e env) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(e.in), nil
	}
	return os.Open(name)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(env{ctx, os.Stdin, os.Stdout, os.Stderr}, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "parvis:", explain(err))
		os.Exit(1)
	}
}

// run parses the arguments and runs the command that they name.
func run(e env, args []string) error {
	var c commands
	exited := false
	parser, err := kong.New(&c, kong.Name("parvis"), kong.Configuration(config.TOML), kong.Writers(e.out, e.errOut),
		kong.Description("A node of a free network of towns and associations: lend, help, ride together, decide."),
		kong.UsageOnError(), kong.Exit(func(int) { exited = true }))
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(args)
	if exited {
		return nil // help was printed
	}
	if err != nil {
		return err
	}
	return parsed.Run(e, &c.Config)
}

// explain says an error to the person at the terminal: problems as sentences.
func explain(err error) string {
	var invalid *parvis.InvalidError
	if !errors.As(err, &invalid) {
		return err.Error()
	}
	catalogue, loadErr := i18n.Load()
	if loadErr != nil {
		return err.Error()
	}
	p := catalogue.For("en")
	sentences := make([]string, len(invalid.Problems))
	for i, problem := range invalid.Problems {
		sentences[i] = p.T(problem.Key, problem.Args...)
	}
	return strings.Join(sentences, " ")
}

type versionCmd struct{}

// Run implements the command.
func (versionCmd) Run(e env) error {
	_, err := fmt.Fprintln(e.out, "parvis", version)
	return err
}
