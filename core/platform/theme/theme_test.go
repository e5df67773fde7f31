package theme_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/themes"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func engine(t testing.TB) *theme.Engine {
	t.Helper()
	e, err := theme.New(themes.FS, theme.Clock(func() time.Time { return noon }), theme.Pseudo())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAThousandDifferentTimeZonesDoNotGrowMemoryForEver(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for i := range 1000 {
		var b bytes.Buffer
		p := theme.Page{Chrome: theme.Chrome{Locale: "en", Site: theme.Site{TimeZone: string(rune('a' + i%26))}}, Data: theme.Failure{Status: 404}}
		if err := e.Render(&b, "base", "error", p); err != nil {
			t.Fatal(err)
		}
	}
}
