package saml

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"math/big"
	"time"
)

// Key implements sso.Federator. RSA, because many providers verify nothing else.
func (c *Client) Key(name string) (key string, certificate []byte, err error) {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", nil, err
	}
	now := c.now()
	t := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(keyLives),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if certificate, err = x509.CreateCertificate(rand.Reader, t, t, k.Public(), k); err != nil {
		return "", nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	return base64.StdEncoding.EncodeToString(der), certificate, err
}

// pair is a key with its certificate again.
func pair(key string, certificate []byte) (*rsa.PrivateKey, *x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return nil, nil, err
	}
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, nil, err
	}
	r, ok := k.(*rsa.PrivateKey)
	if !ok {
		return nil, nil, errors.New("saml: no RSA key")
	}
	cert, err := x509.ParseCertificate(certificate)
	return r, cert, err
}
