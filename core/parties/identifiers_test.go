package parties_test

import (
	"errors"
	"testing"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/parties"
)

// Numbers that their registers or their owners publish, one or more of every algorithm.
var published = []struct{ country, kind, no, stored string }{
	{"CN", "uscc", "91110000600037341L", "91110000600037341L"},
	{"CN", "uscc", "91 3101 15MA1K3BTP2B", "91310115MA1K3BTP2B"},
	{"AT", "vat", "ATU13585627", "ATU13585627"},
	{"BE", "vat", "BE 403.019.261", "BE0403019261"},
	{"BG", "vat", "BG 175 074 752", "BG175074752"},
	{"CY", "vat", "CY-10259033P", "CY10259033P"},
	{"CZ", "vat", "CZ 25123891", "CZ25123891"},
	{"DE", "vat", "DE 136,695 976", "DE136695976"},
	{"DK", "vat", "DK 13585628", "DK13585628"},
	{"EE", "vat", "EE 100 931 558", "EE100931558"},
	{"GR", "vat", "EL 094259216", "EL094259216"},
	{"ES", "vat", "ESB58378431", "ESB58378431"},
	{"FI", "vat", "FI- 2077474-0", "FI20774740"},
	{"FR", "vat", "Fr 40 303 265 045", "FR40303265045"},
	{"HR", "vat", "HR 33392005961", "HR33392005961"},
	{"HU", "vat", "HU-12892312", "HU12892312"},
	{"IE", "vat", "IE 6433435F", "IE6433435F"},
	{"IE", "vat", "IE 8D79739I", "IE8D79739I"},
	{"IT", "vat", "IT 00743110157", "IT00743110157"},
	{"LT", "vat", "LT 119511515", "LT119511515"},
	{"LU", "vat", "LU 150 274 42", "LU15027442"},
	{"LV", "vat", "LV 4000 3521 600", "LV40003521600"},
	{"MT", "vat", "MT 1167-9112", "MT11679112"},
	{"NL", "vat", "NL4495445B01", "NL004495445B01"},
	{"PL", "vat", "PL 8567346215", "PL8567346215"},
	{"PT", "vat", "PT 501 964 843", "PT501964843"},
	{"RO", "vat", "RO 185 472 90", "RO18547290"},
	{"SE", "vat", "SE 123456789701", "SE123456789701"},
	{"SI", "vat", "SI 5022 3054", "SI50223054"},
	{"SK", "vat", "SK 202 274 96 19", "SK2022749619"},
	{"GB", "vat", "XI 980 7806 84", "XI980780684"},
	{"US", "ein", "91-1144442", "91-1144442"},
	{"DE", "lei", "5493 000I BP32 UQZ0 KL24", "5493000IBP32UQZ0KL24"},
	{"US", "duns", "15-048-3782", "150483782"},
	{"JP", "other", " 1234-56-789012 ", "1234-56-789012"},
	{"JP", "jp.cn", "5-8356-7825-6246", "5835678256246"},
	{"CH", "ch.uid", "che-107.787.577", "CHE107787577"},
	{"GB", "gb.company", "445790", "00445790"},
	{"NO", "no.orgnr", "980 430 596", "980430596"},
}

func TestPublishedNumbersPassInOneSpelling(t *testing.T) {
	t.Parallel()
	for _, c := range published {
		got, err := parties.Registration(c.country, c.kind, c.no)
		if err != nil || got != c.stored {
			t.Errorf("%s %s: %q %v", c.kind, c.no, got, err)
		}
		if again, err := parties.Registration(c.country, c.kind, got); err != nil || again != got {
			t.Errorf("%s: the stored spelling became %q %v", got, again, err)
		}
	}
}

// A check character exists to catch one wrong digit, so each digit of each is made wrong.
func TestOneWrongDigitIsCaught(t *testing.T) {
	t.Parallel()
	for _, c := range published {
		if c.kind == "other" || c.kind == "duns" || c.kind == "ein" || c.kind == "gb.company" {
			continue
		}
		missed, tried := 0, 0
		for i := 2; i < len(c.stored); i++ {
			if c.stored[i] < '0' || c.stored[i] > '9' {
				continue
			}
			wrong := []byte(c.stored)
			wrong[i] = '0' + (wrong[i]-'0'+1)%10
			tried++
			if _, err := parties.Registration(c.country, c.kind, string(wrong)); err == nil {
				missed++
			}
		}
		// Suffixes such as the Dutch B01 carry no check, and a few old schemes let one
		// neighbour in eleven through.
		if missed > 2 {
			t.Errorf("%s %s: %d of %d wrong digits pass", c.kind, c.stored, missed, tried)
		}
	}
}

func TestNumbersOfTheWrongPlaceOrKindAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"DE", "uscc", "91110000600037341L"},
		{"CN", "uscc", "9111000060003IOZSV"},
		{"CN", "uscc", "9111000060003734１L"},
		{"FR", "vat", "DE136695976"},
		{"CN", "vat", "DE136695976"},
		{"CH", "vat", "CHE107787577"},
		{"US", "ein", "07-1144442"},
		{"DE", "ein", "91-1144442"},
		{"DE", "", "123"},
		{"DE", "passport", "123"},
		{"DE", "ch.uid", "CHE107787577"},
		{"DE", "iban", "DE89370400440532013000"},
		{"IT", "it.aic", "000307052"},
		{"DE", "other", "\x00\x01\x02"},
		{"DE", "other", "ab"},
		{"DE", "lei", "5493000IBP32UQZ0KL2"},
		{"DE", "vat", ""},
		{"", "vat", ""},
	} {
		if got, err := parties.Registration(c[0], c[1], c[2]); !errors.Is(err, parties.ErrNumber) || len(fault.From(err).Fields) != 1 {
			t.Errorf("%v: %q %v", c, got, err)
		}
	}
}

func TestAccountNumbers(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"DE89 3704 0044 0532 0130 00":      "DE89370400440532013000",
		"gb82 west 1234 5698 7654 32":      "GB82WEST12345698765432",
		"MT84MALT011000012345MTLCAST001S":  "MT84MALT011000012345MTLCAST001S",
		"DE64999000000004200037":           "DE64999000000004200037",
		"DE89 3704 0044 0532 0130 01":      "", // check digits
		"DE89 3704 0044 0532 0130":         "", // too short
		"DE8937040044053201300A":           "", // a letter where digits belong
		"BE68 5390 0754 7035":              "", // two check digits of its own
		"XX43 1234":                        "",
		"":                                 "",
		"DE":                               "",
		"DE89\u0000370400440532013000":     "",
		"DE893704004405320130003704004405": "",
	} {
		got, err := parties.IBAN(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v", in, got, err)
		}
	}
}

func FuzzNumbersNeverPanic(f *testing.F) {
	for _, c := range published {
		f.Add(c.country, c.kind, c.no)
	}
	f.Fuzz(func(_ *testing.T, country, kind, no string) {
		_, _ = parties.Registration(country, kind, no)
		_, _ = parties.IBAN(no)
	})
}
