package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
)

// The API's description is committed, for the clients are generated from it.
// KONTOR_UPDATE=1 writes it anew; make gen does that and then runs the generators.
func TestTheCommittedDescriptionIsTheOneThatIsServed(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	v31, err := h.Web.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	v30, err := h.Web.OpenAPI30()
	if err != nil {
		t.Fatal(err)
	}
	for name, doc := range map[string][]byte{"openapi.json": v31, "openapi-3.0.json": v30} {
		sameFile(t, filepath.Join(apptest.Root(), "deploy", "clients", name), pretty(t, doc), "make gen")
	}
}

// sameFile compares with a committed file, or writes it when asked to.
func sameFile(t *testing.T, path string, want []byte, fix string) {
	t.Helper()
	if os.Getenv("KONTOR_UPDATE") != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("%s is not what the house says; run %s\n%s", filepath.Base(path), fix, firstDifference(have, want))
	}
}
