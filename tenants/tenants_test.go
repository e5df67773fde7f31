package tenants_test

import (
	"testing"

	"github.com/kontorhq/kontor/tenants"
)

func TestEveryBlueprintLoads(t *testing.T) {
	slugs, err := tenants.Slugs(tenants.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, slug := range slugs {
		t.Run(slug, func(t *testing.T) {
			t.Parallel()
			if _, err := tenants.Load(tenants.FS, slug); err != nil {
				t.Fatal(err)
			}
		})
	}
}
