package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/platform/pg/embedded"
	"github.com/kontorhq/kontor/tenants"
)

func tenantCmd() *cobra.Command {
	c := &cobra.Command{Use: "tenant", Short: "Marketplaces"}
	list := &cobra.Command{
		Use: "list", Short: "List them", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return tool(cmd, func(ctx context.Context, p *app.Process) error {
				all, err := p.House.Tenancy.All(ctx)
				for _, t := range all {
					fmt.Fprintf(cmd.OutOrStdout(), "%-12s %-10s %-10s %s\n", t.Slug, t.Kind, t.State, p.House.BaseURL(t.CanonicalHost()))
				}
				return err
			})
		},
	}
	var planOnly bool
	apply := &cobra.Command{
		Use: "apply FOLDER", Short: "Create or update one from its blueprint; prints the difference first", Args: cobra.ExactArgs(1), Example: "  kontor tenant apply tenants/steel",
		RunE: func(cmd *cobra.Command, args []string) error {
			return tool(cmd, func(ctx context.Context, p *app.Process) error { return apply(cmd, ctx, p, args[0], planOnly) })
		},
	}
	apply.Flags().BoolVar(&planOnly, "plan", false, "only print the difference")
	c.AddCommand(list, apply, exportCmd(), moveCmd(), importCmd(), rotateCmd())
	return c
}

func apply(cmd *cobra.Command, ctx context.Context, p *app.Process, folder string, planOnly bool) error {
	folder = filepath.Clean(folder)
	b, err := tenants.Load(os.DirFS(filepath.Dir(folder)), filepath.Base(folder))
	if err != nil {
		return err
	}
	diff, err := p.House.Plan(ctx, b)
	if err != nil {
		return err
	}
	fmt.Fprint(cmd.OutOrStdout(), diff)
	if planOnly {
		return nil
	}
	_, err = p.House.Apply(ctx, b, stages(cmd.OutOrStdout()))
	return err
}

func verifyCmd() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Prove the platform's invariants over all data, and say what was checked", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return tool(cmd, func(ctx context.Context, p *app.Process) error {
				report, err := p.House.Verify(ctx)
				if err != nil {
					return err
				}
				fmt.Fprint(cmd.OutOrStdout(), report)
				if report.Broken() {
					return errors.New("at least one invariant does not hold")
				}
				return nil
			})
		},
	}
}

func whyCmd() *cobra.Command {
	var tenant, facts string
	c := &cobra.Command{
		Use: "why ACTOR ACTION [OBJECT]", Short: "Explain why somebody may or may not do something", Args: cobra.RangeArgs(2, 3),
		Example: "  kontor why --tenant steel buyer@steel.example sourcing.rfq.publish\n  kontor why --tenant pharma buyer2@pharma.example ordering.order.place --facts order.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			return tool(cmd, func(ctx context.Context, p *app.Process) error {
				object := ""
				if len(args) == 3 {
					object = args[2]
				}
				text, err := p.House.Why(ctx, tenant, args[0], args[1], object, facts)
				fmt.Fprint(cmd.OutOrStdout(), text)
				return err
			})
		},
	}
	c.Flags().StringVar(&tenant, "tenant", "", "slug of the marketplace")
	c.Flags().StringVar(&facts, "facts", "", "JSON file with the facts that the rules should look at")
	_ = c.MarkFlagRequired("tenant")
	return c
}

func configCmd() *cobra.Command {
	return &cobra.Command{
		Use: "config", Short: "Print the effective configuration, without secrets", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, _, err := settings(cmd)
			if err != nil {
				return err
			}
			return cfg.Print(cmd.OutOrStdout())
		},
	}
}

func doctorCmd() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Say what was found, what is missing and how to get it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w := cmd.OutOrStdout()
			fmt.Fprintln(w, "PostgreSQL 15 to 18")
			usable := false
			for _, f := range embedded.Find() {
				mark := " "
				switch {
				case f.Chosen:
					mark, usable = "*", true
				case f.OK:
					mark = "+"
				}
				fmt.Fprintf(w, "  %s %-22s %s\n", mark, f.Step, strings.TrimSpace(strings.Join([]string{f.Where, f.Version, f.Note}, " ")))
			}
			if !usable {
				fmt.Fprintln(w, "  none: install PostgreSQL 15 or newer (apt-get install postgresql) or set KONTOR_DATABASE_URL")
			}
			fmt.Fprintln(w, "Programs beside kontor")
			dir := filepath.Dir(os.Args[0])
			if exe, err := os.Executable(); err == nil {
				dir = filepath.Dir(exe)
			}
			for _, name := range []string{"simulator", "plugins/steelprice/plugin", "plugins/freight/plugin", "plugins/escrow/plugin"} {
				say(w, filepath.Join(dir, name), "make build")
			}
			fmt.Fprintln(w, "For the tests")
			for _, name := range []string{"chromium", "npm"} {
				if path, err := exec.LookPath(name); err == nil {
					fmt.Fprintf(w, "  + %s\n", path)
				} else {
					fmt.Fprintf(w, "    %s is missing: make test-tools installs it\n", name)
				}
			}
			return nil
		},
	}
}

func say(w io.Writer, path, fix string) {
	if _, err := os.Stat(path); err != nil {
		fmt.Fprintf(w, "    %s is missing: %s\n", path, fix)
		return
	}
	fmt.Fprintf(w, "  + %s\n", path)
}
