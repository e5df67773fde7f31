package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/kontorhq/kontor/plugins/sdk/kit"
)

// authorCmds are for who writes plugins.
func authorCmds() []*cobra.Command {
	return []*cobra.Command{testCmd(), newCmd(), callCmd(), benchCmd(), docsCmd()}
}

var errChecks = errors.New("the plugin does not keep to the contract")

func testCmd() *cobra.Command {
	var only []string
	var asJSON, quick bool
	var junit string
	c := &cobra.Command{
		Use: "test FOLDER", Short: "Hold a plugin against the contract, launched as the host launches it", Args: cobra.ExactArgs(1),
		Long: "Builds the folder's program if it holds Go, seals a copy, starts it and runs every check that concerns it. Examples come from FOLDER/fixtures.",
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := examine(cmd, args[0], only, quick)
			if err != nil {
				return err
			}
			if junit != "" {
				var b bytes.Buffer
				if err := r.WriteJUnit(&b); err != nil {
					return err
				}
				if err := os.WriteFile(junit, b.Bytes(), 0o644); err != nil { //nolint:gosec // a build server reads it
					return err
				}
			}
			if asJSON {
				err = r.WriteJSON(cmd.OutOrStdout())
			} else {
				r.WriteText(cmd.OutOrStdout())
			}
			if err == nil && !r.OK() {
				err = errChecks
			}
			return err
		},
	}
	c.Flags().StringSliceVar(&only, "only", nil, "patterns of names, such as 'pricing.*'")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&quick, "quick", false, "leave out what takes many seconds")
	c.Flags().StringVar(&junit, "junit", "", "write a JUnit report to this file too")
	return c
}

// examine runs the checks that match.
func examine(cmd *cobra.Command, dir string, only []string, quick bool) (kit.Report, error) {
	b, done, err := openFolder(cmd.Context(), dir)
	if err != nil {
		return kit.Report{}, err
	}
	defer done()
	checks := b.Checks(only...)
	if len(checks) == 0 {
		return kit.Report{}, fmt.Errorf("no check that concerns this plugin is called %v", only)
	}
	var r kit.Report
	r.Plugin, r.Version, _ = b.About()
	if r.Plugin == "" {
		r.Plugin = filepath.Base(dir)
	}
	for _, c := range checks {
		if quick && c.Needs&kit.Long != 0 {
			continue
		}
		r.Results = append(r.Results, b.Try(cmd.Context(), c))
		if err := cmd.Context().Err(); err != nil {
			return r, err
		}
	}
	if err := b.Dead(); err != nil && r.OK() {
		r.Results = append(r.Results, kit.Result{Check: "core.handshake", Level: kit.Must, Outcome: kit.Failed, Rule: "The program starts and says what it is.", Why: err.Error()})
	}
	return r, nil
}

func callCmd() *cobra.Command {
	var file, key string
	c := &cobra.Command{
		Use: "call SERVICE.RPC FOLDER", Short: "Make one call of a plugin and print the answer", Args: cobra.ExactArgs(2),
		Long: "The request is JSON without \"call\"; without -f it is the example of that name, FOLDER/fixtures/service.rpc.json. -f - reads standard input.",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			var body []byte
			switch file {
			case "":
			case "-":
				body, err = io.ReadAll(cmd.InOrStdin())
			default:
				body, err = os.ReadFile(file)
			}
			if err != nil {
				return err
			}
			b, done, err := openFolder(cmd.Context(), args[1])
			if err != nil {
				return err
			}
			defer done()
			out, err := b.Call(cmd.Context(), args[0], body, key)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(out)
			return err
		},
	}
	c.Flags().StringVarP(&file, "file", "f", "", "the request")
	c.Flags().StringVar(&key, "key", "", "the idempotency key of a call with an effect; none makes one")
	return c
}

var errBudget = errors.New("some numbers are beyond their budgets")

func benchCmd() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "bench FOLDER", Short: "Time a plugin and hold the numbers against their budgets", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, done, err := openFolder(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer done()
			all, err := b.Measure(cmd.Context())
			if err != nil {
				return err
			}
			var beyond error
			for _, m := range all {
				if !m.OK() {
					beyond = errBudget
				}
			}
			if asJSON {
				return errors.Join(json.NewEncoder(cmd.OutOrStdout()).Encode(all), beyond)
			}
			for _, m := range all {
				budget, mark := "", " "
				if m.Budget > 0 {
					budget = fmt.Sprintf("of %g", m.Budget)
				}
				if !m.OK() {
					mark = "!"
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s %-44s %10.2f %-4s %s\n", mark, m.Name, m.Value, m.Unit, budget)
			}
			return beyond
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func docsCmd() *cobra.Command {
	return &cobra.Command{
		Use: "docs [CHECK]", Short: "Print the contract's reference as Markdown, or what one check is about", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return kit.WriteCheck(cmd.OutOrStdout(), args[0])
			}
			return kit.WriteDocs(cmd.OutOrStdout())
		},
	}
}
