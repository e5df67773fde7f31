package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontorhq/kontor/core/app"
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
	}, &cobra.Command{
		Use: "doctor", Short: "Say how safely this machine can hold plugins, and which of those here it is not enough for", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, _, err := settings(cmd)
			if err != nil {
				return err
			}
			least, err := app.PluginTier(cfg)
			if err != nil {
				return err
			}
			return tell(cmd.OutOrStdout(), pluginhost.Doctor(cmd.Context(), app.PluginDirs(cfg), least))
		},
	})
	c.AddCommand(packCmds()...)
	c.AddCommand(authorCmds()...)
	return c
}

// promises are what each tier holds back, for the reader of a doctor's findings.
var promises = map[string]string{
	"S1": "a user of its own, limits on memory and files, no way to gain rights, a clean environment",
	"S2": "no network, no other process, a read-only file system of its own, system calls filtered",
	"S3": "a container or a kernel of its own",
}

var errNotHeld = errors.New("some plugins would be refused here")

// tell writes a diagnosis down; it is an error if a plugin would not be run.
func tell(w io.Writer, d pluginhost.Diagnosis) error {
	fmt.Fprintln(w, "What plugins can be held in")
	for _, f := range d.Tiers {
		mark, what := "+", promises[f.Tier.String()]
		if f.Err != nil {
			mark, what = " ", "not here: "+f.Err.Error()
		}
		fmt.Fprintf(w, "  %s %s  %s\n", mark, f.Tier, what)
		if f.Err == nil {
			fmt.Fprintf(w, "       tried: user %d, capabilities %s, processes in sight %d, network %s\n", f.Sight.User, orNone(f.Sight.Caps), len(f.Sight.Processes), orNone(strings.Join(f.Sight.Interfaces, " ")))
		}
	}
	fmt.Fprintln(w, "Plugins")
	var refused error
	for _, f := range d.Plugins {
		mark, what := "+", "runs in "+f.Tier.String()
		if f.Err != nil {
			mark, what, refused = " ", "refused: "+plain(f.Err), errNotHeld
		}
		fmt.Fprintf(w, "  %s %-14s %s %s  %s\n", mark, f.Folder, f.ID, f.Version, what)
	}
	if len(d.Plugins) == 0 {
		fmt.Fprintln(w, "    none: make build makes those that come with kontor")
	}
	return refused
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
