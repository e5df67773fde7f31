package vault

import (
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
)

// BenchmarkSealing is what one value costs in the program, without the statement that reads
// the key: with the key unwrapped each time, as Seal does it, and with the key at hand.
func BenchmarkSealing(b *testing.B) {
	w, err := wrapper([]byte("the master key of the vault's benchmark"))
	if err != nil {
		b.Fatal(err)
	}
	v := &Vault{wrap: w}
	h, err := newKeyset()
	if err != nil {
		b.Fatal(err)
	}
	const tenant = "0190a0c0-0000-7000-8000-000000000001"
	wrapped, err := v.wrapped(tenant, h)
	if err != nil {
		b.Fatal(err)
	}
	where, plain := place(tenant, "ordering_orders", "phone_sealed", tenant), []byte("+49 40 5550 1234")
	b.Run("unwrapped each time", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			h, err := v.unwrap(tenant, row{keyset: wrapped})
			if err != nil {
				b.Fatal(err)
			}
			a, err := aead.New(h)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := a.Encrypt(plain, where); err != nil {
				b.Fatal(err)
			}
		}
	})
	a, err := aead.New(h)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("key at hand", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := a.Encrypt(plain, where); err != nil {
				b.Fatal(err)
			}
		}
	})
}
