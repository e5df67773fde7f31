package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/kontorhq/kontor/core/app"
)

func auditCmd() *cobra.Command {
	c := &cobra.Command{Use: "audit", Short: "The record: prove it, take it along"}
	c.AddCommand(auditVerifyCmd(), auditExportCmd())
	return c
}

var errRecord = errors.New("the record is not what was sealed")

func auditVerifyCmd() *cobra.Command {
	var tenant, file, anchors string
	c := &cobra.Command{
		Use: "verify", Short: "Name the first row that was changed, removed or inserted", Args: cobra.NoArgs,
		Example: "  kontor audit verify\n  kontor audit verify --tenant steel --anchors /mnt/elsewhere/anchors\n  kontor audit verify --file steel-2026-10.zip",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file != "" {
				return verifyFile(cmd, file, anchors)
			}
			return tool(cmd, func(ctx context.Context, p *app.Process) error {
				whole, err := p.House.VerifyRecord(ctx, tenant, anchors, cmd.OutOrStdout())
				if err == nil && !whole {
					err = errRecord
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&tenant, "tenant", "", "slug of one marketplace; empty is all")
	c.Flags().StringVar(&file, "file", "", "an export to prove instead, without a database")
	c.Flags().StringVar(&anchors, "anchors", "", "folder with the noted heads; empty is the data folder's own")
	c.MarkFlagsMutuallyExclusive("tenant", "file")
	return c
}

func verifyFile(cmd *cobra.Command, file, anchors string) error {
	m, err := app.VerifyExport(file, anchors)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "ok     tenant %s, rows %d to %d, ends in %s\n", m.Tenant, m.First, m.Last, m.Head)
	return nil
}

func auditExportCmd() *cobra.Command {
	var tenant, from, until, out string
	c := &cobra.Command{
		Use: "export", Short: "Write a period of the record as a file that proves itself", Args: cobra.NoArgs,
		Example: "  kontor audit export --tenant steel --from 2026-10-01 --until 2026-11-01 --out steel-2026-10.zip",
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := time.Parse(time.DateOnly, from)
			if err != nil {
				return fmt.Errorf("--from: %w", err)
			}
			z, err := time.Parse(time.DateOnly, until)
			if err != nil {
				return fmt.Errorf("--until: %w", err)
			}
			return tool(cmd, func(ctx context.Context, p *app.Process) error { return export(cmd, ctx, p, tenant, a, z, out) })
		},
	}
	c.Flags().StringVar(&tenant, "tenant", "", "slug of the marketplace")
	c.Flags().StringVar(&from, "from", "", "first day (UTC), as 2026-10-01")
	c.Flags().StringVar(&until, "until", "", "the day after the last (UTC)")
	c.Flags().StringVar(&out, "out", "", "file to write; it must not exist yet")
	for _, name := range []string{"tenant", "from", "until", "out"} {
		_ = c.MarkFlagRequired(name)
	}
	return c
}

func export(cmd *cobra.Command, ctx context.Context, p *app.Process, tenant string, from, until time.Time, name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	m, err := p.House.ExportRecord(ctx, tenant, from, until, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: rows %d to %d, SHA-256 of audit.ndjson %s\n", name, m.First, m.Last, m.SHA256)
	return nil
}
