package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontorhq/kontor/plugins/examples"
)

// languages are what a plugin can be begun in, with the capabilities that each example has.
var languages = map[string][]string{
	"go":     {"pricing", "logistics", "payment"},
	"python": {"pricing"},
	"node":   {"pricing"},
}

var pluginID = regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9-]+){1,3}$`)

// draft is a plugin to be begun.
type draft struct {
	lang, id, dir, kontor string
	caps                  []string
}

func newCmd() *cobra.Command {
	var d draft
	c := &cobra.Command{
		Use: "new ID", Short: "Begin a plugin: a program that works, its manifest and its examples", Args: cobra.ExactArgs(1),
		Long: "ID is publisher.name, such as acme.steel. What is made passes `kontor plugin test` as it is.",
		RunE: func(cmd *cobra.Command, args []string) error {
			d.id = args[0]
			if err := d.check(); err != nil {
				return err
			}
			if err := d.write(); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is made; next: kontor plugin test %s\n", d.dir, d.dir)
			return nil
		},
	}
	c.Flags().StringVar(&d.lang, "lang", "go", "go, python or node")
	c.Flags().StringSliceVar(&d.caps, "cap", []string{"pricing"}, "what it can do: pricing, logistics, payment")
	c.Flags().StringVar(&d.dir, "dir", "", "the folder to make (default the last word of ID)")
	c.Flags().StringVar(&d.kontor, "kontor", "", "a checkout of Kontor to build against, for a folder outside of it")
	return c
}

func (d *draft) check() error {
	has, ok := languages[d.lang]
	switch {
	case !pluginID.MatchString(d.id):
		return fmt.Errorf("%q is no id: publisher.name, in small letters", d.id)
	case !ok:
		return fmt.Errorf("there is no example in %q", d.lang)
	case len(d.caps) == 0:
		return errors.New("--cap names what the plugin can do")
	}
	for _, c := range d.caps {
		if !slices.Contains(has, c) {
			return fmt.Errorf("the example in %s has no %q; it has %s", d.lang, c, strings.Join(has, ", "))
		}
	}
	if d.dir == "" {
		d.dir = d.id[strings.LastIndex(d.id, ".")+1:]
	}
	if _, err := os.Stat(d.dir); err == nil {
		return fmt.Errorf("%s is there already", d.dir)
	}
	if alone, err := d.alone(); err != nil || alone && d.lang == "go" && d.kontor == "" {
		return errors.Join(err, errors.New("outside of a checkout of Kontor, --kontor names one to build against"))
	}
	return nil
}

// wants says whether a file of the example belongs to what is asked for.
func (d *draft) wants(name string) bool {
	base := path.Base(name)
	for _, c := range languages[d.lang] {
		if !slices.Contains(d.caps, c) && strings.HasPrefix(base, c+".") {
			return false
		}
	}
	return base != "outside.go" || d.outward()
}

// outward says whether it asks anybody outside.
func (d *draft) outward() bool {
	return slices.Contains(d.caps, "logistics") || slices.Contains(d.caps, "payment")
}

func (d *draft) write() error {
	err := fs.WalkDir(examples.Files, d.lang, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !d.wants(name) {
			return err
		}
		b, err := fs.ReadFile(examples.Files, name)
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(name, d.lang+"/")
		mode := os.FileMode(0o644)
		if strings.HasPrefix(string(b), "#!") {
			mode = 0o755
		}
		return d.put(rel, d.adapt(rel, string(b)), mode)
	})
	if err != nil {
		return err
	}
	if d.lang == "go" {
		if err := d.module(); err != nil {
			return err
		}
	}
	return d.put("README.md", d.readme(), 0o644)
}

func (d *draft) put(name, text string, mode os.FileMode) error {
	at := filepath.Join(d.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil { //nolint:gosec // the author's own
		return err
	}
	return os.WriteFile(at, []byte(text), mode)
}

// fields of main.go and keys of plugin.yaml are a line each, so that a line less is a
// capability less.
func (d *draft) adapt(name, text string) string {
	text = strings.ReplaceAll(text, "example."+d.lang, d.id)
	var out strings.Builder
	for line := range strings.Lines(text) {
		word, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(line)), ":")
		known := slices.Contains(languages[d.lang], word) && (name == "main.go" || name == "plugin.yaml" || name == "plugin")
		if known && !slices.Contains(d.caps, word) {
			continue
		}
		if name == "plugin.yaml" && !d.outward() && (word == "permissions" || word == "egress" || word == "secrets") {
			continue
		}
		if name == "plugin.yaml" && word == "title" {
			line = "title: {en: " + d.id + ", zh-CN: " + d.id + "}\n"
		}
		if name == "main.go" && strings.HasPrefix(line, "// Command") {
			line = "// Command " + filepath.Base(d.dir) + " is a plugin to begin with: each thing that it can do is in a\n"
			out.WriteString(line)
			line = "// file of its own.\n"
		}
		if name == "main.go" && strings.HasPrefix(line, "// file of its own.") && strings.Contains(line, "kontor plugin new") {
			continue
		}
		out.WriteString(line)
	}
	return out.String()
}

const kontorModule = "github.com/kontorhq/kontor"

// alone says whether the folder will stand outside of every checkout of Kontor.
func (d *draft) alone() (bool, error) {
	abs, err := filepath.Abs(d.dir)
	if err != nil {
		return false, err
	}
	for at := filepath.Dir(abs); ; at = filepath.Dir(at) {
		if b, err := os.ReadFile(filepath.Join(at, "go.mod")); err == nil && strings.HasPrefix(string(b), "module "+kontorModule+"\n") {
			return false, nil
		}
		if at == filepath.Dir(at) {
			return true, nil
		}
	}
}

// module makes the plugin a module of its own, where it needs to be one.
func (d *draft) module() error {
	alone, err := d.alone()
	if err != nil || !alone {
		return err
	}
	from, err := filepath.Abs(d.kontor)
	if err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(from, "go.mod"))
	if err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(from, "go.sum"))
	if err != nil {
		return err
	}
	// What Kontor requires is required here too, at the same versions: then nothing has to be
	// looked up to build.
	text := strings.Replace(string(mod), "module "+kontorModule+"\n", "module "+d.id+"\n", 1)
	text += "\nrequire " + kontorModule + " v0.0.0\n\nreplace " + kontorModule + " => " + from + "\n"
	return errors.Join(d.put("go.mod", text, 0o644), d.put("go.sum", string(sum), 0o644))
}

func (d *draft) readme() string {
	return "# " + d.id + "\n\nA plugin of Kontor that offers " + strings.Join(d.caps, ", ") + ".\n\n" +
		"```\nkontor plugin test .          # every rule of the contract that concerns it\nkontor plugin bench .         # how fast it is, against the budgets\n" +
		"kontor plugin docs            # the contract\nkontor plugin pack . --key K  # one signed file of it\n```\n\n" +
		"`plugin.yaml` says what it is and what it may; `fixtures/` holds examples, with which it is tried: its settings, and\n" +
		"requests as the contract writes them. `{{outside}}` in the settings is a bank and carrier that the test plays.\n" + d.more()
}

// more is what a language wants first.
func (d *draft) more() string {
	return map[string]string{
		"python": "\nIt runs with /usr/bin/python3 and what `requirements.txt` names: `pip install -r requirements.txt`, or the packages of the system.\n",
		"node":   "\nIt takes its packages along: `npm install --no-bin-links` before the first test.\n",
	}[d.lang]
}
