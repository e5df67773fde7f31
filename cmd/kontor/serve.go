package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/tenants"
)

func serveCmd() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve the marketplaces that the database holds", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd, false) },
	}
}

func demoCmd() *cobra.Command {
	return &cobra.Command{
		Use: "demo", Short: "Serve the demonstration: three marketplaces, a bank and a carrier that are simulated, a mailbox", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd, true) },
	}
}

func run(cmd *cobra.Command, demo bool) error {
	cfg, log, err := settings(cmd)
	if err != nil {
		return err
	}
	cfg.Demo = cfg.Demo || demo
	say := stages(cmd.OutOrStdout())
	p, err := app.Boot(cmd.Context(), cfg, log, false, say)
	if err != nil {
		return err
	}
	defer p.Close()
	if cfg.Demo {
		if err := p.StartSimulator(cmd.Context()); err != nil {
			return err
		}
		if err := seed(cmd.Context(), p, say); err != nil {
			return err
		}
	}
	return p.Serve(cmd.Context(), func(addr string) {
		say("ready on " + addr)
		if cfg.Demo {
			welcome(cmd.OutOrStdout(), p)
		}
	})
}

// stages prints one line a stage, with the time since the start.
func stages(w io.Writer) func(string) {
	start := time.Now()
	return func(what string) { fmt.Fprintf(w, "%6.1f s  %s\n", time.Since(start).Seconds(), what) }
}

// seed applies every blueprint that is built in; those applied before take a moment each.
func seed(ctx context.Context, p *app.Process, say func(string)) error {
	slugs, err := tenants.Slugs(tenants.FS)
	if err != nil {
		return err
	}
	for _, slug := range slugs {
		if done, err := p.House.Applied(ctx, slug); err != nil || done {
			if err != nil {
				return err
			}
			continue
		}
		b, err := tenants.Load(tenants.FS, slug)
		if err != nil {
			return err
		}
		if _, err := p.House.Apply(ctx, b, say); err != nil {
			return err
		}
	}
	return nil
}

// welcome says where to go and as whom.
func welcome(w io.Writer, p *app.Process) {
	fmt.Fprintf(w, "\nKontor is open. Everyone's password is %s\n", tenants.DemoPassword)
	slugs, _ := tenants.Slugs(tenants.FS)
	for _, slug := range slugs {
		b, err := tenants.Load(tenants.FS, slug)
		if err != nil {
			continue
		}
		for _, h := range b.Tenant.Hosts {
			if h.Canonical {
				fmt.Fprintf(w, "\n  %s  %s\n", b.Tenant.Names["en"], p.House.BaseURL(h.Name))
			}
		}
		for _, person := range b.People {
			if d := person.Demo["en"]; d != "" {
				fmt.Fprintf(w, "    %-34s %s\n", person.Email, d)
			}
		}
	}
	fmt.Fprintf(w, "\n  The simulated bank, where buyers pay: http://%s\n  Ctrl-C ends everything.\n\n", p.Config.SimulatorAddr)
}
