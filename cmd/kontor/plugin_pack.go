package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/platform/pluginhost/bundle"
)

// keyPassword names the variable that opens a private key, so that it stands in no history
// of commands.
const keyPassword = "KONTOR_PLUGIN_KEY_PASSWORD"

// packCmds make a plugin's package and look into one.
func packCmds() []*cobra.Command {
	var out, key string
	pack := &cobra.Command{
		Use: "pack FOLDER", Short: "Seal a plugin's folder, sign it, and make one file of it", Args: cobra.ExactArgs(1),
		Long: "Writes the digest of every file into plugin.yaml, signs that with --key (its password is read from " + keyPassword + "), and packs all of it.",
		RunE: func(cmd *cobra.Command, args []string) error { return pack(cmd, args[0], out, key) },
	}
	pack.Flags().StringVarP(&out, "output", "o", "", "the package to write (default ID-VERSION.kontor)")
	pack.Flags().StringVar(&key, "key", "", "the publisher's private key")
	sign := &cobra.Command{
		Use: "sign FOLDER", Short: "Seal a plugin's folder and sign its manifest", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := sign(args[0], key); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(args[0], pluginhost.SignatureName))
			return nil
		},
	}
	sign.Flags().StringVar(&key, "key", "", "the publisher's private key")
	_ = sign.MarkFlagRequired("key")
	verify := &cobra.Command{
		Use: "verify PACKAGE", Short: "Check every file of a package, and who has signed it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return verify(cmd, args[0], key) },
	}
	verify.Flags().StringVar(&key, "key", "", "the publisher's public key; without it only the digests are checked")
	return []*cobra.Command{publishCmd(), {
		Use: "keygen FILE", Short: "Make a publisher's pair of keys: FILE, which is secret, and FILE.pub", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return keygen(cmd, args[0]) },
	}, pack, sign, verify}
}

func keygen(cmd *cobra.Command, path string) error {
	public, private, err := bundle.NewKey(os.Getenv(keyPassword))
	if err != nil {
		return err
	}
	for name, b := range map[string][]byte{path: private, path + ".pub": public} {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(append(b, '\n'))
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	if os.Getenv(keyPassword) == "" {
		fmt.Fprintln(cmd.ErrOrStderr(), "The private key has no password: set "+keyPassword+" to give it one.")
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s is secret; %s.pub goes to who runs the platform.\n", path, path)
	return nil
}

func sign(dir, key string) error {
	b, err := os.ReadFile(key)
	if err != nil {
		return err
	}
	return bundle.Sign(dir, b, os.Getenv(keyPassword))
}

func pack(cmd *cobra.Command, dir, out, key string) (err error) {
	if key != "" {
		err = sign(dir, key)
	} else {
		err = pluginhost.Seal(dir)
	}
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(out), ".pack-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	p, err := bundle.Pack(dir, tmp)
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if out == "" {
		out = p.Manifest.ID + "-" + p.Manifest.Version + ".kontor"
	}
	if err := os.Rename(tmp.Name(), out); err != nil {
		return err
	}
	describe(cmd, p)
	fmt.Fprintln(cmd.OutOrStdout(), "written to", out)
	return os.Chmod(out, 0o644) //nolint:gosec // everybody may read it
}

func verify(cmd *cobra.Command, path, key string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	p, err := bundle.Check(f)
	if err != nil {
		return err
	}
	describe(cmd, p)
	if key == "" {
		fmt.Fprintln(cmd.OutOrStdout(), "every file is the one that the manifest names; who has signed it was not looked at")
		return nil
	}
	public, err := os.ReadFile(key)
	if err != nil {
		return err
	}
	if _, err := p.Signed([]string{string(public)}); err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), "every file is the one that the manifest names; the key has signed it")
	return nil
}

func describe(cmd *cobra.Command, p bundle.Package) {
	m := p.Manifest
	signed := "not signed"
	if len(p.Signature) > 0 {
		signed = "signed"
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s %s, %d files, %.1f MB, %s\n%s\n", m.ID, m.Version, len(m.Files), float64(p.Size)/(1<<20), signed, m.Digest())
	for _, line := range m.Asks() {
		fmt.Fprintln(cmd.OutOrStdout(), "  asks for", line)
	}
}
