package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontorhq/kontor/core/platform/pluginhost"
)

func pluginCmd() *cobra.Command {
	c := &cobra.Command{Use: "plugin", Short: "Plugins"}
	c.AddCommand(&cobra.Command{
		Use: "seal FOLDER...", Short: "Write the checksum of each plugin's program into its manifest; nothing else is ever run", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, dir := range args {
				if err := pluginhost.Seal(dir); err != nil {
					return fmt.Errorf("%s: %w", dir, err)
				}
			}
			return nil
		},
	})
	return c
}
