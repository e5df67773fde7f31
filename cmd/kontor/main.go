// Command kontor is the platform in one program: the server, and the operator's tool.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/platform/config"
	"github.com/kontorhq/kontor/core/platform/telemetry"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := root().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "kontor:", plain(err))
		os.Exit(1)
	}
}

func root() *cobra.Command {
	c := &cobra.Command{
		Use: "kontor", Short: "Kontor hosts branded B2B marketplaces", Version: app.Version,
		SilenceUsage: true, SilenceErrors: true,
	}
	c.PersistentFlags().String("config", "", "configuration file (YAML); KONTOR_* variables go first")
	c.AddCommand(serveCmd(), demoCmd(), tenantCmd(), cellCmd(), verifyCmd(), whyCmd(), auditCmd(), configCmd(), doctorCmd(), pluginCmd())
	return c
}

// plain is an error in words for a person: what is wrong, where, and what to do.
func plain(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind == fault.Internal {
		return err.Error()
	}
	out := f.Text()
	for _, x := range f.Fields {
		out += fmt.Sprintf("\n  %s: %s %s", x.Path, x.Reason, x.Detail)
	}
	for _, r := range f.Reasons {
		out += "\n  " + r.Detail + " " + r.Fix
	}
	if f.Next != "" {
		out += "\n" + f.Fill(f.Next)
	}
	return out
}

// settings loads the configuration and a logger that follows it.
func settings(cmd *cobra.Command) (config.Config, *slog.Logger, error) {
	file, err := cmd.Flags().GetString("config")
	if err != nil {
		return config.Config{}, nil, err
	}
	cfg, err := config.Load(file)
	if err != nil {
		return cfg, nil, err
	}
	log, err := telemetry.NewLogger(os.Stderr, cfg.LogFormat, cfg.Log.String())
	return cfg, log, err
}

// tool runs fn with a house that may stand beside a running server.
func tool(cmd *cobra.Command, fn func(ctx context.Context, p *app.Process) error) error {
	cfg, log, err := settings(cmd)
	if err != nil {
		return err
	}
	p, err := app.Boot(cmd.Context(), cfg, log, true, func(string) {})
	if err != nil {
		return err
	}
	defer p.Close()
	return fn(cmd.Context(), p)
}
