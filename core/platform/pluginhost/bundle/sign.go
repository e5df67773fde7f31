package bundle

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"

	"aead.dev/minisign"

	"github.com/kontorhq/kontor/core/platform/pluginhost"
)

// NewKey makes a pair of keys in minisign's format. The private one is sealed with the
// password.
func NewKey(password string) (public, private []byte, err error) {
	pub, priv, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if private, err = minisign.EncryptKey(password, priv); err != nil {
		return nil, nil, err
	}
	public, err = pub.MarshalText()
	return public, private, err
}

// ParseKey reads a public key, with or without its line of comment.
func ParseKey(text string) (minisign.PublicKey, error) {
	var k minisign.PublicKey
	if err := k.UnmarshalText(bytes.TrimSpace([]byte(text))); err != nil {
		return k, ErrKey.With("why", "it is not in minisign's form").Because(err)
	}
	return k, nil
}

// Sign seals a folder and writes the signature of its manifest beside it.
func Sign(dir string, private []byte, password string) error {
	key, err := minisign.DecryptKey(password, private)
	if err != nil {
		return ErrKey.With("why", "the password is wrong, or this is no private key").Because(err)
	}
	if err := pluginhost.Seal(dir); err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(dir, pluginhost.ManifestName))
	if err != nil {
		return err
	}
	m, err := pluginhost.ParseManifest(raw)
	if err != nil {
		return err
	}
	sig := minisign.SignWithComments(key, raw, m.ID+"@"+m.Version, "signature of a Kontor plugin")
	return os.WriteFile(filepath.Join(dir, pluginhost.SignatureName), sig, 0o644) //nolint:gosec // everybody may read it
}

// Signed finds the key that has signed the package.
func (p Package) Signed(keys []string) (by string, err error) {
	if len(p.Signature) == 0 {
		return "", ErrUnsigned
	}
	for _, text := range keys {
		k, err := ParseKey(text)
		if err != nil {
			return "", err
		}
		if minisign.Verify(k, p.Raw, p.Signature) {
			return text, nil
		}
	}
	return "", ErrSignature.With("publisher", p.Manifest.Publisher())
}
