package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/tenancy"
)

func exportCmd() *cobra.Command {
	return &cobra.Command{
		Use: "export SLUG FILE", Short: "Write all of a marketplace's data to one file", Args: cobra.ExactArgs(2), Example: "  kontor tenant export steel steel.zip",
		RunE: func(cmd *cobra.Command, args []string) error {
			return tool(cmd, func(ctx context.Context, p *app.Process) error {
				r, err := p.House.ExportNow(ctx, args[0], func(step string) { fmt.Fprintln(cmd.OutOrStdout(), step) })
				if err != nil {
					return err
				}
				if r.State != tenancy.RunDone {
					s, _ := r.Failed()
					return errors.New("the export was given up: " + s.Error)
				}
				body, size, err := p.House.OpenExport(r)
				if err != nil {
					return err
				}
				defer body.Close()
				if err := save(args[1], body); err != nil {
					return err
				}
				out, _ := app.Packed(r)
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %d rows of %d tables, %d files, %d bytes\nsha256 %s\n", args[1], out.Rows, out.Tables, out.Files, size, out.SHA256)
				return nil
			})
		},
	}
}

func rotateCmd() *cobra.Command {
	return &cobra.Command{
		Use: "rotate-key SLUG", Short: "Give a marketplace a new encryption key, and seal everything anew", Args: cobra.ExactArgs(1), Example: "  kontor tenant rotate-key steel",
		RunE: func(cmd *cobra.Command, args []string) error {
			return tool(cmd, func(ctx context.Context, p *app.Process) error {
				r, err := p.House.RotateNow(ctx, args[0], func(step string) { fmt.Fprintln(cmd.OutOrStdout(), step) })
				if err != nil {
					return err
				}
				if r.State != tenancy.RunDone {
					s, _ := r.Failed()
					return errors.New("the rotation was given up: " + s.Error)
				}
				fmt.Fprintln(cmd.OutOrStdout(), "the key was changed")
				return nil
			})
		},
	}
}

// save writes a file that is whole or not there.
func save(name string, body io.Reader) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

func importCmd() *cobra.Command {
	var in app.ImportInput
	var en, zh string
	c := &cobra.Command{
		Use: "import FILE --slug NAME", Short: "Make a new marketplace out of an export", Args: cobra.ExactArgs(1),
		Example: "  kontor tenant import steel.zip --slug steel-copy\n  kontor tenant import steel.zip --slug steel-test --anonymise",
		RunE: func(cmd *cobra.Command, args []string) error {
			return tool(cmd, func(ctx context.Context, p *app.Process) error {
				in.File, in.Base = args[0], p.Config.BaseDomain
				if en != "" || zh != "" {
					in.Names = map[string]string{"en": en, "zh-CN": zh}
				}
				out, err := p.House.Import(ctx, in)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %d rows of %d tables, %d files, at %s\nPeople ask for a new password at the sign-in page.\n", in.Slug, out.Rows, out.Tables, out.Files, p.House.BaseURL(out.Host))
				return nil
			})
		},
	}
	c.Flags().StringVar(&in.Slug, "slug", "", "short name of the new marketplace")
	c.Flags().StringVar(&en, "name", "", "its name in English; as exported if left out")
	c.Flags().StringVar(&zh, "name-zh", "", "its name in Chinese")
	c.Flags().BoolVar(&in.Anonymise, "anonymise", false, "replace who is in it: names, addresses, numbers, texts, files")
	_ = c.MarkFlagRequired("slug")
	return c
}
