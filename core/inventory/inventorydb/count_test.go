package inventorydb_test

import (
	"context"

	"github.com/kontorhq/kontor/core/platform/pg"
)

func counting(ctx context.Context) (context.Context, *pg.Count) { return pg.Counting(ctx) }
