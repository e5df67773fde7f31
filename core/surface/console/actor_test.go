package console

import (
	"testing"

	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/themes"
)

// Whoever reads the record wants to know that it was the bank who said that money came.
func TestTheRecordNamesTheBank(t *testing.T) {
	t.Parallel()
	e, err := theme.New(themes.FS)
	if err != nil {
		t.Fatal(err)
	}
	for locale, want := range map[string][2]string{
		"en": {"the bank (plugin kontor.escrow)", "a visitor"}, "zh-CN": {"银行（插件 kontor.escrow）", "访客"},
	} {
		p := e.Printer("base", locale, "")
		if got := Actor(p, "plugin:payments/kontor.escrow", "payments/kontor.escrow"); got != want[0] {
			t.Errorf("%s: the bank is %q", locale, got)
		}
		if got := Actor(p, "visitor", ""); got != want[1] {
			t.Errorf("%s: a visitor is %q", locale, got)
		}
	}
}
