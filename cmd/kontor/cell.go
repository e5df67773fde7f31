package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/tenancy"
)

func cellCmd() *cobra.Command {
	c := &cobra.Command{Use: "cell", Short: "Cells: the databases that marketplaces live in, with the processes that serve them"}
	list := &cobra.Command{
		Use: "list", Short: "List them with how many marketplaces each has, and whether it answers", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return tool(cmd, func(ctx context.Context, p *app.Process) error {
				all, err := p.House.CellList(ctx)
				for _, x := range all {
					fmt.Fprintf(cmd.OutOrStdout(), "%-12s %5d  %-12s %s\n", x.Name, x.Markets, x.Health, x.Address)
				}
				return err
			})
		},
	}
	var address, database string
	add := &cobra.Command{
		Use: "add NAME --address URL --database URL", Short: "Add one, or change its address; its database is prepared", Args: cobra.ExactArgs(1),
		Example: "  kontor cell add north --address http://10.0.0.2:8080 --database postgres://admin:…@10.0.0.3/kontor\n  kontor cell add main --address http://10.0.0.1:8080",
		RunE: func(cmd *cobra.Command, args []string) error {
			return tool(cmd, func(ctx context.Context, p *app.Process) error {
				if err := p.House.AddCell(ctx, args[0], address, database); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s answers at %s. Its processes are started with KONTOR_CELL=%s, KONTOR_CONTROL_URL and the same KONTOR_MASTER_KEY and KONTOR_SECRET as here.\n", args[0], address, args[0])
				return nil
			})
		},
	}
	add.Flags().StringVar(&address, "address", "", "where its processes answer the other cells', as http://host:port")
	add.Flags().StringVar(&database, "database", "", "an administrator's connection string of its database")
	_ = add.MarkFlagRequired("address")
	c.AddCommand(list, add)
	return c
}

func moveCmd() *cobra.Command {
	var to, note string
	var abort bool
	c := &cobra.Command{
		Use: "move SLUG --to CELL", Short: "Move a marketplace to another cell while it trades, or call that off", Args: cobra.ExactArgs(1),
		Example: "  kontor tenant move steel --to north\n  kontor tenant move steel --abort",
		RunE: func(cmd *cobra.Command, args []string) error {
			return tool(cmd, func(ctx context.Context, p *app.Process) error {
				if abort {
					return p.House.AbortMove(ctx, args[0], note)
				}
				if to == "" {
					return errors.New("say where to: --to CELL")
				}
				last := ""
				r, err := p.House.MoveNow(ctx, args[0], to, note, func(step string) {
					if step != last {
						fmt.Fprintln(cmd.OutOrStdout(), step)
					}
					last = step
				})
				if err != nil {
					return err
				}
				if r.State != tenancy.RunDone {
					s, _ := r.Failed()
					return errors.New("the marketplace stays where it was: " + s.Error)
				}
				fmt.Fprintln(cmd.OutOrStdout(), app.Moved(r))
				return nil
			})
		},
	}
	c.Flags().StringVar(&to, "to", "", "the cell to move it to")
	c.Flags().StringVar(&note, "note", "moved by the operator's tool", "why; kept in the record")
	c.Flags().BoolVar(&abort, "abort", false, "call its move off; it stays where it was")
	return c
}
